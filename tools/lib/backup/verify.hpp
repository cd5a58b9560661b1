// The proof of a backup, as far as its two files can give it. Invariant: all defects at once;
// nothing is changed; a proof without defects means that the restore script will find what it
// needs.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "core/fact.hpp"
#include "tools/lib/backup/archive.hpp"
#include "tools/lib/backup/pair.hpp"
#include "tools/lib/backup/snapshot.hpp"

namespace backup {

struct Proof {
  std::string directory;  // absolute
  Pair pair;
  SnapshotFacts snapshot;
  ArchiveFacts archive;
  std::vector<Defect> defects;        // empty: proven
  std::vector<std::string> accepted;  // names of defects that were found and taken into the bargain

  // Takes the defects of these names from `defects` to `accepted`. REQUIRES: they may be accepted.
  void accept(const std::vector<std::string>& names);
  // etcd's quota as its pod in the archive sets it, else as the release does by default.
  std::uint64_t etcd_quota_bytes() const;
  // Without the operator's words, which are the run's.
  core::BackupManifest manifest() const;
};

// The defects that an operator may accept, by a word of his own: those about the cluster that the
// backup was taken from, and not about its files. The last two are found on the hosts, by the run
// (states/steps/backup_fits.hpp); an alarm that was accepted is disarmed by the run
// (states/steps/disarm_alarms.hpp).
const std::vector<std::string>& acceptable_defects();
bool may_be_accepted(const std::string& defect);

// Reads everything. `bytes_read`, if given, follows the reading of the snapshot.
Proof verify(const std::filesystem::path& directory,
             std::atomic<std::uint64_t>* bytes_read = nullptr);

}  // namespace backup
