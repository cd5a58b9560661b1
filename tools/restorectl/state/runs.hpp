// Where runs are kept on the workstation, and which of them is meant.
// Invariant: everything below the state directory is the user's alone (0700), one directory a run.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/run_state.hpp"
#include "journal/disk/mirror.hpp"

namespace restorectl {

// $RESTORECTL_STATE_DIR, else $XDG_STATE_HOME/restorectl, else ~/.local/state/restorectl.
std::filesystem::path state_directory();
std::filesystem::path run_directory(const std::string& run_id);

// A run as its mirror tells it.
struct KnownRun {
  std::string id;
  core::RunState state;
  journal::MirrorReport report;
  bool imported = false;  // from a bundle: it can be looked at, and not be driven
  bool over() const;
};

// The file in a run's directory that says that it was imported.
inline constexpr char kImportedMark[] = "imported";

// Throws Failure for a run that was imported.
void refuse_imported(const std::string& run_id);

// Reads one run's mirror. Throws Failure where there is no such run.
KnownRun read_run(const std::string& run_id);

// Every run, oldest first. Runs whose journal cannot be read are listed with their defect.
std::vector<KnownRun> list_runs();

// The run that is meant by an argument, which may be empty (the newest that is not over, else the
// newest) or the beginning of an id. Throws Failure with the candidates.
std::string choose_run(const std::string& argument);

// "20261123t101500123z-4f2a91c0": the time for people, four random bytes for uniqueness.
std::string new_run_id(std::int64_t now_ms);

// user@host, for "who".
std::string whoami();

// Held for the life of a process that drives a cluster:
// two starts at the same moment cannot both go on.
class ClusterLock {
 public:
  // Throws Failure where another process has it.
  explicit ClusterLock(const std::string& cluster);
  ~ClusterLock();
  ClusterLock(const ClusterLock&) = delete;
  ClusterLock& operator=(const ClusterLock&) = delete;

 private:
  int fd_ = -1;
};

// The process id that drives a run now, or 0: whoever holds LevelDB's lock.
int driver_of(const std::string& run_id);

}  // namespace restorectl
