// Which two files of a directory are the backup. Invariant: exactly one pair of equal time, by
// name; never "the newest", which is how the restore script pairs a snapshot with another's
// resources.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tools/lib/backup/defect.hpp"

namespace backup {

struct Pair {
  std::string time;             // 2026-11-23_101500
  bool possibly_dirty = false;  // taken with --force
  std::filesystem::path snapshot;
  std::filesystem::path archive;
};

// The pair of that time, whether it is there or not; nothing where it is no time of a backup's.
std::optional<Pair> pair_of(const std::filesystem::path& directory, const std::string& time);

// Throws Defect.
Pair find_pair(const std::filesystem::path& directory);

}  // namespace backup
