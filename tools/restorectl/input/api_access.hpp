// What the API is asked with where the inventory has it asked from this workstation. The preflight
// looks at hosts only, and behind the restore it would be too late to learn that a program is
// missing here. Invariant: nothing is asked, and nothing is changed.
#pragma once

#include "core/inventory.hpp"

namespace restorectl {

// Throws Failure (R1022) where api.command or jq is no program in PATH, or api.kubeconfig cannot be
// read. Does nothing where the API is asked from the recovery host.
void refuse_lacking_api_access(const core::ApiSettings& api);

}  // namespace restorectl
