// Single member (S12, S13): the restored etcd is verified on the host and at the API, before
// anything is rolled out. Its danger: mirror pods of the other hosts come back with the snapshot
// and look alive; only when they are gone can the API be trusted.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/scripts.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_container(const core::StepContext& context);
core::Verdict judge_container(const core::StepContext& context, const core::Observed& seen);
core::Verdict judge_single(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kEtcdContainer{
    .name = "etcd-container-running",
    .source = "S12, document step 10a",
    .purpose = "Check on the host that exactly one etcd container is running.",
    .verify_deadline_ms = 600'000,
    .look = look_container,
    .judge = judge_container,
};

inline constexpr core::StepSpec kSingleEtcdPod{
    .name = "single-etcd-pod",
    .source = "S13, document step 10b",
    .purpose = "Check in the API that the restored etcd pod is the only one running.",
    .where = core::Where::api,
    .verify_deadline_ms = 1'800'000,
    .look = look_etcd_pods,
    .judge = judge_single,
};

struct SingleMember {
  static constexpr std::string_view name = "single-member";
  static constexpr std::string_view title = "Verify the single member";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kEtcdContainer, kSingleEtcdPod>;
  static Phase machine();
};

}  // namespace states
