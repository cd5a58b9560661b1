// Forcing and judging a redeployment; see the header.
#include "states/steps/rollout.hpp"

#include <algorithm>

#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::Verdict;

namespace {

std::string reason_of(const StepContext& context, std::string_view resource) {
  return "restorectl-" + context.start().run_id + "-" + std::string(resource);
}

// The highest revision in an observation of the operator's resource.
std::int64_t highest_revision(const json::value& document) {
  std::int64_t highest = number_at(document, "latest");
  if (const json::array* nodes = array_at(document, "nodes")) {
    for (const json::value& node : *nodes) highest = std::max(highest, number_at(node, "now"));
  }
  return highest;
}

// What the operator says of itself and which nodes keep it waiting, as far as the look asked.
std::string words_of_operator(const json::value& document) {
  std::string words;
  const auto add = [&](std::string_view key, std::string_view before, std::string_view name) {
    const json::array* list = array_at(document, key);
    for (const json::value& one : list == nullptr ? json::array{} : *list) {
      words += std::string(before) + brief(text_at(one, name), 80);
      if (const std::string reason = text_at(one, "reason"); !reason.empty())
        words += " (" + brief(reason, 80) + ")";
      if (const std::string message = text_at(one, "message"); !message.empty())
        words += ": " + brief(message, 300);
    }
  };
  add("not_ready", "; not Ready: node ", "name");
  add("degraded", "; the operator reports ", "type");
  return brief(words, 1'500);
}

bool has_any(const json::value& document, std::string_view key) {
  const json::array* list = array_at(document, key);
  return list != nullptr && !list->empty();
}

std::string remedy_of(const json::value& document) {
  if (has_any(document, "not_ready")) {
    return "no operator goes on past a node that is not Ready: make it Ready first (journalctl -u "
           "kubelet on it; oc get csr, and approve the pending ones that belong to it), then "
           "resume";
  }
  if (has_any(document, "degraded")) {
    return "resolve what the operator reports; a redeployment that is requested again does not "
           "help. Also " +
           std::string(kNodeRemedy);
  }
  return std::string(kNodeRemedy);
}

}  // namespace

std::string look_operator(const StepContext& context, std::string_view resource) {
  return api_script(context, {"redeployment.look", {{"resource", resource}}});
}

std::string act_force(const StepContext& context, std::string_view resource) {
  const std::string patch =
      "{\"spec\":{\"forceRedeploymentReason\":\"" + reason_of(context, resource) + "\"}}";
  return api_script(context, {"redeployment.act", {{"resource", resource}, {"patch", patch}}});
}

Verdict judge_forced(const StepContext& context, const core::Observed& seen,
                     std::string_view resource) {
  if (seen.exit_code != 0) return check_failed(seen, "the operator's resource");
  const auto document = read_json(seen.out);
  if (!document) return Verdict::not_yet("cannot parse the operator's resource");
  const std::string reason = reason_of(context, resource);
  const std::string noted = std::to_string(highest_revision(*document));
  if (text_at(*document, "reason") == reason)
    return Verdict::holds("redeployment requested: " + reason);
  return Verdict::needs_act("revision before the redeployment: " + noted);
}

Verdict judge_rollout(const StepContext& context, const core::Observed& seen,
                      std::string_view force_step) {
  if (seen.exit_code != 0) return check_failed(seen, "the progress of the rollout");
  const auto document = read_json(seen.out);
  if (!document) return Verdict::not_yet("cannot parse the operator's resource");
  const core::StepState* force = context.run.find(context.host.name, force_step);
  const auto before = force != nullptr && force->before_acting
                          ? read_json(force->before_acting->out)
                          : std::nullopt;
  if (!before) {
    return Verdict::wrong(
        "no revision was recorded before the redeployment",
        "compare the revisions of the nodes manually; this run cannot verify them");
  }
  const std::int64_t noted = highest_revision(*before);
  const json::array* nodes = array_at(*document, "nodes");
  std::size_t above = 0;
  std::string detail;
  for (const core::Host& host : context.inventory().hosts) {
    std::int64_t now = 0;
    std::int64_t failed = 0;
    for (const json::value& node : nodes == nullptr ? json::array{} : *nodes) {
      if (text_at(node, "name") != host.node_name) continue;
      now = number_at(node, "now");
      failed = number_at(node, "failed");
    }
    above += now > noted ? 1 : 0;
    detail += (detail.empty() ? "" : ", ") + host.node_name + " at " + std::to_string(now);
    if (failed > noted) detail += " (revision " + std::to_string(failed) + " failed)";
  }
  const json::array* progress = array_at(*document, "progress");
  const bool settled = progress != nullptr && progress->size() == 1 &&
                       text_at(progress->front(), "reason") == "AllNodesAtLatestRevision" &&
                       text_at(progress->front(), "status") == "False";
  detail += "; before: " + std::to_string(noted);
  if (above == context.inventory().hosts.size() && settled) {
    return Verdict::holds("all nodes are above the previous revision: " + detail);
  }
  Verdict waiting = Verdict::not_yet(
      std::to_string(above) + " of " + std::to_string(context.inventory().hosts.size()) +
      " nodes are above the previous revision: " + detail + words_of_operator(*document));
  waiting.remedy = remedy_of(*document);
  return waiting;
}

}  // namespace states
