// The backup, on the workstation or on a host, proven before a run may begin. Invariant: no run
// begins with a backup that has a defect which its operator did not accept by name.
#pragma once

#include <string>
#include <vector>

#include "core/backup_place.hpp"
#include "core/fact.hpp"
#include "tools/lib/backup/verify.hpp"

namespace restorectl {

// Reads both files to their ends, with progress on the terminal where it takes longer than two
// seconds, and compares the cluster's nodes with the inventory's where one is given. Throws
// Failure where a name in `accepted` is none that may be, or where a host's could not be
// read there. REQUIRES: an inventory, where it lies on a host.
backup::Proof prove_backup(const core::BackupPlace& place, const std::vector<std::string>& accepted,
                           const core::Inventory* inventory);

// The same, for a run; `argument` is a directory here, or HOST:DIRECTORY of the recovery host.
// Throws Failure that names every defect.
core::BackupManifest proven_backup(const std::string& argument,
                                   const std::vector<std::string>& accepted,
                                   const core::Inventory& inventory);

// A defect as the operator reads it: its name, its words, and how to accept it where that may be.
std::string words_of(const backup::Defect& defect);

// "cluster operator dns was degraded (Reason) when the backup was taken", printable.
std::string words_of(const core::UnsettledOperator& unsettled);

}  // namespace restorectl
