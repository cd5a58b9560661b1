// Why a step holds. New facts say it themselves; of older ones it is told by how their words begin.
// Invariant: what a journal once recorded is told to be of the same kind for ever.
#pragma once

#include <string_view>

#include "core/fact.hpp"

namespace states {

// Returns `recorded`, or, where an older journal did not record the kind, what the beginning of its
// reason and remedy tells. Never `unrecorded`.
core::HoldKind kind_of_hold(core::HoldKind recorded, std::string_view reason,
                            std::string_view remedy);

}  // namespace states
