// What stands behind --on. Invariant: a hook that is taken names a type of fact that there is, and
// a command of a bounded length.
#pragma once

#include <string>

#include "tools/restorectl/hooks/hook_files.hpp"

namespace restorectl {

// Reads "TYPE=COMMAND". Throws Failure with the types that there are.
Hook read_hook(const std::string& text);

}  // namespace restorectl
