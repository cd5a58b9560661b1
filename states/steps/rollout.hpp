// What the four redeployments (S14-S21) share: looking at an operator's resource, forcing a
// redeployment with the run's own reason, and judging whether every node is above the revision
// noted before. Invariant: the reason derives from the run's id, so that a resume sends the same
// one again, which the operator takes as no change; and a stale "all nodes at the latest revision"
// is never believed, because the revision noted before the patch must have been passed.
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

// The two steps of an operator's redeployment. `Operator` names them: resource, force, await (the
// steps' names) and where the document describes each.
template <class Operator>
struct Rollout {
  static std::string look(const core::StepContext& context) {
    return look_operator(context, Operator::resource);
  }
  static std::string act(const core::StepContext& context) {
    return act_force(context, Operator::resource);
  }
  static core::Verdict judge_force(const core::StepContext& context, const core::Observed& seen) {
    return judge_forced(context, seen, Operator::resource);
  }
  static core::Verdict judge_await(const core::StepContext& context, const core::Observed& seen) {
    return judge_rollout(context, seen, Operator::force);
  }

  static constexpr core::StepSpec force_step{
      .name = Operator::force,
      .source = Operator::force_source,
      .purpose = "Record the revision, then request a redeployment with this run's reason.",
      .danger = core::Danger::irreversible,
      .where = core::Where::api,
      .action = core::Action::job,
      .act_deadline_ms = 120'000,
      .verify_deadline_ms = 1'800'000,
      .no_undo = "a rollout is not rolled back; it deploys the same content as a new revision",
      .look = look,
      .act = act,
      .judge = judge_force,
  };
  static constexpr core::StepSpec await_step{
      .name = Operator::await,
      .source = Operator::await_source,
      .purpose = "Wait until all nodes are above the recorded revision.",
      .where = core::Where::api,
      .verify_deadline_ms = 2'400'000,
      .look = look,
      .judge = judge_await,
  };
};

}  // namespace states
