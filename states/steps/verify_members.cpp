// Verify members (S22, S23); see the header.
#include "states/steps/verify_members.hpp"

#include <set>

#include "states/engine/phase_lane.hpp"
#include "states/steps/machine_configs.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::Verdict;

std::string look_members(const StepContext& context) {
  return script(context, {"etcd-members.look"});
}

Verdict judge_members(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the etcd members");
  const std::size_t line_end = seen.out.find('\n');
  if (line_end == std::string::npos) return Verdict::not_yet("cannot parse etcd's answer");
  const auto members = read_json(std::string_view(seen.out).substr(0, line_end));
  const auto health = read_json(std::string_view(seen.out).substr(line_end + 1));
  const json::array* listed = members ? array_at(*members, "members") : nullptr;
  const json::array* endpoints = health ? array_at(*health, "health") : nullptr;
  if (listed == nullptr || endpoints == nullptr)
    return Verdict::not_yet("cannot parse etcd's answer");
  std::set<std::string> names;
  for (const json::value& member : *listed) {
    const json::value* learner =
        member.is_object() ? member.get_object().if_contains("learner") : nullptr;
    if (learner != nullptr && learner->is_bool() && !learner->get_bool())
      names.insert(text_at(member, "name"));
  }
  std::size_t healthy = 0;
  for (const json::value& endpoint : *endpoints) {
    const json::value* state =
        endpoint.is_object() ? endpoint.get_object().if_contains("health") : nullptr;
    healthy += state != nullptr && state->is_bool() && state->get_bool() ? 1U : 0U;
  }
  std::set<std::string> wanted;
  for (const core::Host& host : context.inventory().hosts) wanted.insert(host.node_name);
  const std::string detail = "etcd reports " + std::to_string(listed->size()) + " members, " +
                             std::to_string(healthy) + " healthy, expected " +
                             std::to_string(wanted.size());
  if (names == wanted && listed->size() == wanted.size() && healthy == wanted.size()) {
    return Verdict::holds(detail);
  }
  return Verdict::not_yet(detail);
}

Verdict judge_pods(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the etcd pods");
  const auto document = read_json(before_machine_configs(seen.out));
  const std::string note = machine_configs_note(seen.out);
  const json::array* pods = document ? document->if_array() : nullptr;
  if (pods == nullptr) return Verdict::not_yet("cannot parse the list of pods");
  std::set<std::string> missing;
  for (const core::Host& host : context.inventory().hosts) missing.insert("etcd-" + host.node_name);
  for (const json::value& pod : *pods) {
    if (!pod.is_object()) continue;
    const json::value* ready = pod.get_object().if_contains("ready");
    if (text_at(pod, "phase") == "Running" && ready != nullptr && ready->is_bool() &&
        ready->get_bool()) {
      missing.erase(text_at(pod, "name"));
    }
  }
  if (missing.empty())
    return Verdict::holds("the etcd pod of every host is Running and ready" + note);
  std::string detail;
  for (const std::string& name : missing) detail += (detail.empty() ? "" : ", ") + name;
  return Verdict::not_yet("not Running and ready yet: " + detail + note);
}

std::string look_operators(const StepContext& context) {
  return api_script(context, {"operators-settled.look"});
}

namespace {

// In words what is off about an operator's condition.
std::string state_of(std::string_view condition) {
  if (condition == "Available") return "not available";
  return condition == "Degraded" ? "degraded" : "progressing";
}

}  // namespace

namespace {

// Which operators settle with fewer control-plane hosts than the cluster was made for is not known
// for each release: they are awaited, and the words say what they may be waiting for.
Verdict awaiting_operators(const StepContext& context, std::string detail) {
  Verdict waiting = Verdict::not_yet(std::move(detail));
  if (!context.absent().empty()) {
    waiting.remedy =
        "etcd is restored and serves; operators that want each control-plane host may settle only "
        "once " +
        core::names_of(context.absent()) +
        " are re-created (docs/lost-hosts.md). Re-create them, approve their CSRs, then resume";
  }
  return waiting;
}

}  // namespace

Verdict judge_operators(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the cluster operators");
  const auto document = read_json(seen.out);
  const json::array* unsettled = document ? array_at(*document, "unsettled") : nullptr;
  if (unsettled == nullptr) return Verdict::not_yet("cannot parse the list of cluster operators");
  const std::int64_t count = number_at(*document, "count");
  if (count == 0) return Verdict::not_yet("the API lists no cluster operators yet");
  if (unsettled->empty()) {
    return Verdict::holds("all " + std::to_string(count) +
                          " cluster operators are available, none is progressing or degraded");
  }
  std::string detail;
  for (const json::value& name : *unsettled) {
    if (name.is_string()) detail += (detail.empty() ? "" : ", ") + brief(name.get_string(), 60);
  }
  std::string why;
  const json::array* reasons = array_at(*document, "why");
  for (const json::value& one : reasons == nullptr ? json::array{} : *reasons) {
    const std::string said =
        text_at(one, "message").empty() ? text_at(one, "reason") : text_at(one, "message");
    if (said.empty()) continue;
    why += "; " + brief(text_at(one, "name"), 60) + " is " + state_of(text_at(one, "type")) + ": " +
           brief(said, 200);
  }
  if (const std::int64_t left_out = number_at(*document, "left_out"); left_out > 0)
    detail = std::to_string(left_out) + " more than " + detail;
  return awaiting_operators(context, "not available, still progressing or degraded: " +
                                         brief(detail, 400) + brief(why, 1'500));
}

Phase VerifyMembers::machine() { return machine_of<VerifyMembers>(); }

}  // namespace states
