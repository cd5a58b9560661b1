// Reserve: room on the disk that a run keeps for its journal. Invariant: while a run is driven, a
// file of kReserveBytes is really allocated beside its journal; where it cannot be, nothing is
// begun. When an append fails it is given back, so that the next opening has room to verify, to
// complete what is half written and to say what happened.
#pragma once

#include <cstdint>
#include <filesystem>

namespace journal {

// More than any run's journal in the tree's tests and campaigns: some 250 facts of a few kilobytes.
inline constexpr std::int64_t kReserveBytes = 8LL << 20;

std::filesystem::path reserve_path(const std::filesystem::path& run_directory);

// Allocates it unless it is there. False: errno says why, and nothing of it is left.
bool take_reserve(const std::filesystem::path& run_directory);

void give_back_reserve(const std::filesystem::path& run_directory);

}  // namespace journal
