// The digest of what decides in a profile, which a run's first fact pins, and whether this version
// may go on with a run. Invariant: a run is refused before its journal is replayed, and by name.
#pragma once

#include <string>

#include "core/fact.hpp"
#include "states/engine/profile.hpp"

namespace restorectl {

// Returns the SHA-256 of states::decision_text, 64 hex digits.
std::string digest_of(const states::Profile& profile);

// Returns the profile that a run follows. Throws Failure (R1207) where this version does not know
// it, or would decide otherwise than the one that began the run.
const states::Profile& profile_to_drive(const core::RunStarted& started);

}  // namespace restorectl
