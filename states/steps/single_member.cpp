// Single member (S12, S13); see the header.
#include "states/steps/single_member.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::Verdict;

std::string look_container(const StepContext& context) {
  return script(context, {"etcd-container-running.look"});
}

Verdict judge_container(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_refuses(seen, "the etcd container");
  const Lines lines = read_lines(seen.out);
  const std::string_view running = value_of(lines, "running");
  if (running == "1") return Verdict::holds("one etcd container runs");
  return Verdict::not_yet(brief(running, 20) + " etcd containers run, one is awaited");
}

Verdict judge_single(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_refuses(seen, "etcd's pods at the API");
  const auto document = read_json(seen.out);
  const json::array* pods = document ? document->if_array() : nullptr;
  if (pods == nullptr) return Verdict::not_yet("the list of pods cannot be read");
  const std::string wanted = "etcd-" + context.host.node_name;
  std::string running;
  bool only_ours = true;
  bool ours_ready = false;
  for (const json::value& pod : *pods) {
    if (text_at(pod, "phase") != "Running") continue;
    const std::string name = text_at(pod, "name");
    running += (running.empty() ? "" : ", ") + brief(name, 80);
    if (name != wanted) {
      only_ours = false;
      continue;
    }
    const json::value* ready = pod.as_object().if_contains("ready");
    ours_ready = ready != nullptr && ready->is_bool() && ready->get_bool();
  }
  if (only_ours && ours_ready) return Verdict::holds(wanted + " is Running, all containers ready");
  Verdict waiting =
      Verdict::not_yet(running.empty() ? "no etcd pod is Running at the API"
                                       : "Running at the API: " + running + "; awaited: " + wanted +
                                             " alone, all containers ready");
  waiting.remedy = std::string(kNodeRemedy);
  return waiting;
}

Phase SingleMember::machine() { return machine_of<SingleMember>(); }

}  // namespace states
