// The hosts that a run is without: what sh/absent.sh found out about them from the hosts that are
// there. Its danger: a host that is left out and lives goes on with the old etcd beside the
// restored one, and with the next host that comes back it even has the old cluster's quorum.
// Invariant: an absent host is off only where its addresses were tried and nothing answered.
#pragma once

#include <optional>
#include <string_view>

#include "states/steps/host_findings.hpp"
#include "states/steps/scripts.hpp"

namespace states {

// What a look needs for the function `absent_answers`. No host is in it where `asked` is false.
Texts absent_values(const core::StepContext& context, bool asked = true);

// The host that the run is without and whose Node object has that name, or nullptr.
const core::AbsentHost* find_absent_node(const core::StepContext& context, std::string_view node);

// Every absent host that answers, or of which nothing could be found out, is a problem.
void find_absent(const core::StepContext& context, std::string_view printed, Findings& found);

// The same as a verdict; nothing where every absent host is silent, or where the run is without
// none.
std::optional<core::Verdict> judge_absent(const core::StepContext& context,
                                          std::string_view printed);

}  // namespace states
