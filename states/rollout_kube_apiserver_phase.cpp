// Roll out kube-apiserver (S16, S17). Its danger: while the recovery host's own server is replaced, the
// API is refused there for a while; that is no failure, and no answer is not an answer.
#include "states/phase_lane.hpp"
#include "states/procedure.hpp"
#include "states/rollout.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

constexpr std::string_view kResource = "kubeapiserver";
constexpr std::string_view kForceName = "force-apiserver-redeployment";

std::string look(const StepContext& context) { return look_operator(context, kResource); }
std::string act(const StepContext& context) { return act_force(context, kResource); }
Verdict judge_force(const StepContext& context, const core::Observed& seen) {
  return judge_forced(context, seen, kResource);
}
Verdict judge_await(const StepContext& context, const core::Observed& seen) {
  return judge_rollout(context, seen, kForceName);
}

constexpr StepSpec kForceApiserver{
    .name = kForceName,
    .source = "S16, document step 12a",
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

constexpr StepSpec kAwaitApiserver{
    .name = "await-apiserver-rollout",
    .source = "S17, document step 12b",
    .purpose = "Wait until every node is above the noted revision.",
    .where = core::Where::api,
    .verify_deadline_ms = 2'400'000,
    .look = look,
    .judge = judge_await,
};

static_assert(phase_is_lawful<true, kForceApiserver, kAwaitApiserver>());

}  // namespace

Phase rollout_kube_apiserver_phase() {
  return make_phase<kForceApiserver, kAwaitApiserver>("rollout-kube-apiserver", "Roll out kube-apiserver", core::HostSet::recovery);
}

}  // namespace states
