// Roll out kube-controller-manager (S18, S19). Its danger: controllers that still hold watches from
// the future act upon objects that no longer exist.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/rollout.hpp"

namespace states {

namespace {

struct KubeControllerManager {
  static constexpr std::string_view resource = "kubecontrollermanager";
  static constexpr std::string_view force = "force-controller-manager-redeployment";
  static constexpr std::string_view force_source = "S18, document step 12c";
  static constexpr std::string_view await = "await-controller-manager-rollout";
  static constexpr std::string_view await_source = "S19, document step 12d";
};
using Steps = Rollout<KubeControllerManager>;

static_assert(phase_is_lawful<true, Steps::force_step, Steps::await_step>());

}  // namespace

Phase rollout_kube_controller_manager_phase() {
  return make_phase<Steps::force_step, Steps::await_step>("rollout-kube-controller-manager",
                                                          "Roll out kube-controller-manager",
                                                          core::HostSet::recovery);
}

}  // namespace states
