// Own and release hosts; see the header.
#include "states/steps/own_hosts.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

std::string look_owner(const StepContext& context) {
  return core::owner_functions(context.run.owner) + script(context, {"owner.look"});
}

std::string act_own(const StepContext& context) {
  return core::owner_functions(context.run.owner) + script(context, {"own-host.act"});
}

Verdict judge_owned(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the host's owner");
  const core::Ownership& mine = context.run.owner;
  const std::optional<core::SeenOwner> owner = core::read_owner(seen.out);
  if (!owner) return Verdict::needs_act("no run owns this host yet");
  if (core::owned_by_other(*owner, mine)) return owner_conflict(*owner, context.host);
  if (owner->run_id != mine.run_id || owner->epoch < mine.epoch || owner->state != "driven") {
    return Verdict::needs_act("the host was owned by " + core::words_of(*owner));
  }
  return Verdict::holds("the host is owned by this run, epoch " + std::to_string(mine.epoch));
}

std::string act_release(const StepContext& context) {
  return core::owner_functions(context.run.owner) + script(context, {"release-host.act"});
}

Verdict judge_released(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the host's owner");
  const std::optional<core::SeenOwner> owner = core::read_owner(seen.out);
  if (owner && core::owned_by_other(*owner, context.run.owner)) {
    return owner_conflict(*owner, context.host);
  }
  if (owner && owner->state == "driven")
    return Verdict::needs_act("the host is still owned by this run");
  return Verdict::holds("the host is released");
}

Phase OwnHosts::machine() { return machine_of<OwnHosts>(); }

Phase ReleaseHosts::machine() { return machine_of<ReleaseHosts>(); }

}  // namespace states
