// Disarm alarms: where the operator accepted a backup that carries an alarm of etcd's, or that is
// beyond etcd's quota, the restored etcd is made writable. Its danger: everything behind this phase
// writes to the API, and would wait for its time-outs; and an alarm that nobody accepted is not
// disarmed, since it says that something is wrong.
// Source: etcd.io/docs, op-guide/maintenance, "Space quota": compact, defragment, disarm.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the step looks at, does and judges (core/step.hpp).
std::string look_alarms(const core::StepContext& context);
std::string act_alarms(const core::StepContext& context);
core::Verdict judge_alarms(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kDisarmAlarms{
    .name = "disarm-alarms",
    .source = "not in the document, after S9",
    .purpose =
        "If an alarm in the backup was accepted: compact and defragment etcd, and disarm it.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 1'800'000,
    .verify_deadline_ms = 300'000,
    .undo =
        "not needed: only etcd's history before the backup is given up; the backup still has it",
    .look = look_alarms,
    .act = act_alarms,
    .judge = judge_alarms,
};

struct DisarmAlarms {
  static constexpr std::string_view name = "disarm-alarms";
  static constexpr std::string_view title = "Make the restored etcd writable";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kDisarmAlarms>;
  static Phase machine();
};

}  // namespace states
