// Whether a directory is on a disk that a journal can rely on. Invariant: a new run's journal is
// only begun where locks and syncs are those of this machine: on file systems that are served by
// another machine or by a program, they fail, or hang, in ways that are seen when it is too late.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace restorectl {

// "NFS", "FUSE" and so on of a file system that is none of this machine's own, by the type that
// statfs(2) tells; empty where it is one.
std::string_view foreign_kind(std::uint64_t type);

// Throws Failure where the directory, or what is there of its path, is on such a file system.
void refuse_foreign_disk(const std::filesystem::path& directory);

}  // namespace restorectl
