// How the reasons and remedies of restorectl 0.1.0 begin; see the header. Nothing is
// added here: newer facts have a kind.
#include "states/engine/hold.hpp"

namespace states {

core::HoldKind kind_of_hold(core::HoldKind recorded, std::string_view reason,
                            std::string_view remedy) {
  using enum core::HoldKind;
  if (recorded != unrecorded) return recorded;
  // A lost link's reason is libssh's message; its remedy identifies it and is checked first.
  if (remedy.starts_with("mend the way to ")) return link_lost;
  if (remedy.starts_with("put the SSH access to ")) return access_denied;
  if (reason.starts_with("not within its time: ")) return timed_out;
  if (reason.starts_with("its command ran before and ")) return ran_before;
  if (reason.starts_with("its command ended with code ")) return command_failed;
  if (reason.starts_with("the copy failed: ")) return copy_failed;
  return unmet;
}

}  // namespace states
