// Why a step holds. New facts record the kind; for older ones it is derived from how their texts
// begin. Invariant: the kind of what a journal once recorded never changes.
#pragma once

#include <string_view>

#include "core/fact.hpp"

namespace states {

// Returns `recorded`, or, where an older journal did not record the kind, the kind that
// the beginning of its reason and remedy identifies. Never `unrecorded`.
core::HoldKind kind_of_hold(core::HoldKind recorded, std::string_view reason,
                            std::string_view remedy);

}  // namespace states
