// Restore (S9): cluster-restore.sh runs on the recovery host, once. Its danger: it must never run
// twice (a second run deletes the only copy of the old data), it waits without time-outs, and its
// exit code 0 comes before anything has been restored: the restore pod does that later.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_restored(const core::StepContext& context);
std::string act_restore(const core::StepContext& context);
core::Verdict judge_restored(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kRunRestoreScript{
    .name = "run-restore-script",
    .source = "S9, document step 7",
    .purpose = "Run cluster-restore.sh with the backup and wait until the restore pod has used it.",
    .role = core::Role::restore,
    .danger = core::Danger::irreversible,
    .action = core::Action::job,
    .act_deadline_ms = 900'000,
    .verify_deadline_ms = 600'000,
    .once = true,
    .no_undo =
        "it replaces the etcd data and the static pods; the old ones are kept, but there is no "
        "documented way back",
    .look = look_restored,
    .act = act_restore,
    .judge = judge_restored,
};

struct Restore {
  static constexpr std::string_view name = "restore";
  static constexpr std::string_view title = "Restore etcd on the recovery host";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kRunRestoreScript>;
  static Phase machine();
};

}  // namespace states
