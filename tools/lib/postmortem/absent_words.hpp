// What is left to do after a run without some hosts, in words: for the terminal, status and the
// report. Invariant: it only tells, and names where the whole of it stands (docs/lost-hosts.md).
#pragma once

#include <string>
#include <vector>

#include "core/inventory.hpp"

namespace postmortem {

// REQUIRES: at least one host. Several lines, the last without a newline.
std::string after_a_run_without(const std::vector<core::AbsentHost>& absent);

}  // namespace postmortem
