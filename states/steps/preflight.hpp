// Preflight (S0, S1): every host is reached before any is touched. Its danger: once etcd is stopped
// the API is gone, and a host that cannot be reached by SSH then cannot be reached at all.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/backup_fits.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_reach(const core::StepContext& context);
core::Verdict judge_reach(const core::StepContext& context, const core::Observed& seen);
std::string look_inspect(const core::StepContext& context);
core::Verdict judge_inspect(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kReachHost{
    .name = "reach-host",
    .source = "S1, document step 2",
    .purpose = "Connect to the host and become root, before anything is changed.",
    .verify_deadline_ms = 30'000,
    .link_patience_ms = 15'000,
    .if_gone = "abandon this run and start a new one with --without",
    .look = look_reach,
    .judge = judge_reach,
};

inline constexpr core::StepSpec kInspectHost{
    .name = "inspect-host",
    .source = "S0, document prerequisites",
    .purpose = "Check that the host has what later steps need, and that the inventory is complete.",
    .verify_deadline_ms = 30'000,
    .link_patience_ms = 15'000,
    .look = look_inspect,
    .judge = judge_inspect,
};

inline constexpr core::StepSpec kCompareRelease{
    .name = "compare-release",
    .source = "S0, docs since 4.5: the same z-stream",
    .purpose = "Check that the host's static pods have the release that the backup was taken from.",
    .verify_deadline_ms = 30'000,
    .link_patience_ms = 15'000,
    .look = look_release,
    .judge = judge_release,
};

struct Preflight {
  static constexpr std::string_view name = "preflight";
  static constexpr std::string_view title = "Check every host";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = StepList<kReachHost, kInspectHost, kCompareRelease>;
  static Phase machine();
};

}  // namespace states
