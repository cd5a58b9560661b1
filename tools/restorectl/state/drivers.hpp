// Who drives: a person, and one process. Invariant: two processes on this workstation never drive
// one cluster at the same time.
#pragma once

#include <string>

#include "tools/restorectl/state/descriptor.hpp"

namespace restorectl {

// user@host, for "who".
std::string whoami();

// Held for the life of a process that drives a cluster:
// two starts at the same moment cannot both go on.
class ClusterLock {
 public:
  // Throws Failure where another process has it.
  explicit ClusterLock(const std::string& cluster);

 private:
  Descriptor lock_;
};

// The process id that drives a run now, or 0: whoever holds LevelDB's lock.
int driver_of(const std::string& run_id);

}  // namespace restorectl
