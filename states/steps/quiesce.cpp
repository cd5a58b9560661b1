// Quiesce (S3-S6); see the header.
#include "states/steps/quiesce.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"
#include "states/steps/witness.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

constexpr std::string_view kEtcdPod = "etcd-pod.yaml";
constexpr std::string_view kApiserverPod = "kube-apiserver-pod.yaml";

std::string move(const StepContext& context, std::string_view name, std::string_view manifest) {
  const std::string file = "/" + std::string(manifest);
  return script(context, {.name = name,
                          .values = {{"from", std::string(kManifests) + file},
                                     {"to", manifests_aside(context.start().run_id) + file}},
                          .functions = {"rename"}});
}

}  // namespace

std::string look_etcd_manifest(const StepContext& context) {
  return move(context, "move-manifest.look", kEtcdPod);
}

std::string act_etcd_manifest(const StepContext& context) {
  return move(context, "move-manifest.act", kEtcdPod);
}

Verdict judge_etcd_manifest(const StepContext&, const core::Observed& seen) {
  return judge_rename(seen, "the etcd manifest");
}

std::string look_apiserver_manifest(const StepContext& context) {
  return move(context, "move-manifest.look", kApiserverPod);
}

std::string act_apiserver_manifest(const StepContext& context) {
  return move(context, "move-manifest.act", kApiserverPod);
}

Verdict judge_apiserver_manifest(const StepContext&, const core::Observed& seen) {
  return judge_rename(seen, "the kube-apiserver manifest");
}

namespace {

std::string look_stopped(const StepContext& context, std::string_view name) {
  Texts since = witness_values(context);
  since.emplace_back("etcd_data", kEtcdData);
  return script(context, {.name = name,
                          .values = {{"manifests", kManifests}},
                          .since = {{"okd-4.7/2", std::move(since), {"witness"}}}});
}

Verdict judge_stopped(const core::Observed& seen, std::string_view what) {
  if (seen.exit_code != 0)
    return check_failed(seen, "whether " + std::string(what) + " has stopped");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "manifest") == "back") {
    return Verdict::wrong("the manifest of " + std::string(what) + " is back",
                          "find out what put it back, move it away manually, then resume");
  }
  if (auto disagreement = judge_witness(seen.out)) return *disagreement;
  const std::string_view running = value_of(lines, "running");
  if (!running.empty()) {
    Verdict waiting = Verdict::not_yet("container " + brief(running, 80) + " is still running");
    waiting.remedy =
        "a kubelet that was restarted while the API was down stops no pod until it has reached the "
        "API once (journalctl -u kubelet); in that case stop the container manually: crictl stop "
        "$(crictl ps -q --label io.kubernetes.container.name=" +
        brief(running, 80) + "), then resume";
    return waiting;
  }
  return Verdict::holds("no container of " + std::string(what) + " is running");
}

}  // namespace

std::string look_etcd_stopped(const StepContext& context) {
  return look_stopped(context, "etcd-stopped.look");
}

Verdict judge_etcd_stopped(const StepContext&, const core::Observed& seen) {
  return judge_stopped(seen, "etcd");
}

std::string look_apiserver_stopped(const StepContext& context) {
  return look_stopped(context, "apiserver-stopped.look");
}

Verdict judge_apiserver_stopped(const StepContext&, const core::Observed& seen) {
  return judge_stopped(seen, "kube-apiserver");
}

Phase Quiesce::machine() { return machine_of<Quiesce>(); }

}  // namespace states
