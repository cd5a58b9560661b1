// Delete absent nodes: the snapshot brought back the Node objects of the hosts that the run is
// without. They become NotReady and stay so, and no static pod operator rolls out past a node that
// is not Ready; the mirror pods on them, which nobody deletes, would count as members. Its danger:
// the object of a host that lives; so the API must have seen its kubelet fall silent first.
// Source: openshift/cluster-etcd-operator, test/e2e of the quorum's restore: Machine and Node
// objects of lost control-plane hosts are deleted before anything is rolled out. Machine objects
// are left to the operator: with them goes the virtual machine.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the step looks at, does and judges (core/step.hpp).
std::string look_absent_nodes(const core::StepContext& context);
std::string act_absent_nodes(const core::StepContext& context);
core::Verdict judge_absent_nodes(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kDeleteAbsentNodes{
    .name = "delete-absent-nodes",
    .source = "not in the document, before S12",
    .purpose =
        "If the run is without hosts: delete their Node objects, past which nothing rolls out.",
    .danger = core::Danger::irreversible,
    .where = core::Where::api,
    .action = core::Action::job,
    .act_deadline_ms = 120'000,
    .verify_deadline_ms = 900'000,
    .no_undo = "a Node object is created by the host's kubelet, when the host is re-created",
    .look = look_absent_nodes,
    .act = act_absent_nodes,
    .judge = judge_absent_nodes,
};

struct DeleteAbsentNodes {
  static constexpr std::string_view name = "delete-absent-nodes";
  static constexpr std::string_view title = "Delete the Node objects of absent hosts";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kDeleteAbsentNodes>;
  static Phase machine();
};

}  // namespace states
