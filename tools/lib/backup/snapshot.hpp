// An etcd snapshot: whether it is whole, and whose cluster it holds. Invariant: read in bounded
// memory whatever its size; its digest and its tree are read side by side, each once.
// Source: etcdutl/snapshot/v3_snapshot.go (the trailer), server/mvcc (the bucket `key`).
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/lib/backup/defect.hpp"
#include "tools/lib/backup/objects.hpp"

namespace backup {

// They are journaled. Of more the run knows nothing, and waits for them.
inline constexpr std::size_t kUnsettledMax = 200;

struct SnapshotFacts {
  std::uint64_t size_bytes = 0;  // of the file, its trailer included
  std::string sha256;            // of the file, as sha256sum prints it
  std::int64_t revision = 0;     // as `etcdctl snapshot status` counts
  std::uint64_t keys = 0;        // the same, of all buckets
  VersionFacts version;
  std::string infrastructure_name;
  std::vector<NodeFacts> nodes;      // by name
  bool encrypted = false;            // some value is encrypted at rest
  ServerFacts server;                // what etcd keeps beside its keys
  std::uint64_t database_bytes = 0;  // of the file without its trailer: what counts for the quota
  std::uint64_t in_use_bytes = 0;    // of those; a defragmentation frees the rest
  // Cluster operators that had not settled, by name; at most kUnsettledMax conditions.
  std::vector<core::UnsettledOperator> unsettled;
};

// What was found; `facts` holds what could be read where there are defects.
struct SnapshotReading {
  SnapshotFacts facts;
  std::vector<Defect> defects;
};

// Reads the file to its end. `bytes_read`, if given, is kept up to date meanwhile for whoever shows
// progress. Never throws for what is in the file.
SnapshotReading read_snapshot(const std::filesystem::path& path,
                              std::atomic<std::uint64_t>* bytes_read = nullptr);

}  // namespace backup
