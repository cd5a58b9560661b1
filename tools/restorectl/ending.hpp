// How an action ends for whoever called restorectl. Invariant: whatever is thrown becomes one
// message with its code on stderr, and the exit code that belongs to that code.
#pragma once

#include <string>

#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

// Performs it and returns the program's exit code; throws nothing.
int end_of(const Action& action);

// What the parser says of a command line that it does not understand, for CLI::App.
std::string usage_words(const CLI::App*, const CLI::Error& error);

}  // namespace restorectl
