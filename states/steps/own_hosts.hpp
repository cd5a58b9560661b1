// Own and release hosts: every host records which run and driver own it before the first is
// changed, and is released when all is done. Its danger: two workstations that restore one cluster
// would each undo what the other relies on.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_owner(const core::StepContext& context);
std::string act_own(const core::StepContext& context);
core::Verdict judge_owned(const core::StepContext& context, const core::Observed& seen);
std::string act_release(const core::StepContext& context);
core::Verdict judge_released(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kOwnHost{
    .name = "own-host",
    .source = "not in the document",
    .purpose = "Record this run and driver as the host's owner; the host then refuses all others.",
    .role = core::Role::claim,
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "`restorectl abandon` releases the host",
    .look = look_owner,
    .act = act_own,
    .judge = judge_owned,
};

inline constexpr core::StepSpec kReleaseHost{
    .name = "release-host",
    .source = "not in the document",
    .purpose = "Release the host for a later run; the run's files on it are kept.",
    .role = core::Role::release,
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "not needed: nothing depends on it",
    .look = look_owner,
    .act = act_release,
    .judge = judge_released,
};

struct OwnHosts {
  static constexpr std::string_view name = "own-hosts";
  static constexpr std::string_view title = "Claim every host for this run";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = StepList<kOwnHost>;
  static Phase machine();
};

struct ReleaseHosts {
  static constexpr std::string_view name = "release-hosts";
  static constexpr std::string_view title = "Release every host";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = StepList<kReleaseHost>;
  static Phase machine();
};

}  // namespace states
