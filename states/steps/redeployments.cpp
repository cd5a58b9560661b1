// The four redeployments (S14-S21); see the header.
#include "states/steps/redeployments.hpp"

#include "states/engine/phase_lane.hpp"

namespace states {

Phase RedeployEtcd::machine() { return machine_of<RedeployEtcd>(); }
Phase RolloutKubeApiserver::machine() { return machine_of<RolloutKubeApiserver>(); }
Phase RolloutKubeControllerManager::machine() { return machine_of<RolloutKubeControllerManager>(); }
Phase RolloutKubeScheduler::machine() { return machine_of<RolloutKubeScheduler>(); }

}  // namespace states
