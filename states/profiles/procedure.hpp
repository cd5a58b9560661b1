// The documented OKD 4.7/4.8 procedure: its phases in order, and the gate between them.
// Invariant: plan, start, resume, replay, the diagrams and the docs all read this one list.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "states/engine/phase.hpp"

namespace states {

// Returns the phases in the document's order. Lives as long as the program.
std::span<const Phase> procedure();

// The same, as core sees them.
std::span<const core::PhaseSpec> phase_specs();

// The operator types the cluster's name after this many phases: what comes later stops etcd.
inline constexpr std::size_t kPhasesBeforeGate = 4;

// One function per phase file, in order.
Phase preflight_phase();
Phase weigh_phase();
Phase own_hosts_phase();
Phase stage_backup_phase();
Phase quiesce_phase();
Phase data_aside_phase();
Phase restore_phase();
Phase restart_recovery_kubelet_phase();
Phase restart_other_kubelets_phase();
Phase approve_csrs_phase();
Phase single_member_phase();
Phase redeploy_etcd_phase();
Phase rollout_kube_apiserver_phase();
Phase rollout_kube_controller_manager_phase();
Phase rollout_kube_scheduler_phase();
Phase verify_members_phase();
Phase release_hosts_phase();

}  // namespace states
