// Whether a host has room for what the procedure writes, on each file system where it is written.
// Invariant: decides on the `room` lines of the look only, which it prints since okd-4.7/3.
#pragma once

#include <string_view>

#include "core/step.hpp"
#include "states/steps/host_findings.hpp"

namespace states {

// False where the look printed no such lines; then nothing was found, and the caller counts
// /var/lib as a whole.
bool find_room(const core::StepContext& context, std::string_view out, Findings& found);

}  // namespace states
