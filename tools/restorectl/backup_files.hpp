// The backup directory on the workstation. Invariant: exactly one
// snapshot and the static pods' archive of the very same timestamp, or
// nothing: the restore script would pair the newest of each blindly.
#pragma once

#include <filesystem>

#include "core/fact.hpp"

namespace restorectl {

// Finds the pair and computes sizes and digests. Throws Failure(input) that names what is there.
core::BackupManifest read_backup(const std::filesystem::path& directory);

}  // namespace restorectl
