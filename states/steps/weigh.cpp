// Weigh (before the procedure): is a restore needed, and is the backup this cluster's? Its danger:
// a restore takes the whole cluster back, and of another cluster's backup nothing comes back at
// all.
#include "states/steps/backup_fits.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"

namespace states {

using core::StepSpec;

namespace {

constexpr StepSpec kWeighNeed{
    .name = "weigh-need",
    .source = "before the procedure: is it needed?",
    .purpose = "Ask etcd for its members: where it has its quorum, less may be enough.",
    .verify_deadline_ms = 90'000,
    .look = look_quorum,
    .judge = judge_quorum,
};

constexpr StepSpec kCompareCluster{
    .name = "compare-cluster",
    .source = "S0: a backup of another cluster",
    .purpose = "Where the API still answers, see that its cluster is the one of the backup.",
    .where = core::Where::api,
    .verify_deadline_ms = 90'000,
    .look = look_cluster,
    .judge = judge_cluster,
};

static_assert(phase_is_lawful<false, kWeighNeed, kCompareCluster>());

}  // namespace

Phase weigh_phase() {
  return make_phase<kWeighNeed, kCompareCluster>(
      "weigh", "See whether a restore is needed, and with this backup", core::HostSet::recovery);
}

}  // namespace states
