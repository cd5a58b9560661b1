// Verify members (S22, S23): etcd reports all members, the API agrees, and the operators have
// settled. Its danger: a cluster that answers with one member of three looks
// restored and is one disk away from being lost again.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/scripts.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_members(const core::StepContext& context);
core::Verdict judge_members(const core::StepContext& context, const core::Observed& seen);
core::Verdict judge_pods(const core::StepContext& context, const core::Observed& seen);
std::string look_operators(const core::StepContext& context);
core::Verdict judge_operators(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kEtcdMembers{
    .name = "etcd-members",
    .source = "S22, document step 13",
    .purpose = "Check that etcd reports one healthy voting member for each host.",
    .verify_deadline_ms = 2'400'000,
    .look = look_members,
    .judge = judge_members,
};

inline constexpr core::StepSpec kEtcdPods{
    .name = "etcd-pods",
    .source = "S22, document step 13",
    .purpose = "Check in the API that the etcd pod of every host is ready.",
    .where = core::Where::api,
    .verify_deadline_ms = 2'400'000,
    .look = look_etcd_pods_of_operator,
    .judge = judge_pods,
};

inline constexpr core::StepSpec kOperatorsSettled{
    .name = "operators-settled",
    .source = "S23",
    .purpose =
        "Wait until every cluster operator is available and none is progressing or degraded, but "
        "for those that were so when the backup was taken, or before the gate and ten minutes "
        "after it, and that this run does not redeploy.",
    .where = core::Where::api,
    .verify_deadline_ms = 1'800'000,
    .look = look_operators,
    .judge = judge_operators,
};

struct VerifyMembers {
  static constexpr std::string_view name = "verify-members";
  static constexpr std::string_view title = "Verify that all members have joined";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kEtcdMembers, kEtcdPods, kOperatorsSettled>;
  static Phase machine();
};

}  // namespace states
