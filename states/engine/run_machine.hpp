// RunMachine: a whole restore. Which phase of its profile the run is in, the gate, and whether
// it is driven; within a phase, one lane a host.
// Invariant: the next phase begins only when every lane of the one before has finished (the
// barrier), and nothing after the gate begins before the operator has confirmed.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/decision.hpp"
#include "states/engine/profile.hpp"

namespace states {

// Returns the profile of that name, which lives as long as the program, or nullptr.
using FindProfile = const Profile* (*)(std::string_view name);

// Returns a machine that awaits RunStarted and then follows the profile that this names. It refuses
// the fact where `find` knows none.
std::unique_ptr<core::Machine> make_run_machine(FindProfile find);

// The transition table of who drives the run, the same for all profiles, as text.
std::vector<TableRow> run_drive_table();

}  // namespace states
