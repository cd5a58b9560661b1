// The words that restorectl 0.1.0 began its reasons and remedies with; see the header. Nothing is
// added here: newer facts have a kind.
#include "states/engine/hold.hpp"

namespace states {

core::HoldKind kind_of_hold(core::HoldKind recorded, std::string_view reason,
                            std::string_view remedy) {
  using enum core::HoldKind;
  if (recorded != unrecorded) return recorded;
  // A lost link's reason is what libssh said; so its remedy tells it, and is asked first.
  if (remedy.starts_with("mend the way to ")) return link_lost;
  if (remedy.starts_with("put the SSH access to ")) return access_denied;
  if (reason.starts_with("not within its time: ")) return timed_out;
  if (reason.starts_with("its command ran before and ")) return ran_before;
  if (reason.starts_with("its command ended with code ")) return command_failed;
  if (reason.starts_with("the copy failed: ")) return copy_failed;
  return unmet;
}

}  // namespace states
