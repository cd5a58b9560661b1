// Single member (S12, S13): the restored etcd is verified on the host and at the API, before
// anything is rolled out. Its danger: mirror pods of the other hosts come back with the snapshot
// and look alive; only when they are gone does the API tell the truth.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

std::string look_container(const StepContext&) {
  return "ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1\n"
         "printf 'running=%s\\n' \"$(printf '%s' \"$ids\" | grep -c .)\"\n"
         "exit 0\n";
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

constexpr StepSpec kEtcdContainer{
    .name = "etcd-container-running",
    .source = "S12, document step 10a",
    .purpose = "See on the host that exactly one etcd container runs.",
    .verify_deadline_ms = 600'000,
    .look = look_container,
    .judge = judge_container,
};

constexpr StepSpec kSingleEtcdPod{
    .name = "single-etcd-pod",
    .source = "S13, document step 10b",
    .purpose = "See at the API that the restored etcd pod is the only one that runs.",
    .where = core::Where::api,
    .verify_deadline_ms = 1'800'000,
    .look = look_etcd_pods,
    .judge = judge_single,
};

static_assert(phase_is_lawful<true, kEtcdContainer, kSingleEtcdPod>());

}  // namespace

Phase single_member_phase() {
  return make_phase<kEtcdContainer, kSingleEtcdPod>("single-member", "Verify the single member",
                                                    core::HostSet::recovery);
}

}  // namespace states
