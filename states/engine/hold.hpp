// Why a step holds: the kinds of reasons that its machine writes, told from the journal alone.
// Invariant: a reason that a journal once recorded is told to be of the same kind for ever.
#pragma once

#include <string_view>

#include "core/fact.hpp"

namespace states {

enum class HoldKind {
  witness,     // the host is not as the step needs it
  time,        // what was awaited did not come within the step's time
  link,        // the link did not come back within its patience
  way,         // SSH is refused, or the host is not the one that it was, or obeys another driver
  ran_before,  // the command ran, the witness does not hold, and it must not run twice
  command,     // the command ended with a code that is not 0
  copy         // the backup could not be copied
};

// What StepLife begins its reasons and remedies with; what follows is of the host.
namespace hold_words {
constexpr std::string_view kTime = "not within its time: ";
constexpr std::string_view kRanBefore = "its command ran before and ";
constexpr std::string_view kCommand = "its command ended with code ";
constexpr std::string_view kCopy = "the copy failed: ";
constexpr std::string_view kMendLink = "mend the way to ";
constexpr std::string_view kMendWay = "put the SSH access to ";
}  // namespace hold_words

// Reads a fact's reason and remedy, or a known step's.
HoldKind hold_kind(std::string_view reason, std::string_view remedy);

}  // namespace states
