// Verify members (S22, S23); see the header.
#include "states/steps/verify_members.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "states/engine/phase_lane.hpp"
#include "states/steps/backup_fits.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/machine_configs.hpp"
#include "states/steps/operator_words.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

namespace json = boost::json;
using core::StepContext;
using core::Verdict;

std::string look_members(const StepContext& context) {
  // etcd is asked on its host; the API beside it there, whatever reaches it from elsewhere.
  Texts values = api_of_host(context);
  values.emplace_back("node_kubeconfigs", kNodeKubeconfigs);
  return script(context,
                {.name = "etcd-members.look",
                 .since = {{"okd-4.7/3", values, {"api", "operator-words", "etcd-operator"}}}});
}

Verdict judge_members(const StepContext& context, const core::Observed& seen) {
  const std::string operator_note = etcd_operator_note(seen.out);
  if (seen.exit_code != 0) {
    Verdict failed = check_failed(seen, "the etcd members");
    if (failed.kind == Verdict::Kind::not_yet) failed.detail += operator_note;
    return failed;
  }
  const std::size_t line_end = seen.out.find('\n');
  if (line_end == std::string::npos)
    return Verdict::not_yet("cannot parse etcd's answer" + operator_note);
  const auto members = read_json(std::string_view(seen.out).substr(0, line_end));
  const std::string_view rest = std::string_view(seen.out).substr(line_end + 1);
  const auto health = read_json(before_lines(rest));
  const json::array* listed = members ? array_at(*members, "members") : nullptr;
  const json::array* endpoints = health ? array_at(*health, "health") : nullptr;
  if (listed == nullptr || endpoints == nullptr)
    return Verdict::not_yet("cannot parse etcd's answer" + operator_note);
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
  return Verdict::not_yet(detail + operator_note);
}

Verdict judge_pods(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the etcd pods");
  const auto document = read_json(before_lines(seen.out));
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
  return Verdict::not_yet("not Running and ready yet: " + detail + etcd_operator_note(seen.out) +
                          note);
}

std::string look_operators(const StepContext& context) {
  return api_script(context, {"operators-settled.look"});
}

namespace {

// A cluster operator that has not settled, as far as the look tells.
struct Unsettled {
  std::string name;
  std::vector<std::string> is;  // conditions that are off; older looks do not tell them
  std::string said;             // by the operator; of the first ones only
};

std::vector<Unsettled> unsettled_in(const json::value& document, const json::array& names) {
  std::vector<Unsettled> all;
  const auto entry_of = [&](std::string_view key, const std::string& name) -> const json::value* {
    const json::array* list = array_at(document, key);
    if (list == nullptr) return nullptr;
    const auto at = std::find_if(list->begin(), list->end(), [&](const json::value& one) {
      return text_at(one, "name") == name;
    });
    return at == list->end() ? nullptr : at;
  };
  for (const json::value& name : names) {
    if (!name.is_string()) continue;
    Unsettled one{std::string(name.get_string()), {}, {}};
    const json::value* off = entry_of("off", one.name);
    const json::array* conditions = off == nullptr ? nullptr : array_at(*off, "is");
    for (const json::value& condition : conditions == nullptr ? json::array{} : *conditions) {
      if (condition.is_string()) one.is.emplace_back(condition.get_string());
    }
    if (const json::value* why = entry_of("why", one.name)) {
      const std::string message = text_at(*why, "message");
      one.said = message.empty() ? text_at(*why, "reason") : message;
      if (one.is.empty()) one.is.push_back(text_at(*why, "type"));
    }
    all.push_back(std::move(one));
  }
  return all;
}

// What was off before: in the backup, and before the gate, if the API lived then.
struct Before {
  std::vector<core::UnsettledOperator> backup;
  std::vector<core::UnsettledOperator> all;
};

// What was off right before the restore may be what the restore cures, and operators need minutes
// to say so: looks must have shown it for so long. What was off in the backup is cured by nothing
// here.
constexpr std::int64_t kCuredMs = 10 * 60'000;

// With what compare-cluster noted where looks have watched for long enough; nothing is assumed of
// the operators that it left out.
Before unsettled_before(const StepContext& context, bool watched) {
  Before before{context.start().backup.content.unsettled, {}};
  before.all = before.backup;
  if (!watched) return before;
  const core::StepState* known = context.run.find(context.host.name, "compare-cluster");
  if (known == nullptr || known->last == nullptr || known->last->exit_code != 0) return before;
  for (core::UnsettledOperator& one : unsettled_before_gate(known->last->out))
    before.all.push_back(std::move(one));
  return before;
}

// Whether all that is off about an operator was so before, so that nothing is to be waited for.
// Progress is ordinary behind a restore; it is not waited for only where the operator was degraded
// or not available as well, and stuck in it. What this run itself redeploys is its business,
// whatever was before.
bool was_so_before(const std::vector<core::UnsettledOperator>& before, const Unsettled& now) {
  constexpr std::string_view redeployed[] = {"etcd", "kube-apiserver", "kube-controller-manager",
                                             "kube-scheduler"};
  if (std::find(std::begin(redeployed), std::end(redeployed), now.name) != std::end(redeployed))
    return false;
  bool off = false;
  for (const std::string& condition : now.is) {
    const bool known = std::any_of(before.begin(), before.end(), [&](const auto& one) {
      return one.name == now.name && one.condition == condition;
    });
    if (!known) return false;
    off = off || condition != "Progressing";
  }
  return off;
}

// Since when it has been so, in words; empty where it is new.
std::string since_when(const Before& before, const Unsettled& now) {
  if (was_so_before(before.backup, now)) return "as when the backup was taken";
  return was_so_before(before.all, now) ? "as before the gate" : "";
}

std::string words_of(const Unsettled& one) {
  std::string words;
  for (const std::string& condition : one.is) {
    if (!condition.empty())
      words += (words.empty() ? " is " : " and ") + std::string(core::state_of(condition));
  }
  if (words.empty()) words = " has not settled";
  words.insert(0, brief(one.name, 60));
  return one.said.empty() ? words : words + ": " + brief(one.said, 200);
}

// The end of the wait, with what is let pass.
Verdict ends_with(const std::string& how, const std::string& settled,
                  std::vector<std::string> findings) {
  std::string list;
  for (const std::string& finding : findings) list += (list.empty() ? "" : "; ") + finding;
  Verdict verdict = Verdict::holds(settled + "; " + how + ": " + brief(list, 1'500));
  verdict.findings = std::move(findings);
  return verdict;
}

// The names of those that are not waited for, by since when they have been so.
using Passed = std::map<std::string, std::string>;

Verdict waits_for(const StepContext& context, const std::vector<Unsettled>& waited,
                  const Passed& passed, std::int64_t left_out) {
  std::string names;
  std::string why;
  for (const Unsettled& one : waited) {
    names += (names.empty() ? "" : ", ") + brief(one.name, 60);
    if (!one.said.empty()) why += "; " + words_of(one);
  }
  if (left_out > 0) names = std::to_string(left_out) + " more than " + names;
  for (const auto& [since, which] : passed) why += "; not waited for, " + since + ": " + which;
  Verdict verdict = Verdict::not_yet(
      "not available, still progressing or degraded: " + brief(names, 400) + brief(why, 1'500));
  // Which operators settle with fewer control-plane hosts than the cluster was made for is not
  // known for each release: they are awaited, and the words say what they may be waiting for.
  verdict.remedy =
      context.absent().empty()
          ? "resolve what the operators report, then resume. If the cluster is good enough without "
            "them: "
          : "etcd is restored and serves; operators that want each control-plane host may settle "
            "only once " +
                core::names_of(context.absent()) +
                " are re-created (docs/lost-hosts.md). Re-create them, approve their CSRs, then "
                "resume. If the cluster is good enough with operators that have not settled: ";
  verdict.remedy +=
      "restorectl resume " + context.start().run_id + " --end-with-findings \"reason\"";
  return verdict;
}

}  // namespace

Verdict judge_operators(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the cluster operators");
  const auto document = read_json(seen.out);
  const json::array* names = document ? array_at(*document, "unsettled") : nullptr;
  if (names == nullptr) return Verdict::not_yet("cannot parse the list of cluster operators");
  const std::int64_t count = number_at(*document, "count");
  if (count == 0) return Verdict::not_yet("the API lists no cluster operators yet");
  if (names->empty()) {
    return Verdict::holds("all " + std::to_string(count) +
                          " cluster operators are available, none is progressing or degraded");
  }
  const core::StepState* known = context.run.find(context.host.name, kOperatorsSettled.name);
  const std::string word = known == nullptr ? std::string() : known->end_with_findings;
  const std::vector<Unsettled> unsettled = unsettled_in(*document, *names);
  // What the look left out, and what has no name, is known by its number only.
  const std::int64_t left_out = std::max<std::int64_t>(0, number_at(*document, "left_out")) +
                                static_cast<std::int64_t>(names->size() - unsettled.size());
  const std::int64_t settled =
      std::max<std::int64_t>(0, count - static_cast<std::int64_t>(unsettled.size()) - left_out);
  const std::string settled_words =
      std::to_string(settled) + " of " + std::to_string(count) + " cluster operators have settled";
  // Looks of earlier profiles do not tell what is off, so that nothing can be known from before.
  const bool tells = array_at(*document, "off") != nullptr;
  std::vector<Unsettled> waited;
  std::vector<std::string> findings;
  Passed passed;
  const std::int64_t cured_ms =
      (known == nullptr || known->answers_since_ms == 0 ? context.now_ms
                                                        : known->answers_since_ms) +
      kCuredMs;
  const bool watched = context.now_ms >= cured_ms;
  const Before before = tells ? unsettled_before(context, watched) : Before{};
  for (const Unsettled& one : unsettled) {
    const std::string since = since_when(before, one);
    if (!since.empty()) {
      std::string& list = passed[since];
      list += (list.empty() ? "" : ", ") + brief(one.name, 60);
    }
    if (!since.empty() || !word.empty()) {
      findings.push_back("cluster operator " + words_of(one) +
                         (since.empty() ? "" : " (" + since + ")"));
    } else {
      waited.push_back(one);
    }
  }
  if (!word.empty()) {
    if (left_out > 0) findings.push_back(std::to_string(left_out) + " more have not settled");
    return ends_with("ended with findings, as --end-with-findings asks (" + brief(word, 300) + ")",
                     settled_words, std::move(findings));
  }
  if (waited.empty() && left_out == 0) {
    std::string how = "not waited for";
    for (const auto& [since, which] : passed) how += (how.ends_with("for") ? ", " : " or ") + since;
    return ends_with(how, settled_words, std::move(findings));
  }
  Verdict waiting = waits_for(context, waited, passed, left_out);
  if (tells && !watched) waiting.recheck_ms = cured_ms;
  return waiting;
}

Phase VerifyMembers::machine() { return machine_of<VerifyMembers>(); }

}  // namespace states
