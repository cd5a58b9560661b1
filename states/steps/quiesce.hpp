// Quiesce (S3-S6): on every host but the recovery host, etcd and kube-apiserver are stopped by
// moving their manifests away. Its danger: from the first of these on, the API dies; and a host on
// which etcd still runs while another restores makes two clusters of one.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_etcd_manifest(const core::StepContext& context);
std::string act_etcd_manifest(const core::StepContext& context);
core::Verdict judge_etcd_manifest(const core::StepContext& context, const core::Observed& seen);
std::string look_etcd_stopped(const core::StepContext& context);
core::Verdict judge_etcd_stopped(const core::StepContext& context, const core::Observed& seen);
std::string look_apiserver_manifest(const core::StepContext& context);
std::string act_apiserver_manifest(const core::StepContext& context);
core::Verdict judge_apiserver_manifest(const core::StepContext& context,
                                       const core::Observed& seen);
std::string look_apiserver_stopped(const core::StepContext& context);
core::Verdict judge_apiserver_stopped(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kMoveEtcdManifest{
    .name = "move-etcd-manifest",
    .source = "S3, document step 4b",
    .purpose =
        "Move the etcd manifest out of the manifest directory, so that the kubelet stops etcd.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 60'000,
    .undo = "move the manifest back from /etc/kubernetes/restorectl-<run>/",
    .look = look_etcd_manifest,
    .act = act_etcd_manifest,
    .judge = judge_etcd_manifest,
};

inline constexpr core::StepSpec kEtcdStopped{
    .name = "etcd-stopped",
    .source = "S4, document step 4c",
    .purpose = "Wait until no container of the etcd pod is running.",
    .verify_deadline_ms = 300'000,
    .look = look_etcd_stopped,
    .judge = judge_etcd_stopped,
};

inline constexpr core::StepSpec kMoveApiserverManifest{
    .name = "move-apiserver-manifest",
    .source = "S5, document step 4d",
    .purpose = "Move the kube-apiserver manifest out of the manifest directory.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 60'000,
    .undo = "move the manifest back from /etc/kubernetes/restorectl-<run>/",
    .look = look_apiserver_manifest,
    .act = act_apiserver_manifest,
    .judge = judge_apiserver_manifest,
};

inline constexpr core::StepSpec kApiserverStopped{
    .name = "apiserver-stopped",
    .source = "S6, document step 4e",
    .purpose = "Wait until kube-apiserver has stopped; by design this can take over two minutes.",
    .verify_deadline_ms = 600'000,
    .look = look_apiserver_stopped,
    .judge = judge_apiserver_stopped,
};

struct Quiesce {
  static constexpr std::string_view name = "quiesce";
  static constexpr std::string_view title = "Stop etcd and kube-apiserver on the other hosts";
  static constexpr core::HostSet hosts = core::HostSet::others;
  using steps =
      StepList<kMoveEtcdManifest, kEtcdStopped, kMoveApiserverManifest, kApiserverStopped>;
  static Phase machine();
};

}  // namespace states
