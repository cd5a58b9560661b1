// Witnesses beside the container runtime's list: what sh/witness.sh read from /proc about a static
// pod. Its danger: a runtime that forgot a living etcd calls its host quiet, and one that goes on
// listing a dead one is waited for without an end; each needs a remedy of its own.
#pragma once

#include <optional>
#include <string_view>

#include "states/steps/scripts.hpp"

namespace states {

// What a look needs for the function `witness`, beside `etcd_data`.
Texts witness_values(const core::StepContext& context);

// Returns why a static pod cannot count as stopped, with the remedy, where /proc and the runtime's
// list disagree; nothing where they agree, or where the look did not ask.
std::optional<core::Verdict> judge_witness(std::string_view printed);

}  // namespace states
