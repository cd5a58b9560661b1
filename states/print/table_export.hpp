// A profile's tables and steps as text for the docs. Invariant: everything here is printed from the
// rows and steps that run, so it cannot be out of date.
#pragma once

#include <string>

#include "states/engine/profile.hpp"

namespace states {

// docs/diagrams.md: each machine as a Mermaid diagram.
std::string diagrams_markdown(const Profile& profile);

// The table of steps in docs/procedure.md.
std::string steps_markdown(const Profile& profile);

}  // namespace states
