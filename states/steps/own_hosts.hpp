// Own and release hosts: every host is told which run and driver it obeys before the first is
// changed, and set free when all is done. Its danger: two workstations that restore one cluster
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
    .source = "beside the document",
    .purpose = "Tell the host which run and driver it obeys; it refuses every other from now on.",
    .role = core::Role::claim,
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "`restorectl abandon` sets the host free",
    .look = look_owner,
    .act = act_own,
    .judge = judge_owned,
};

inline constexpr core::StepSpec kReleaseHost{
    .name = "release-host",
    .source = "beside the document",
    .purpose = "Set the host free for a later run; the run's files on it stay.",
    .role = core::Role::release,
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "nothing depends on it",
    .look = look_owner,
    .act = act_release,
    .judge = judge_released,
};

struct OwnHosts {
  static constexpr std::string_view name = "own-hosts";
  static constexpr std::string_view title = "Make every host obey this run";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = StepList<kOwnHost>;
  static Phase machine();
};

struct ReleaseHosts {
  static constexpr std::string_view name = "release-hosts";
  static constexpr std::string_view title = "Set every host free";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = StepList<kReleaseHost>;
  static Phase machine();
};

}  // namespace states
