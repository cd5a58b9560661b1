// The four redeployments (S14-S21): the operators of etcd, kube-apiserver, kube-controller-manager
// and kube-scheduler each start new pods, and every node must reach the new revision.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/rollout.hpp"

namespace states {

// Redeploy etcd (S14, S15): the etcd operator starts new pods and takes the other hosts in again,
// as at the first scale-up. Its danger: until it has, the cluster lives on a single member whose
// restore container cannot even restart.
struct EtcdOperator {
  static constexpr std::string_view resource = "etcd";
  static constexpr std::string_view force = "force-etcd-redeployment";
  static constexpr std::string_view force_source = "S14, document step 11a";
  static constexpr std::string_view await = "await-etcd-rollout";
  static constexpr std::string_view await_source = "S15, document step 11b";
};

struct RedeployEtcd {
  static constexpr std::string_view name = "redeploy-etcd";
  static constexpr std::string_view title = "Redeploy etcd";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<Rollout<EtcdOperator>::force_step, Rollout<EtcdOperator>::await_step>;
  static Phase machine();
};

// Roll out kube-apiserver (S16, S17). Its danger: while the recovery host's own server is replaced,
// the API is refused there for a while; that is no failure, and no answer is not an answer.
struct KubeApiserverOperator {
  static constexpr std::string_view resource = "kubeapiserver";
  static constexpr std::string_view force = "force-apiserver-redeployment";
  static constexpr std::string_view force_source = "S16, document step 12a";
  static constexpr std::string_view await = "await-apiserver-rollout";
  static constexpr std::string_view await_source = "S17, document step 12b";
};

struct RolloutKubeApiserver {
  static constexpr std::string_view name = "rollout-kube-apiserver";
  static constexpr std::string_view title = "Roll out kube-apiserver";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<Rollout<KubeApiserverOperator>::force_step,
                         Rollout<KubeApiserverOperator>::await_step>;
  static Phase machine();
};

// Roll out kube-controller-manager (S18, S19). Its danger: controllers that still hold watches from
// the future act on objects that no longer exist.
struct KubeControllerManagerOperator {
  static constexpr std::string_view resource = "kubecontrollermanager";
  static constexpr std::string_view force = "force-controller-manager-redeployment";
  static constexpr std::string_view force_source = "S18, document step 12c";
  static constexpr std::string_view await = "await-controller-manager-rollout";
  static constexpr std::string_view await_source = "S19, document step 12d";
};

struct RolloutKubeControllerManager {
  static constexpr std::string_view name = "rollout-kube-controller-manager";
  static constexpr std::string_view title = "Roll out kube-controller-manager";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<Rollout<KubeControllerManagerOperator>::force_step,
                         Rollout<KubeControllerManagerOperator>::await_step>;
  static Phase machine();
};

// Roll out kube-scheduler (S20, S21). Its danger: the same as the controller manager's: a scheduler
// with a stale view places pods by it.
struct KubeSchedulerOperator {
  static constexpr std::string_view resource = "kubescheduler";
  static constexpr std::string_view force = "force-scheduler-redeployment";
  static constexpr std::string_view force_source = "S20, document step 12e";
  static constexpr std::string_view await = "await-scheduler-rollout";
  static constexpr std::string_view await_source = "S21, document step 12f";
};

struct RolloutKubeScheduler {
  static constexpr std::string_view name = "rollout-kube-scheduler";
  static constexpr std::string_view title = "Roll out kube-scheduler";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<Rollout<KubeSchedulerOperator>::force_step,
                         Rollout<KubeSchedulerOperator>::await_step>;
  static Phase machine();
};

}  // namespace states
