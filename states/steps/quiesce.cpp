// Quiesce (S3-S6); see the header.
#include "states/steps/quiesce.hpp"

#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
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

}  // namespace

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

namespace {

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

}  // namespace

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

Phase Quiesce::machine() { return machine_of<Quiesce>(); }

}  // namespace states
