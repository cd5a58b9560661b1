// Reboots that the machine-config operator has in store, as a look printed them
// (sh/machine-configs.sh). Invariant: they are words in an evidence and decide nothing; a host that
// boots anew costs a run nothing but time.
#pragma once

#include <string>
#include <string_view>

namespace states {

// A note to append to an evidence or to what is awaited: "; note: …". Empty where no node has one,
// and for looks that did not ask.
std::string machine_configs_note(std::string_view printed);

}  // namespace states
