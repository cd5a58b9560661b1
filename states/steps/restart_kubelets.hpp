// Restart kubelets (S10): first on the recovery host, then on all others. Its danger: a kubelet
// that is not restarted goes on with watches from a future that no longer exists.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_kubelet(const core::StepContext& context);
std::string act_kubelet(const core::StepContext& context);
core::Verdict judge_recovery_kubelet(const core::StepContext& context, const core::Observed& seen);
core::Verdict judge_other_kubelet(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kRestartRecoveryKubelet{
    .name = "restart-recovery-kubelet",
    .source = "S10, document step 8a",
    .purpose = "Restart the kubelet on the recovery host.",
    .danger = core::Danger::irreversible,
    .action = core::Action::job,
    .act_deadline_ms = 180'000,
    .verify_deadline_ms = 180'000,
    .no_undo = "a restart cannot be undone; containers keep running",
    .look = look_kubelet,
    .act = act_kubelet,
    .judge = judge_recovery_kubelet,
};

inline constexpr core::StepSpec kRestartKubelet{
    .name = "restart-kubelet",
    .source = "S10, document step 8b",
    .purpose = "Restart the kubelet on every other host.",
    .danger = core::Danger::irreversible,
    .action = core::Action::job,
    .act_deadline_ms = 180'000,
    .verify_deadline_ms = 180'000,
    .no_undo = "a restart cannot be undone; containers keep running",
    .look = look_kubelet,
    .act = act_kubelet,
    .judge = judge_other_kubelet,
};

struct RestartRecoveryKubelet {
  static constexpr std::string_view name = "restart-recovery-kubelet";
  static constexpr std::string_view title = "Restart the kubelet on the recovery host";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kRestartRecoveryKubelet>;
  static Phase machine();
};

struct RestartOtherKubelets {
  static constexpr std::string_view name = "restart-other-kubelets";
  static constexpr std::string_view title = "Restart the other kubelets";
  static constexpr core::HostSet hosts = core::HostSet::others;
  using steps = StepList<kRestartKubelet>;
  static Phase machine();
};

}  // namespace states
