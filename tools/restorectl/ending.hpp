// How an action ends for whoever called restorectl. Invariant: whatever is thrown becomes one
// message with its code on stderr, and the exit code that belongs to that code.
#pragma once

#include "tools/restorectl/verbs/command_line.hpp"

namespace restorectl {

// Performs it and returns the program's exit code; throws nothing.
int end_of(const Action& action);

}  // namespace restorectl
