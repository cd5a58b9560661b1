// Takeover: a run goes on from the copies of its journal that the hosts have.
// Invariant: every host that can be reached refuses the driver before when the copies are read, so
// that none can be behind what happened; and what stood here before is set aside, never written to.
#pragma once

#include <string>
#include <vector>

#include "core/inventory.hpp"

namespace restorectl {

struct Takeover {
  std::string host;    // the first to be asked: an address, or what ~/.ssh/config calls it
  std::string run_id;  // empty: whichever run that host obeys
  std::string reason;
  core::SshSettings ssh;
  std::string backup_directory;      // where the backup is, as for start; empty: as it was
  std::vector<std::string> without;  // hosts that need not be reached
};

// Returns the run's id, whose journal is then in its place here, with the adoption as its last
// fact. Prints what it does. Throws Failure: no host was changed but by being told of the new
// epoch.
std::string take_over(const Takeover& wish);

}  // namespace restorectl
