// The wiring: machine, journal, interpreter, terminal and signals around one io_context.
// Invariant: ^C, SIGTERM and a closed terminal end the loop after the fact in hand, never in the
// midst of one; remote jobs go on at their hosts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/decision.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

struct LoopOptions {
  bool assume_yes = false;
  std::vector<std::string> hooks{};  // "TYPE=COMMAND" each, besides those that the run has
};

// Drives a run from here on: `first` is RunStarted or ResumeAsked. Prints what happens and returns
// how it ended. Throws Failure, core::JournalError or core::FactRefused.
Exit drive(std::unique_ptr<core::Machine> machine, journal::Store& journal, core::FactBody first,
           const LoopOptions& options);

}  // namespace restorectl
