// Restart kubelets (S10); see the header.
#include "states/steps/restart_kubelets.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

std::string look_kubelet(const StepContext& context) { return script(context, {"kubelet.look"}); }

std::string act_kubelet(const StepContext& context) {
  return script(context, {"restart-kubelet.act"});
}

namespace {

// systemd gives each start of a unit its own InvocationID: a new one proves a restart.
Verdict judge_kubelet(const StepContext& context, const core::Observed& seen,
                      std::string_view step) {
  if (seen.exit_code != 0) return check_failed(seen, "the kubelet's state");
  const Lines now = read_lines(seen.out);
  if (value_of(now, "LoadState") != "loaded") {
    return Verdict::wrong("kubelet.service is not loaded on the host",
                          "install the kubelet, then resume");
  }
  const core::StepState& known = *context.run.find(context.host.name, step);
  if (known.attempts == 0)
    return Verdict::needs_act("kubelet has not been restarted since the restore");
  const Lines before = read_lines(known.before_acting ? known.before_acting->out : std::string());
  if (value_of(now, "InvocationID") == value_of(before, "InvocationID")) {
    return Verdict::needs_act("kubelet has not been restarted yet");
  }
  if (value_of(now, "ActiveState") != "active") {
    return Verdict::not_yet("kubelet is " + brief(value_of(now, "ActiveState"), 40));
  }
  return Verdict::holds("kubelet has been restarted and is active");
}

}  // namespace

Verdict judge_recovery_kubelet(const StepContext& context, const core::Observed& seen) {
  return judge_kubelet(context, seen, "restart-recovery-kubelet");
}

Verdict judge_other_kubelet(const StepContext& context, const core::Observed& seen) {
  return judge_kubelet(context, seen, "restart-kubelet");
}

Phase RestartRecoveryKubelet::machine() { return machine_of<RestartRecoveryKubelet>(); }

Phase RestartOtherKubelets::machine() { return machine_of<RestartOtherKubelets>(); }

}  // namespace states
