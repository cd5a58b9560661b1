// Weigh (before the procedure): is a restore needed, and is the backup this cluster's? Its danger:
// a restore takes the whole cluster back in time, and the backup of another cluster
// brings nothing back at all.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/backup_fits.hpp"

namespace states {

inline constexpr core::StepSpec kWeighNeed{
    .name = "weigh-need",
    .source = "not in the document, before S0",
    .purpose = "Ask etcd for its members: if it has quorum, a restore may not be needed.",
    .role = core::Role::weigh,
    .verify_deadline_ms = 90'000,
    .look = look_quorum,
    .judge = judge_quorum,
};

inline constexpr core::StepSpec kCompareCluster{
    .name = "compare-cluster",
    .source = "S0, the backup's cluster",
    .purpose = "If the API still answers, check that the backup is from this cluster.",
    .where = core::Where::api,
    .verify_deadline_ms = 90'000,
    .look = look_cluster,
    .judge = judge_cluster,
};

struct Weigh {
  static constexpr std::string_view name = "weigh";
  static constexpr std::string_view title =
      "Check that a restore is needed and that the backup fits";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kWeighNeed, kCompareCluster>;
  static Phase machine();
};

}  // namespace states
