// Approve CSRs (S11): kubelets whose certificates are from another time ask for new ones, first as
// clients, a while later for serving. Its danger: one pass is never enough, and approving blindly
// hands the identity of a node to whoever asks.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_csrs(const core::StepContext& context);
std::string act_csrs(const core::StepContext& context);
core::Verdict judge_pending(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kApproveCsrs{
    .name = "approve-csrs",
    .source = "S11, document step 9",
    .purpose = "Approve the valid pending CSRs of the inventory's nodes until no more arrive.",
    .danger = core::Danger::irreversible,
    .where = core::Where::api,
    .action = core::Action::job,
    .act_deadline_ms = 120'000,
    .verify_deadline_ms = 1'800'000,
    .repeats = true,
    .no_undo = "an issued certificate stays valid until it expires",
    .look = look_csrs,
    .act = act_csrs,
    .judge = judge_pending,
};

struct ApproveCsrs {
  static constexpr std::string_view name = "approve-csrs";
  static constexpr std::string_view title = "Approve pending CSRs";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kApproveCsrs>;
  static Phase machine();
};

}  // namespace states
