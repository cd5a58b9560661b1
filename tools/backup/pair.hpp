// Which two files of a directory are the backup. Invariant: exactly one pair of equal time, by
// name; never "the newest", which is how the restore script pairs a snapshot with another's
// resources.
#pragma once

#include <filesystem>
#include <string>

#include "tools/backup/defect.hpp"

namespace backup {

struct Pair {
  std::string time;             // 2026-11-23_101500
  bool possibly_dirty = false;  // taken with --force
  std::filesystem::path snapshot;
  std::filesystem::path archive;
};

// Throws Defect.
Pair find_pair(const std::filesystem::path& directory);

}  // namespace backup
