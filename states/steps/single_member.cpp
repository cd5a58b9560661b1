// Single member (S12, S13); see the header.
#include "states/steps/single_member.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/machine_configs.hpp"
#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::Verdict;

std::string look_container(const StepContext& context) {
  return script(context, {.name = "etcd-container-running.look",
                          .since = {{"okd-4.7/2", {{"manifests", kManifests}}, {"kubelet-says"}},
                                    {"okd-4.7/3", {{"node_name", context.host.node_name}}}}});
}

Verdict judge_container(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_check_failed(seen, "the etcd container");
  const Lines lines = read_lines(seen.out);
  const std::string_view running = value_of(lines, "running");
  if (running == "1") return Verdict::holds("one etcd container is running");
  return no_etcd_container(seen, brief(running, 20) + " etcd containers are running, expected 1");
}

Verdict judge_single(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_check_failed(seen, "the etcd pods");
  const auto document = read_json(before_lines(seen.out));
  const json::array* pods = document ? document->if_array() : nullptr;
  if (pods == nullptr) return Verdict::not_yet("cannot parse the list of pods");
  const std::string wanted = "etcd-" + context.host.node_name;
  std::string running;
  bool only_ours = true;
  bool ours_ready = false;
  for (const json::value& pod : *pods) {
    if (text_at(pod, "phase") != "Running") continue;
    const std::string name = text_at(pod, "name");
    running += (running.empty() ? "" : ", ") + brief(name, kObjectNameMax);
    if (name != wanted) {
      only_ours = false;
      continue;
    }
    const json::value* ready = pod.as_object().if_contains("ready");
    ours_ready = ready != nullptr && ready->is_bool() && ready->get_bool();
  }
  const std::string note = machine_configs_note(seen.out);
  if (only_ours && ours_ready)
    return Verdict::holds(wanted + " is Running, all containers ready" + note);
  Verdict waiting =
      Verdict::not_yet(running.empty() ? "the API lists no Running etcd pod"
                                       : "Running etcd pods: " + running + "; expected only " +
                                             wanted + ", with all containers ready" + note);
  waiting.remedy = std::string(kNodeRemedy);
  return waiting;
}

Phase SingleMember::machine() { return machine_of<SingleMember>(); }

}  // namespace states
