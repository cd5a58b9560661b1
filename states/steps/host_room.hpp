// Whether a host has room for what the procedure writes, on each file system where it is written,
// and memory for etcd. Invariant: a file system is counted by the `room` lines, which the look
// prints since okd-4.7/3; without them /var/lib is counted as a whole, as before.
#pragma once

#include <string_view>

#include "core/step.hpp"
#include "states/steps/host_findings.hpp"

namespace states {

void find_room(const core::StepContext& context, std::string_view out, Findings& found);

}  // namespace states
