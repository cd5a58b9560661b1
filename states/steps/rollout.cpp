// Forcing and judging a redeployment; see the header.
#include "states/steps/rollout.hpp"

#include <algorithm>

#include "states/steps/object_name.hpp"
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

json::array list_at(const json::value& document, std::string_view key) {
  const json::array* list = array_at(document, key);
  return list == nullptr ? json::array{} : *list;
}

// What the operator says of itself and which nodes keep it waiting, as far as the look asked.
std::string words_of_operator(const json::value& document) {
  std::string words;
  const auto add = [&](std::string_view key, std::string_view before, std::string_view name) {
    for (const json::value& one : list_at(document, key)) {
      words += std::string(before) + brief(text_at(one, name), kObjectNameMax);
      if (const std::int64_t revision = number_at(one, "revision"); revision > 0)
        words += " at revision " + std::to_string(revision);
      if (const std::string reason = text_at(one, "reason"); !reason.empty())
        words += " (" + brief(reason, 80) + ")";
      if (const std::string message = text_at(one, "message"); !message.empty())
        words += ": " + brief(message, 300);
    }
  };
  add("not_ready", "; not Ready: node ", "name");
  add("failures", "; the installer failed on ", "name");
  add("degraded", "; the operator reports ", "type");
  return brief(words, 1'500);
}

bool has_any(const json::value& document, std::string_view key) {
  return !list_at(document, key).empty();
}

constexpr std::string_view kNotReadyRemedy =
    "no operator goes on past a node that is not Ready: make it Ready first (journalctl -u kubelet "
    "on it; oc get csr, and approve the pending ones that belong to it), then resume";

// How long looks must have seen it, with no node moving on, before waiting is given up. A node is
// not Ready for minutes after its kubelet was restarted, and an installer may be tried again.
constexpr std::int64_t kFailedMs = 5 * 60'000;
constexpr std::int64_t kNotReadyMs = 10 * 60'000;

// Conditions with which an operator says that it makes no new revision or cannot install one;
// others, as of members that are about to join, are ordinary for a while.
// Source: openshift/cluster-etcd-operator etcdendpointscontroller, openshift/library-go
// revisioncontroller.
bool is_final(std::string_view condition) {
  return condition == "EtcdEndpointsDegraded" || condition == "RevisionControllerDegraded";
}

// At what the rollout is stuck, as far as the look asked for it: that of okd-4.7/3 and before did
// not ask for failures, and its runs wait for their deadline. `place` says how far every node is,
// so that time counts anew whenever one of them moves on.
std::vector<core::Stuck> stuck_at(const core::Inventory& inventory, const json::value& document,
                                  std::int64_t noted, const std::string& place) {
  std::vector<core::Stuck> stuck;
  if (array_at(document, "failures") == nullptr) return stuck;
  for (const json::value& one : list_at(document, "not_ready")) {
    stuck.push_back({"not Ready: " + text_at(one, "name") + ", " + place, kNotReadyMs,
                     std::string(kNotReadyRemedy)});
  }
  for (const json::value& one : list_at(document, "failures")) {
    const std::int64_t revision = number_at(one, "revision");
    // A newer revision makes the operator go on by itself; one from before was noted as failed.
    if (revision <= noted || revision < number_at(document, "latest")) continue;
    const std::string node = text_at(one, "name");
    // Only a name that the operator wrote goes into a command that may be copied.
    const bool ours = std::any_of(inventory.hosts.begin(), inventory.hosts.end(),
                                  [&](const core::Host& host) { return host.node_name == node; });
    const std::string pod = "installer-" + std::to_string(revision) + (ours ? "-" + node : "");
    stuck.push_back({"failed: " + std::to_string(revision) + " on " + node + ", " + place,
                     kFailedMs,
                     "the operator does not install this revision by itself: read why its pod "
                     "failed (oc get pods -A | grep " +
                         pod + ", then oc logs), fix it, then resume"});
  }
  for (const json::value& one : list_at(document, "degraded")) {
    const std::string condition = text_at(one, "type");
    if (!is_final(condition)) continue;
    const bool endpoints = condition == "EtcdEndpointsDegraded";
    stuck.push_back(
        {condition + " " + text_at(one, "reason") + ", " + place, kFailedMs,
         endpoints ? "compare the addresses in the ConfigMap etcd-endpoints of openshift-etcd with "
                     "etcd's members (etcdctl member list) and correct them manually: the operator "
                     "cannot reach etcd to do it, and a redeployment that is requested again does "
                     "not help. Then resume"
                   : "resolve what the operator reports: until then it makes no new revision, and "
                     "a redeployment that is requested again does not help. Then resume"});
  }
  return stuck;
}

std::string remedy_of(const json::value& document) {
  if (has_any(document, "not_ready")) {
    return std::string(kNotReadyRemedy);
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
  // Revisions may follow one another: the last of them is awaited. Looks of before okd-4.7/4 only
  // ask whether the noted one is passed.
  const bool asks_for_last = array_at(*document, "failures") != nullptr;
  const std::int64_t last = asks_for_last ? number_at(*document, "latest") : 0;
  const bool several = last > noted && last != noted + 1;
  std::size_t above = 0;
  std::string place;
  for (const core::Host& host : context.inventory().hosts) {
    std::int64_t now = 0;
    std::int64_t failed = 0;
    for (const json::value& node : list_at(*document, "nodes")) {
      if (text_at(node, "name") != host.node_name) continue;
      now = number_at(node, "now");
      failed = number_at(node, "failed");
    }
    above += now > noted && now >= last ? 1 : 0;
    place += (place.empty() ? "" : ", ") + host.node_name + " at " + std::to_string(now);
    if (failed > noted) place += " (revision " + std::to_string(failed) + " failed)";
  }
  const json::array* progress = array_at(*document, "progress");
  const bool settled = progress != nullptr && progress->size() == 1 &&
                       text_at(progress->front(), "reason") == "AllNodesAtLatestRevision" &&
                       text_at(progress->front(), "status") == "False";
  std::string detail = place + "; before: " + std::to_string(noted);
  if (several) detail += ", the last: " + std::to_string(last);
  if (above == context.inventory().hosts.size() && settled) {
    return Verdict::holds("all nodes are above the previous revision: " + detail);
  }
  Verdict waiting = Verdict::not_yet(
      std::to_string(above) + " of " + std::to_string(context.inventory().hosts.size()) +
      " nodes are " + (several ? "at the last" : "above the previous") + " revision: " + detail +
      words_of_operator(*document));
  waiting.remedy = remedy_of(*document);
  waiting.stuck = stuck_at(context.inventory(), *document, noted, place);
  return waiting;
}

}  // namespace states
