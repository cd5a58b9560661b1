// The tables as a Promela model for the checker `spin`: what is proved in every order of events and
// not in the orders that a test thought of (docs/reliability.md).
// Invariant: rows, phases and steps are printed from what the machines run on. What a name in them
// means is written here once; a name without a meaning is an error and never left out in silence.
#pragma once

#include <string>
#include <vector>

#include "core/step.hpp"
#include "states/engine/profile.hpp"

namespace states {

// What a model is printed from. Tests print it from rows with a hole.
struct ModelSource {
  struct PhaseRows {
    core::PhaseSpec spec;
    std::vector<TableRow> rows;
  };
  std::vector<TableRow> run;
  std::vector<TableRow> drive;
  std::vector<TableRow> step;
  std::vector<PhaseRows> phases;
  std::size_t phases_before_gate = 0;
};

// The tables and steps of a profile.
ModelSource model_source(const Profile& profile);

// Returns the model's text. Throws std::invalid_argument where a row has a state, an event or an
// action that the model gives no meaning to.
std::string promela_model(const ModelSource& source);

}  // namespace states
