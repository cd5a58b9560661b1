// Data aside (S7): the data directory of every other host is renamed, and it is checked once more
// that nothing there can run etcd. Its danger: moving a live database tears it; and after
// this phase the recovery host's data is the only one in place.
#pragma once

#include "states/engine/phase.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_data(const core::StepContext& context);
std::string act_data(const core::StepContext& context);
core::Verdict judge_data(const core::StepContext& context, const core::Observed& seen);
std::string look_quiet(const core::StepContext& context);
core::Verdict judge_quiet(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kMoveData{
    .name = "move-data-directory",
    .source = "S7, document step 4f",
    .purpose = "Rename the etcd data directory within the same mount.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 60'000,
    .undo =
        "move the directory back from /var/lib/restorectl-<run>/, before the restore script runs",
    .look = look_data,
    .act = act_data,
    .judge = judge_data,
};

inline constexpr core::StepSpec kConfirmQuiet{
    .name = "confirm-quiet",
    .source = "S4, S6, S7, document step 4",
    .purpose = "Check again that this host can run neither etcd nor kube-apiserver.",
    .role = core::Role::quiet,
    .verify_deadline_ms = 60'000,
    .look = look_quiet,
    .judge = judge_quiet,
};

struct DataAside {
  static constexpr std::string_view name = "data-aside";
  static constexpr std::string_view title = "Move the etcd data of the other hosts aside";
  static constexpr core::HostSet hosts = core::HostSet::others;
  using steps = StepList<kMoveData, kConfirmQuiet>;
  static Phase machine();
};

}  // namespace states
