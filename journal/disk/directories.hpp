// Directories whose names survive a power loss.
// Invariant: a name is durable only once its directory was synced.
#pragma once

#include <filesystem>

namespace journal {

// Returns false with errno set on failure.
bool sync_directory(const std::filesystem::path& path);

// Creates a run's directory and its missing parents, and makes their names durable. An empty
// directory is used as it is, with mode 0700. Throws StoreError: `exists` where it is not empty,
// else `io`.
void make_directory(const std::filesystem::path& run_directory);

}  // namespace journal
