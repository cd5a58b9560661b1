// Roll out kube-scheduler (S20, S21). Its danger: the same as the controller manager's: a scheduler
// with a stale view places pods by it.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/rollout.hpp"

namespace states {

namespace {

struct KubeScheduler {
  static constexpr std::string_view resource = "kubescheduler";
  static constexpr std::string_view force = "force-scheduler-redeployment";
  static constexpr std::string_view force_source = "S20, document step 12e";
  static constexpr std::string_view await = "await-scheduler-rollout";
  static constexpr std::string_view await_source = "S21, document step 12f";
};
using Steps = Rollout<KubeScheduler>;

static_assert(phase_is_lawful<true, Steps::force_step, Steps::await_step>());

}  // namespace

Phase rollout_kube_scheduler_phase() {
  return make_phase<Steps::force_step, Steps::await_step>(
      "rollout-kube-scheduler", "Roll out kube-scheduler", core::HostSet::recovery);
}

}  // namespace states
