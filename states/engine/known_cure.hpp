// Troubles that an answer of a cluster names in so many words, wherever it comes from: a look, a
// command's output, an operator's condition. Invariant: it adds to a remedy and decides nothing.
#pragma once

#include <string>
#include <string_view>

namespace states {

// The remedy of a step that holds with this detail: its own, and behind it what cures the trouble
// that the detail names.
std::string remedy_with_cure(std::string_view detail, std::string remedy);

}  // namespace states
