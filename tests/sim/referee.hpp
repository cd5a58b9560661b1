// Referee: reads what a simulated run journaled and did, and says what must not have been.
// Invariant: it believes neither the driver nor the machine; it compares them with the model.
#pragma once

#include <string>
#include <vector>

#include "core/run_state.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/steps.hpp"

namespace sim {

struct Evidence {
  const std::vector<core::Record>& records;
  Steps& steps;
  const std::vector<Fault>& faults;
  int words_given = 0;  // how often the operator allowed the script to run again
};

// Returns every broken promise, in words; empty where all were kept.
std::vector<std::string> judge(const Evidence& evidence);

// Everything that a fold knows, as text: two folds are equal when their texts are.
std::string text_of(const core::RunState& state);

}  // namespace sim
