// A backup that lies on a host, proven there. Invariant: it does not travel: restorectl-prover goes
// there and what it found comes back; the host is as before then (transports/ssh/ssh_program.hpp).
#pragma once

#include <string>

#include "core/backup_place.hpp"
#include "core/inventory.hpp"
#include "tools/lib/backup/verify.hpp"

namespace restorectl {

// What an argument means: a directory here, or HOST:DIRECTORY of an inventory's host. Throws
// Failure where it is of a host and the inventory (or nullptr) does not know that one, or
// the directory is not absolute.
core::BackupPlace backup_place(const std::string& argument, const core::Inventory* inventory);

// The same for a run, whose backup lies here or on the recovery host. Throws Failure.
core::BackupPlace backup_place_of_run(const std::string& argument,
                                      const core::Inventory& inventory);

// Reads the backup on its host, with progress on the terminal. Throws Failure where it could
// not be read there: the host is not reached, is of another kind of machine, answers no report.
// REQUIRES: place.on_host(), and the inventory has the host.
backup::Proof prove_on_host(const core::BackupPlace& place, const core::Inventory& inventory);

}  // namespace restorectl
