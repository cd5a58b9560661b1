// Starting the process that delivers to hooks. Invariant: it is in a session of its own, and
// whoever starts it neither waits for it nor fails with it.
#pragma once

#include <string>

namespace restorectl {

// Sees to it that a process delivers what the run's hooks have not heard yet; returns at once, and
// does nothing where there are no hooks. What goes wrong is said on stderr and holds up nothing.
void ensure_delivery(const std::string& run_id);

}  // namespace restorectl
