// Approve CSRs (S11); see the header.
#include "states/steps/approve_csrs.hpp"

#include "core/shell_quote.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/csr_judge.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

constexpr std::string_view kName = "approve-csrs";
constexpr int kPassesMax = 100;

}  // namespace

std::string look_csrs(const StepContext& context) {
  std::string nodes;
  for (const core::Host& host : context.inventory().hosts)
    nodes += (nodes.empty() ? "" : " ") + host.node_name;
  return api_script(context,
                    {.name = "approve-csrs.look",
                     .since = {{"okd-4.7/2", {{"nodes", nodes}}},
                               {"okd-4.7/3",
                                {{"manifests", kManifests}, {"node_name", context.host.node_name}},
                                {"kubelet-says"}}}});
}

namespace {

std::vector<CsrJudgement> judgements_of(const StepContext& context, bool* readable) {
  const core::StepState* known = context.run.find(context.host.name, kName);
  *readable = known != nullptr && known->last != nullptr;
  if (!*readable) return {};
  return judge_csrs(context.inventory(), known->last->out, readable);
}

}  // namespace

std::string act_csrs(const StepContext& context) {
  bool readable = false;
  std::vector<std::string> names;
  std::string frozen;
  for (const CsrJudgement& csr : judgements_of(context, &readable)) {
    if (!csr.valid()) continue;
    names.push_back(csr.name);
    frozen += " " + core::shell_quote(csr.name);
  }
  if (names.empty()) {  // the plan, before any is known
    names = {"<each valid pending CSR>"};
    frozen = " <each valid pending CSR>";
  }
  const bool kubectl = context.inventory().api.command.ends_with("kubectl");
  return api_script(context, {.name = "approve-csrs.act",
                              .arguments = names,
                              .frozen = {{"adm", kubectl ? "" : "adm "}, {"names", frozen}}});
}

namespace {

// What is left alone at the end. A node of the inventory whose request was refused works less than
// it should (without a serving certificate: no logs and no exec), which is not for the small print.
std::string left_alone(const std::vector<CsrJudgement>& judgements, const core::Observed& seen) {
  std::string own;
  std::string others;
  for (const CsrJudgement& csr : judgements) {
    if (csr.valid()) continue;
    std::string& text = csr.node.empty() ? others : own;
    text += (text.empty() ? "" : "; ") + csr.name +
            (csr.node.empty() ? "" : " of node " + csr.node) + ": " + csr.reason;
  }
  std::string words;
  if (!own.empty()) {
    words += "; warning: CSRs of nodes in the inventory were not approved: " + brief(own, 600) +
             "; check them (oc describe csr) and approve the valid ones manually";
  }
  if (!others.empty()) words += "; not approved: " + brief(others, 600);
  const auto document = read_json(seen.out);
  const std::int64_t left_out = document ? number_at(*document, "left_out") : 0;
  if (left_out > 0) {
    words += "; " + std::to_string(left_out) + " more CSRs are pending and were not checked; the " +
             std::to_string(judgements.size()) +
             " that were include those of the inventory's nodes first";
  }
  const std::int64_t signers = document ? number_at(*document, "of_other_signers") : 0;
  if (signers > 0) words += "; " + std::to_string(signers) + " CSRs of other signers are pending";
  return words;
}

}  // namespace

Verdict judge_pending(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_api_check_failed(seen, "the pending CSRs");
  bool readable = false;
  const std::vector<CsrJudgement> judgements = judgements_of(context, &readable);
  if (!readable) return Verdict::not_yet("cannot parse the list of CSRs: " + brief(seen.out, 80));
  const core::StepState& known = *context.run.find(context.host.name, kName);
  std::string valid;
  for (const CsrJudgement& csr : judgements) {
    if (csr.valid()) valid += (valid.empty() ? "" : ", ") + csr.name + " for " + csr.node;
  }
  if (!valid.empty()) {
    if (known.attempts < kPassesMax) return Verdict::needs_act("valid: " + brief(valid, 600));
    return Verdict::wrong("CSRs are still pending after " + std::to_string(kPassesMax) +
                              " approvals: " + brief(valid, 600),
                          "check `oc describe csr`, then resume");
  }
  // While the API is dead no kubelet can ask, so that silence proves nothing.
  const std::int64_t quiet_since =
      std::max({known.acted_ms, known.begun_ms, known.answers_since_ms});
  const std::int64_t quiet_until = quiet_since + context.inventory().timing.csr_quiet_ms;
  if (context.now_ms < quiet_until) {
    return Verdict::not_yet("no valid CSR is pending; waiting for further ones", quiet_until);
  }
  return Verdict::holds(std::to_string(known.attempts) + " approval(s), no valid CSR is pending" +
                        left_alone(judgements, seen));
}

Phase ApproveCsrs::machine() { return machine_of<ApproveCsrs>(); }

}  // namespace states
