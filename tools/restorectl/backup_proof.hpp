// The backup on the workstation, proven before a run may begin. Invariant: no run begins with a
// backup that has a defect which its operator did not accept by name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/fact.hpp"
#include "tools/backup/verify.hpp"

namespace restorectl {

// Reads both files to their ends, with progress on the terminal where it takes longer than two
// seconds, and compares the cluster's nodes with the inventory's where one is given. Throws
// Failure(input) where a name in `accepted` is none that may be.
backup::Report prove_backup(const std::filesystem::path& directory,
                            const std::vector<std::string>& accepted,
                            const core::Inventory* inventory);

// The same, for a run. Throws Failure(input) that names every defect.
core::BackupManifest proven_backup(const std::filesystem::path& directory,
                                   const std::vector<std::string>& accepted,
                                   const core::Inventory& inventory);

// A defect as the operator reads it: its name, its words, and how to accept it where that may be.
std::string words_of(const backup::Defect& defect);

}  // namespace restorectl
