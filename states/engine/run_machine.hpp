// RunMachine: a whole restore. Which phase the run is in, the gate, and whether somebody drives it;
// within a phase, one lane a host.
// Invariant: the next phase begins only when every lane of the one before has finished (the
// barrier), and nothing behind the gate begins before the operator has confirmed.
#pragma once

#include <memory>
#include <vector>

#include "core/decision.hpp"
#include "states/engine/phase.hpp"

namespace states {

// Returns a machine that awaits RunStarted.
std::unique_ptr<core::Machine> make_run_machine();

// The transition tables of the run itself, as text.
std::vector<TableRow> run_phases_table();
std::vector<TableRow> run_drive_table();

}  // namespace states
