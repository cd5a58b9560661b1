// How restorectl ends. Invariant: a script can tell from the exit code alone what to do next
// (README, "Exit codes"); the codes are never given another meaning.
#pragma once

#include <stdexcept>
#include <string>

namespace restorectl {

enum class Exit : int {
  done = 0,
  internal = 1,  // a defect of the program
  input = 2,     // usage, inventory or backup: nothing was done
  held = 3,      // the run waits for the operator; resume goes on
  refused = 4,   // another run or another process stands in the way: nothing was done
  journal = 5,   // the journal is damaged, unwritable or from another version
  differ = 6,    // diff --exit-code: the runs part; replay --against: today decides otherwise
  stopped = 130  // by ^C, a closed terminal or SIGTERM; resume goes on
};

// An error that ends the program with that code and these words.
struct Failure : std::runtime_error {
  Failure(Exit with, const std::string& what) : std::runtime_error(what), code(with) {}
  Exit code;
};

}  // namespace restorectl
