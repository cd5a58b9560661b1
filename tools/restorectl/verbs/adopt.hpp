// What adopt and journal recover share: the options of a takeover, and going on after it.
#pragma once

#include "tools/restorectl/run/run_loop.hpp"
#include "tools/restorectl/run/takeover.hpp"
#include "tools/restorectl/verbs/command_line.hpp"

namespace restorectl {

struct AdoptOptions {
  Takeover wish;
  LoopOptions loop;
  bool no_resume = false;
};

void add_takeover_options(Verb verb, AdoptOptions& options);

// Takes the run over, and resumes it unless it is to be resumed later. Throws what take_over() and
// resume_run() throw.
Exit take_over_and_resume(const AdoptOptions& options);

}  // namespace restorectl
