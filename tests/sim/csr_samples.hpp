// Certificate requests of the modelled kubelets, as the look of approve-csrs prints them.
#pragma once

#include <string>

namespace sim {

// Returns one element of the look's array. An empty host: somebody who is no node of the inventory.
std::string csr_item(const std::string& name, const std::string& host, bool serving);

}  // namespace sim
