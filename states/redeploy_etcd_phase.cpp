// Redeploy etcd (S14, S15): the etcd operator starts new pods and takes the other hosts in again, as
// at the first scale-up. Its danger: until it has, the cluster lives on a single member whose restore
// container cannot even restart.
#include "states/phase_lane.hpp"
#include "states/procedure.hpp"
#include "states/rollout.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

constexpr std::string_view kResource = "etcd";
constexpr std::string_view kForceName = "force-etcd-redeployment";

std::string look(const StepContext& context) { return look_operator(context, kResource); }
std::string act(const StepContext& context) { return act_force(context, kResource); }
Verdict judge_force(const StepContext& context, const core::Observed& seen) {
  return judge_forced(context, seen, kResource);
}
Verdict judge_await(const StepContext& context, const core::Observed& seen) {
  return judge_rollout(context, seen, kForceName);
}

constexpr StepSpec kForceEtcd{
    .name = kForceName,
    .source = "S14, document step 11a",
    .purpose = "Note the revision, then ask the operator for a redeployment with this run's reason.",
    .danger = core::Danger::irreversible,
    .where = core::Where::api,
    .action = core::Action::job,
    .act_deadline_ms = 120'000,
    .verify_deadline_ms = 1'800'000,
    .no_undo = "a rollout is not rolled back; it brings the same content as a new revision",
    .look = look,
    .act = act,
    .judge = judge_force,
};

constexpr StepSpec kAwaitEtcd{
    .name = "await-etcd-rollout",
    .source = "S15, document step 11b",
    .purpose = "Wait until every node is above the noted revision.",
    .where = core::Where::api,
    .verify_deadline_ms = 2'400'000,
    .look = look,
    .judge = judge_await,
};

static_assert(phase_is_lawful<true, kForceEtcd, kAwaitEtcd>());

}  // namespace

Phase redeploy_etcd_phase() {
  return make_phase<kForceEtcd, kAwaitEtcd>("redeploy-etcd", "Redeploy etcd", core::HostSet::recovery);
}

}  // namespace states
