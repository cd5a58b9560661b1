// What the four redeployments (S14-S21) share: looking at an operator's object, forcing a redeployment
// with the run's own reason, and judging whether every node is above the revision noted before.
// Invariant: the reason derives from the run's id, so that a resume sends the same one again, which
// the operator takes as no change; and a stale "all nodes at the latest revision" is never believed,
// because the revision noted before the patch must have been passed.
#pragma once

#include <string>
#include <string_view>

#include "core/step.hpp"

namespace states {

// `resource` is the operator's kind as oc knows it, e.g. "etcd".
std::string look_operator(const core::StepContext& context, std::string_view resource);
std::string act_force(const core::StepContext& context, std::string_view resource);
core::Verdict judge_forced(const core::StepContext& context, const core::Observed& seen,
                           std::string_view resource);
// `force_step` is the step whose first look noted the revision.
core::Verdict judge_rollout(const core::StepContext& context, const core::Observed& seen,
                            std::string_view force_step);

}  // namespace states
