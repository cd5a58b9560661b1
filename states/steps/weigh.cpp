// Weigh (before the procedure); see the header.
#include "states/steps/weigh.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/backup_fits.hpp"

namespace states {

Phase Weigh::machine() { return machine_of<Weigh>(); }

}  // namespace states
