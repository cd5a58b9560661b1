// What cluster-restore.sh says about where it is: its phases P0-P12, known by their lines.
// Invariant: the script's output decides nothing; it is shown to people. Lines are matched one by
// one, never by position, since versions differ in their order (docs/procedure.md).
#pragma once

#include <optional>
#include <string_view>

namespace states {

struct RestorePhase {
  std::string_view id;     // "P6"
  std::string_view title;  // in words
};

// Returns the phase that a line of the script announces, or nothing for any other line.
std::optional<RestorePhase> restore_phase_of(std::string_view line);

}  // namespace states
