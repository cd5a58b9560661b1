// Reserve: disk space that a run keeps for its journal. Invariant: while a run is driven, a file of
// kReserveBytes is allocated beside its journal; if that fails, nothing is started. When an append
// fails, the reserve is freed, so that the next open has space to verify the journal, complete what
// is half written and report what happened.
#pragma once

#include <cstdint>
#include <filesystem>

namespace journal {

// More than any run's journal in the tree's tests and campaigns: some 250 facts of a few kilobytes.
inline constexpr std::int64_t kReserveBytes = 8LL << 20;

std::filesystem::path reserve_path(const std::filesystem::path& run_directory);

// Allocates it unless it exists. Returns false with errno set on failure; nothing of it is left.
bool take_reserve(const std::filesystem::path& run_directory);

void give_back_reserve(const std::filesystem::path& run_directory);

}  // namespace journal
