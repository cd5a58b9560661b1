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

// The highest revision that an observation of the operator's object speaks of.
std::int64_t highest_revision(const json::value& document) {
  std::int64_t highest = number_at(document, "latest");
  if (const json::array* nodes = array_at(document, "nodes")) {
    for (const json::value& node : *nodes) highest = std::max(highest, number_at(node, "now"));
  }
  return highest;
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
  if (seen.exit_code != 0) return host_refuses(seen, "the operator's object at the API");
  const auto document = read_json(seen.out);
  if (!document) return Verdict::not_yet("the operator's object cannot be read");
  const std::string reason = reason_of(context, resource);
  const std::string noted = std::to_string(highest_revision(*document));
  if (text_at(*document, "reason") == reason)
    return Verdict::holds("redeployment asked: " + reason);
  return Verdict::needs_act("noted revision " + noted + " before the redeployment");
}

Verdict judge_rollout(const StepContext& context, const core::Observed& seen,
                      std::string_view force_step) {
  if (seen.exit_code != 0) return host_refuses(seen, "the rollout's progress at the API");
  const auto document = read_json(seen.out);
  if (!document) return Verdict::not_yet("the operator's object cannot be read");
  const core::StepState* force = context.run.find(context.host.name, force_step);
  const auto before = force != nullptr && force->before_acting
                          ? read_json(force->before_acting->out)
                          : std::nullopt;
  if (!before) {
    return Verdict::wrong("no revision was noted before the redeployment",
                          "compare the nodes' revisions by hand; this run cannot judge them");
  }
  const std::int64_t noted = highest_revision(*before);
  const json::array* nodes = array_at(*document, "nodes");
  std::size_t above = 0;
  std::string words;
  for (const core::Host& host : context.inventory().hosts) {
    std::int64_t now = 0;
    std::int64_t failed = 0;
    for (const json::value& node : nodes == nullptr ? json::array{} : *nodes) {
      if (text_at(node, "name") != host.node_name) continue;
      now = number_at(node, "now");
      failed = number_at(node, "failed");
    }
    above += now > noted ? 1 : 0;
    words += (words.empty() ? "" : ", ") + host.node_name + " at " + std::to_string(now);
    if (failed > noted) words += " (revision " + std::to_string(failed) + " failed)";
  }
  const json::array* progress = array_at(*document, "progress");
  const bool settled = progress != nullptr && progress->size() == 1 &&
                       text_at(progress->front(), "reason") == "AllNodesAtLatestRevision" &&
                       text_at(progress->front(), "status") == "False";
  words += "; noted before: " + std::to_string(noted);
  if (above == context.inventory().hosts.size() && settled) {
    return Verdict::holds("every node is above the noted revision: " + words);
  }
  Verdict waiting = Verdict::not_yet(std::to_string(above) + " of " +
                                     std::to_string(context.inventory().hosts.size()) +
                                     " nodes are above the noted revision: " + words);
  waiting.remedy = std::string(kNodeRemedy);
  return waiting;
}

}  // namespace states
