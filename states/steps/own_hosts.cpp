// Own and release hosts: every host is told which run and driver it obeys before the first is
// changed, and set free when all is done. Its danger: two workstations that restore one cluster
// would each undo what the other relies on.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

std::string look_owner(const StepContext& context) {
  return core::owner_functions(context.run.owner) + "owner_print\n";
}

std::string act_own(const StepContext& context) {
  return core::owner_functions(context.run.owner) +
         "owner_locked owner_become driven '' || { owner_print; exit 1; }\n";
}

Verdict judge_owned(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "whom the host obeys");
  const core::Ownership& mine = context.run.owner;
  const std::optional<core::SeenOwner> owner = core::read_owner(seen.out);
  if (!owner) return Verdict::needs_act("the host obeys nobody yet");
  if (core::obeys_another(*owner, mine)) return owned_by_another(*owner, context.host);
  if (owner->run_id != mine.run_id || owner->epoch < mine.epoch || owner->state != "driven") {
    return Verdict::needs_act("the host obeyed " + core::words_of(*owner));
  }
  return Verdict::holds("the host obeys this run, epoch " + std::to_string(mine.epoch));
}

std::string act_release(const StepContext& context) {
  return core::owner_functions(context.run.owner) +
         "owner_locked owner_become ended '' || { owner_print; exit 1; }\n";
}

Verdict judge_released(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "whom the host obeys");
  const std::optional<core::SeenOwner> owner = core::read_owner(seen.out);
  if (owner && core::obeys_another(*owner, context.run.owner)) {
    return owned_by_another(*owner, context.host);
  }
  if (owner && owner->state == "driven") return Verdict::needs_act("the host obeys this run");
  return Verdict::holds("the host is free");
}

constexpr StepSpec kOwnHost{
    .name = "own-host",
    .source = "beside the document",
    .purpose = "Tell the host which run and driver it obeys; it refuses every other from now on.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "`restorectl abandon` sets the host free",
    .look = look_owner,
    .act = act_own,
    .judge = judge_owned,
};

constexpr StepSpec kReleaseHost{
    .name = "release-host",
    .source = "beside the document",
    .purpose = "Set the host free for a later run; the run's files on it stay.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 60'000,
    .verify_deadline_ms = 30'000,
    .undo = "nothing depends on it",
    .look = look_owner,
    .act = act_release,
    .judge = judge_released,
};

static_assert(phase_is_lawful<false, kOwnHost>());
static_assert(phase_is_lawful<true, kReleaseHost>());

}  // namespace

Phase own_hosts_phase() {
  return make_phase<kOwnHost>("own-hosts", "Make every host obey this run", core::HostSet::all);
}

Phase release_hosts_phase() {
  return make_phase<kReleaseHost>("release-hosts", "Set every host free", core::HostSet::all);
}

}  // namespace states
