// Hosts that a run is without (--without): who they are, the operator's statement about each, and
// the workstation's own look whether one of them answers. Invariant: a run begins without a host
// only if the operator typed its name after reading what that means, and nobody answers there.
#pragma once

#include <string>
#include <vector>

#include "core/inventory.hpp"

namespace restorectl {

// Takes the named hosts out of the inventory, in its order. Throws Failure where a name is none of
// its hosts, or is the recovery host.
std::vector<core::AbsentHost> take_out(core::Inventory& inventory,
                                       const std::vector<std::string>& names);

// Throws Failure where one of `stated`, the names given with --powered-off, is no absent host's.
void refuse_unknown(const std::vector<core::AbsentHost>& absent,
                    const std::vector<std::string>& stated);

// Throws Failure where something answers at the SSH address of one of them, or where that cannot
// be found out. Prints what it asks.
void refuse_answering(const std::vector<core::AbsentHost>& absent, const core::SshSettings& ssh);

// Fills in `typed` of each: from `stated`, the names given on the command line; else by asking on
// the terminal. Throws Failure where a host's name was not typed.
void state_absent(std::vector<core::AbsentHost>& absent, const std::vector<std::string>& stated);

}  // namespace restorectl
