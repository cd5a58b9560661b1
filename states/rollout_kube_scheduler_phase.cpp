// Roll out kube-scheduler (S20, S21). Its danger: the same as the controller manager's: a scheduler with
// a stale view places pods by it.
#include "states/phase_lane.hpp"
#include "states/procedure.hpp"
#include "states/rollout.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

constexpr std::string_view kResource = "kubescheduler";
constexpr std::string_view kForceName = "force-scheduler-redeployment";

std::string look(const StepContext& context) { return look_operator(context, kResource); }
std::string act(const StepContext& context) { return act_force(context, kResource); }
Verdict judge_force(const StepContext& context, const core::Observed& seen) {
  return judge_forced(context, seen, kResource);
}
Verdict judge_await(const StepContext& context, const core::Observed& seen) {
  return judge_rollout(context, seen, kForceName);
}

constexpr StepSpec kForceScheduler{
    .name = kForceName,
    .source = "S20, document step 12e",
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

constexpr StepSpec kAwaitScheduler{
    .name = "await-scheduler-rollout",
    .source = "S21, document step 12f",
    .purpose = "Wait until every node is above the noted revision.",
    .where = core::Where::api,
    .verify_deadline_ms = 2'400'000,
    .look = look,
    .judge = judge_await,
};

static_assert(phase_is_lawful<true, kForceScheduler, kAwaitScheduler>());

}  // namespace

Phase rollout_kube_scheduler_phase() {
  return make_phase<kForceScheduler, kAwaitScheduler>("rollout-kube-scheduler", "Roll out kube-scheduler", core::HostSet::recovery);
}

}  // namespace states
