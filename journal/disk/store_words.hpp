// The messages of a Store's refusals and notices.
// Invariant: every refusal names the position of the damage and what to do next.
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
// LevelDB cannot open its files; `words` is its message. Finds the damaged record itself.
[[noreturn]] void refuse_unopened(const std::filesystem::path& run, const std::string& words);
// There is no room for the reserve (journal/disk/reserve.hpp); adds errno's message.
[[noreturn]] void refuse_without_reserve(const std::filesystem::path& run);
// The disk refuses; adds errno's message.
[[noreturn]] void refuse_io(const std::string& what);

// Refuses where the mirror differs from the database, whose last fact is `stored`.
void refuse_other_mirror(const std::filesystem::path& run, const MirrorState& mirror,
                         std::uint64_t stored, LostTail lost_tail);

// What an operator should know of a journal that is whole.
std::vector<std::string> notices_of(const std::filesystem::path& database,
                                    const MirrorState& mirror, std::uint64_t stored);

}  // namespace journal
