// Roll out kube-controller-manager (S18, S19). Its danger: controllers that still hold watches from the
// future act upon objects that no longer exist.
#include "states/phase_lane.hpp"
#include "states/procedure.hpp"
#include "states/rollout.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

constexpr std::string_view kResource = "kubecontrollermanager";
constexpr std::string_view kForceName = "force-controller-manager-redeployment";

std::string look(const StepContext& context) { return look_operator(context, kResource); }
std::string act(const StepContext& context) { return act_force(context, kResource); }
Verdict judge_force(const StepContext& context, const core::Observed& seen) {
  return judge_forced(context, seen, kResource);
}
Verdict judge_await(const StepContext& context, const core::Observed& seen) {
  return judge_rollout(context, seen, kForceName);
}

constexpr StepSpec kForceControllerManager{
    .name = kForceName,
    .source = "S18, document step 12c",
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

constexpr StepSpec kAwaitControllerManager{
    .name = "await-controller-manager-rollout",
    .source = "S19, document step 12d",
    .purpose = "Wait until every node is above the noted revision.",
    .where = core::Where::api,
    .verify_deadline_ms = 2'400'000,
    .look = look,
    .judge = judge_await,
};

static_assert(phase_is_lawful<true, kForceControllerManager, kAwaitControllerManager>());

}  // namespace

Phase rollout_kube_controller_manager_phase() {
  return make_phase<kForceControllerManager, kAwaitControllerManager>("rollout-kube-controller-manager", "Roll out kube-controller-manager", core::HostSet::recovery);
}

}  // namespace states
