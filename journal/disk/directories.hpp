// Directories whose names survive a power loss.
// Invariant: a name is durable only once the directory that holds it was synced.
#pragma once

#include <filesystem>

namespace journal {

// Returns false, with errno set, where it cannot.
bool sync_directory(const std::filesystem::path& path);

// Makes a run's directory, and those above it that are missing, and makes their names durable.
// Takes an empty one as it is, but for its mode, which becomes 0700. Throws StoreError: `exists`
// where there is anything in it, else `io`.
void make_directory(const std::filesystem::path& run_directory);

}  // namespace journal
