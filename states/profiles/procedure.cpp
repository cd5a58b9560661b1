// The order of the phases; see the header.
#include "states/profiles/procedure.hpp"

namespace states {

std::span<const Phase> procedure() {
  static const std::vector<Phase> phases = {
      preflight_phase(),
      weigh_phase(),
      own_hosts_phase(),
      stage_backup_phase(),
      // ---- the gate ----
      quiesce_phase(),
      data_aside_phase(),
      restore_phase(),
      restart_recovery_kubelet_phase(),
      restart_other_kubelets_phase(),
      approve_csrs_phase(),
      single_member_phase(),
      redeploy_etcd_phase(),
      rollout_kube_apiserver_phase(),
      rollout_kube_controller_manager_phase(),
      rollout_kube_scheduler_phase(),
      verify_members_phase(),
      release_hosts_phase(),
  };
  return phases;
}

std::span<const core::PhaseSpec> phase_specs() {
  static const std::vector<core::PhaseSpec> specs = [] {
    std::vector<core::PhaseSpec> list;
    for (const Phase& phase : procedure()) list.push_back(phase.spec);
    return list;
  }();
  return specs;
}

}  // namespace states
