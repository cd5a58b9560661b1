// What decides in a profile, as text: a journal pins its SHA-256 in the first fact.
// Invariant: two programs that print the same text for a profile decide the same on every fact, as
// far as data and scripts go; a judge is code, so its version number stands for it.
#pragma once

#include <string>

#include "states/engine/profile.hpp"

namespace states {

// Returns the transition tables, each step's data, and each script as it is rendered for two fixed
// inventories (the API by way of the recovery host, and from the workstation); a line each, the
// same in every build.
std::string decision_text(const Profile& profile);

}  // namespace states
