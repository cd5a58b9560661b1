// Quiesce (S3-S6): on every host but the recovery host, etcd and kube-apiserver are stopped by
// taking their manifests away. Its danger: from the first of these on, the API dies; and a host on
// which etcd still runs while another restores makes two clusters of one.
#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

std::string manifest(std::string_view name) {
  return std::string(kManifests) + "/" + std::string(name);
}
std::string paths_of(const StepContext& context, std::string_view name) {
  return rename_paths(manifest(name),
                      manifests_aside(context.start().run_id) + "/" + std::string(name));
}

constexpr std::string_view kEtcdPod = "etcd-pod.yaml";
constexpr std::string_view kApiserverPod = "kube-apiserver-pod.yaml";

std::string look_etcd_manifest(const StepContext& context) {
  return paths_of(context, kEtcdPod) + rename_look();
}
std::string act_etcd_manifest(const StepContext& context) {
  return paths_of(context, kEtcdPod) + rename_script();
}
Verdict judge_etcd_manifest(const StepContext&, const core::Observed& seen) {
  return judge_rename(seen, "the etcd manifest");
}

std::string look_apiserver_manifest(const StepContext& context) {
  return paths_of(context, kApiserverPod) + rename_look();
}
std::string act_apiserver_manifest(const StepContext& context) {
  return paths_of(context, kApiserverPod) + rename_script();
}
Verdict judge_apiserver_manifest(const StepContext&, const core::Observed& seen) {
  return judge_rename(seen, "the kube-apiserver manifest");
}

// By label and never by grep: hosts and clusters can have "etcd" in their names. crictl that fails
// prints nothing, which must not read as "stopped": its exit code is the look's.
std::string look_stopped(std::initializer_list<std::string_view> containers,
                         std::string_view file) {
  std::string script = "[ ! -e " + manifest(file) + " ] || echo manifest=back\n";
  for (const std::string_view name : containers) {
    script += "ids=$(crictl ps -q --label io.kubernetes.container.name=" + std::string(name) +
              ") || exit 1\n[ -z \"$ids\" ] || { echo running=" + std::string(name) +
              "; exit 0; }\n";
  }
  return script;
}

Verdict judge_stopped(const core::Observed& seen, std::string_view what) {
  if (seen.exit_code != 0) return host_refuses(seen, "whether " + std::string(what) + " stopped");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "manifest") == "back") {
    return Verdict::wrong("the manifest of " + std::string(what) + " is back in its place",
                          "find out what put it back, move it aside by hand, then resume");
  }
  const std::string_view running = value_of(lines, "running");
  if (!running.empty()) {
    Verdict waiting = Verdict::not_yet("container " + brief(running, 80) + " still runs");
    waiting.remedy =
        "a kubelet that was restarted while the API was dead stops no pod before it has reached "
        "the "
        "API once (journalctl -u kubelet); there, stop the container by hand: crictl stop $(crictl "
        "ps -q --label io.kubernetes.container.name=" +
        brief(running, 80) + "), then resume";
    return waiting;
  }
  return Verdict::holds("no container of " + std::string(what) + " runs");
}

std::string look_etcd_stopped(const StepContext&) {
  return look_stopped({"etcd", "etcdctl", "etcd-metrics"}, kEtcdPod);
}
Verdict judge_etcd_stopped(const StepContext&, const core::Observed& seen) {
  return judge_stopped(seen, "etcd");
}
std::string look_apiserver_stopped(const StepContext&) {
  return look_stopped({"kube-apiserver"}, kApiserverPod);
}
Verdict judge_apiserver_stopped(const StepContext&, const core::Observed& seen) {
  return judge_stopped(seen, "kube-apiserver");
}

constexpr StepSpec kMoveEtcdManifest{
    .name = "move-etcd-manifest",
    .source = "S3, document step 4b",
    .purpose = "Take etcd's manifest out of the kubelet's folder, so that the kubelet stops etcd.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 60'000,
    .undo = "mv the manifest back from /etc/kubernetes/restorectl-<run>/",
    .look = look_etcd_manifest,
    .act = act_etcd_manifest,
    .judge = judge_etcd_manifest,
};

constexpr StepSpec kEtcdStopped{
    .name = "etcd-stopped",
    .source = "S4, document step 4c",
    .purpose = "Wait until no container of the etcd pod runs.",
    .verify_deadline_ms = 300'000,
    .look = look_etcd_stopped,
    .judge = judge_etcd_stopped,
};

constexpr StepSpec kMoveApiserverManifest{
    .name = "move-apiserver-manifest",
    .source = "S5, document step 4d",
    .purpose = "Take kube-apiserver's manifest out of the kubelet's folder.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 60'000,
    .undo = "mv the manifest back from /etc/kubernetes/restorectl-<run>/",
    .look = look_apiserver_manifest,
    .act = act_apiserver_manifest,
    .judge = judge_apiserver_manifest,
};

constexpr StepSpec kApiserverStopped{
    .name = "apiserver-stopped",
    .source = "S6, document step 4e",
    .purpose = "Wait until kube-apiserver has ended; it may take over two minutes by design.",
    .verify_deadline_ms = 600'000,
    .look = look_apiserver_stopped,
    .judge = judge_apiserver_stopped,
};

static_assert(phase_is_lawful<true, kMoveEtcdManifest, kEtcdStopped, kMoveApiserverManifest,
                              kApiserverStopped>());

}  // namespace

Phase quiesce_phase() {
  return make_phase<kMoveEtcdManifest, kEtcdStopped, kMoveApiserverManifest, kApiserverStopped>(
      "quiesce", "Stop etcd and kube-apiserver on the other hosts", core::HostSet::others);
}

}  // namespace states
