// See the header.
#include "states/engine/hold.hpp"

namespace states {

HoldKind hold_kind(std::string_view reason, std::string_view remedy) {
  // A lost link's reason is what libssh said; so its remedy tells it, and is asked first.
  if (remedy.starts_with(hold_words::kMendLink)) return HoldKind::link;
  if (remedy.starts_with(hold_words::kMendWay)) return HoldKind::way;
  if (reason.starts_with(hold_words::kTime)) return HoldKind::time;
  if (reason.starts_with(hold_words::kRanBefore)) return HoldKind::ran_before;
  if (reason.starts_with(hold_words::kCommand)) return HoldKind::command;
  if (reason.starts_with(hold_words::kCopy)) return HoldKind::copy;
  return HoldKind::witness;
}

}  // namespace states
