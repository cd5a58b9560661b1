// What status and runs tell of a run. Invariant: it comes from journal.jsonl and from who holds the
// run's lock; nothing is asked of a host.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/restorectl/state/runs.hpp"

namespace restorectl {

// What the run does now, in one word for scripts. `driver` is the process that drives it, or 0.
std::string_view activity(const KnownRun& run, int driver);

// The name of the phase that it is in; empty where all are finished.
std::string current_phase(const core::RunState& state);

// As `-o json` prints it.
boost::json::object to_json(const KnownRun& run, int driver);

}  // namespace restorectl
