// Fingerprints of redacted secrets. Invariant: they are HMACs with a random key that lies in the
// run's directory (0600) and goes nowhere else, so they tell that two secrets are equal, to nobody
// what they are; without the key not even a guess can be checked.
#pragma once

#include <string>

#include "core/redact.hpp"

namespace restorectl {

// The run's fingerprints: its key is made at the first call. A run that was adopted has another key
// than it had before, so equality is told within one workstation's part only.
core::Fingerprint fingerprint_of(const std::string& run_id);

}  // namespace restorectl
