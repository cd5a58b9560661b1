// Weigh (before the procedure): is a restore needed, and is the backup this cluster's? Its danger:
// a restore takes the whole cluster back, and of another cluster's backup nothing comes back at
// all.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/backup_fits.hpp"

namespace states {

inline constexpr core::StepSpec kWeighNeed{
    .name = "weigh-need",
    .source = "before the procedure: is it needed?",
    .purpose = "Ask etcd for its members: where it has its quorum, less may be enough.",
    .role = core::Role::weigh,
    .verify_deadline_ms = 90'000,
    .look = look_quorum,
    .judge = judge_quorum,
};

inline constexpr core::StepSpec kCompareCluster{
    .name = "compare-cluster",
    .source = "S0: a backup of another cluster",
    .purpose = "Where the API still answers, see that its cluster is the one of the backup.",
    .where = core::Where::api,
    .verify_deadline_ms = 90'000,
    .look = look_cluster,
    .judge = judge_cluster,
};

struct Weigh {
  static constexpr std::string_view name = "weigh";
  static constexpr std::string_view title = "See whether a restore is needed, and with this backup";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kWeighNeed, kCompareCluster>;
  static Phase machine();
};

}  // namespace states
