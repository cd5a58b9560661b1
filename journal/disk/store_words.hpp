// What a Store says when it refuses or has noticed something: the sentences, and the facts in them.
// Invariant: every refusal names where the damage stands and what to do next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "journal/disk/mirror_file.hpp"
#include "journal/disk/store.hpp"

namespace journal {

// The journal is not what was written.
[[noreturn]] void refuse_damaged(const std::filesystem::path& run, const std::string& what,
                                 std::uint64_t seq = 0, std::uint64_t lost_facts = 0);
// What verification found: damage, or facts of another version.
[[noreturn]] void refuse_defect(const std::filesystem::path& run, const Defect& defect);
// LevelDB cannot open its files, in its own words; looks for the damaged record itself.
[[noreturn]] void refuse_unopened(const std::filesystem::path& run, const std::string& words);
// The disk refuses; adds errno's words.
// By errno: there is no room for the reserve (journal/disk/reserve.hpp).
[[noreturn]] void refuse_without_reserve(const std::filesystem::path& run);
[[noreturn]] void refuse_io(const std::string& what);

// Refuses where the mirror says something else than the database, whose last fact is `stored`.
void refuse_other_mirror(const std::filesystem::path& run, const MirrorState& mirror,
                         std::uint64_t stored, LostTail lost_tail);

// What an operator should know of a journal that is whole.
std::vector<std::string> notices_of(const std::filesystem::path& database,
                                    const MirrorState& mirror, std::uint64_t stored);

}  // namespace journal
