// How long names of Kubernetes are: nodes, pods and nearly all else.
#pragma once

#include <cstddef>

namespace states {

// Such a name is shown whole, since two of them may differ in their last character only.
inline constexpr std::size_t kObjectNameMax = 253;

}  // namespace states
