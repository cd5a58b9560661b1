// Restart kubelets (S10): first on the recovery host, then on all others. Its danger: a kubelet
// that is not restarted goes on with watches from a future that no longer exists.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

std::string look_kubelet(const StepContext&) {
  return "systemctl show kubelet.service -p LoadState -p ActiveState -p InvocationID\n";
}

std::string act_kubelet(const StepContext&) { return "systemctl restart kubelet.service\n"; }

// systemd gives each start of a unit its own InvocationID: another one than before is the witness.
Verdict judge_kubelet(const StepContext& context, const core::Observed& seen,
                      std::string_view step) {
  if (seen.exit_code != 0) return host_refuses(seen, "the kubelet's state");
  const Lines now = read_lines(seen.out);
  if (value_of(now, "LoadState") != "loaded") {
    return Verdict::wrong("systemd knows no kubelet.service there", "install it, then resume");
  }
  const core::StepState& known = *context.run.find(context.host.name, step);
  if (known.attempts == 0) return Verdict::needs_act("it runs since before the restore");
  const Lines before = read_lines(known.before_acting ? known.before_acting->out : std::string());
  if (value_of(now, "InvocationID") == value_of(before, "InvocationID")) {
    return Verdict::needs_act("it is the same kubelet as before");
  }
  if (value_of(now, "ActiveState") != "active") {
    return Verdict::not_yet("kubelet is " + brief(value_of(now, "ActiveState"), 40));
  }
  return Verdict::holds("a new kubelet is active");
}

Verdict judge_recovery_kubelet(const StepContext& context, const core::Observed& seen) {
  return judge_kubelet(context, seen, "restart-recovery-kubelet");
}
Verdict judge_other_kubelet(const StepContext& context, const core::Observed& seen) {
  return judge_kubelet(context, seen, "restart-kubelet");
}

constexpr StepSpec kRestartRecoveryKubelet{
    .name = "restart-recovery-kubelet",
    .source = "S10, document step 8a",
    .purpose = "Restart the kubelet of the recovery host.",
    .danger = core::Danger::irreversible,
    .action = core::Action::job,
    .act_deadline_ms = 180'000,
    .verify_deadline_ms = 180'000,
    .no_undo = "a restart cannot be taken back; it leaves containers running",
    .look = look_kubelet,
    .act = act_kubelet,
    .judge = judge_recovery_kubelet,
};

constexpr StepSpec kRestartKubelet{
    .name = "restart-kubelet",
    .source = "S10, document step 8b",
    .purpose = "Restart the kubelet of every other host.",
    .danger = core::Danger::irreversible,
    .action = core::Action::job,
    .act_deadline_ms = 180'000,
    .verify_deadline_ms = 180'000,
    .no_undo = "a restart cannot be taken back; it leaves containers running",
    .look = look_kubelet,
    .act = act_kubelet,
    .judge = judge_other_kubelet,
};

static_assert(phase_is_lawful<true, kRestartRecoveryKubelet>());
static_assert(phase_is_lawful<true, kRestartKubelet>());

}  // namespace

Phase restart_recovery_kubelet_phase() {
  return make_phase<kRestartRecoveryKubelet>("restart-recovery-kubelet",
                                             "Restart the kubelet on the recovery host",
                                             core::HostSet::recovery);
}

Phase restart_other_kubelets_phase() {
  return make_phase<kRestartKubelet>("restart-other-kubelets", "Restart the other kubelets",
                                     core::HostSet::others);
}

}  // namespace states
