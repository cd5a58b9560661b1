// Inventory look-up and validation; see the header.
#include "core/inventory.hpp"

#include <algorithm>
#include <set>

namespace core {

namespace {

// Host names become parts of unit names, directories and lines on a terminal.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

void check_host(const Inventory& inventory, std::size_t index, std::set<std::string>& names,
                std::set<std::string>& addresses, std::vector<InventoryFault>& faults) {
  const Host& host = inventory.hosts[index];
  const std::string where = "hosts[" + std::to_string(index) + "]";
  if (!is_plain_name(host.name)) {
    faults.push_back({where + ".name", "'" + host.name + "' is not a valid host name"});
  } else if (host.name == kWorkstation) {
    faults.push_back({where + ".name", "'workstation' is reserved for this machine"});
  } else if (!names.insert(host.name).second) {
    faults.push_back({where + ".name", "host '" + host.name + "' is listed twice"});
  }
  if (!is_plain_address(host.address)) {
    faults.push_back({where + ".address", "'" + host.address + "' is not a valid address"});
  } else if (!addresses.insert(host.address).second) {
    faults.push_back({where + ".address", "address '" + host.address + "' is listed twice"});
  }
  if (!is_plain_name(host.node_name)) {
    faults.push_back({where + ".nodeName", "'" + host.node_name + "' is not a valid node name"});
  }
}

}  // namespace

const Host* find_host(const Inventory& inventory, std::string_view name) {
  const auto found = std::find_if(inventory.hosts.begin(), inventory.hosts.end(),
                                  [&](const Host& host) { return host.name == name; });
  return found == inventory.hosts.end() ? nullptr : &*found;
}

const Host* find_node(const Inventory& inventory, std::string_view node_name) {
  const auto found = std::find_if(inventory.hosts.begin(), inventory.hosts.end(),
                                  [&](const Host& host) { return host.node_name == node_name; });
  return found == inventory.hosts.end() ? nullptr : &*found;
}

bool is_plain_address(std::string_view address) {
  return !address.empty() && address.size() <= 253 && address.front() != '-' &&
         std::all_of(address.begin(), address.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == ':' || c == '%';
         });
}

std::string names_of(const std::vector<AbsentHost>& absent) {
  std::string names;
  for (const AbsentHost& host : absent)
    names += (names.empty() ? "" : ", ") + host.name + " (" + host.address + ")";
  return names;
}

std::vector<InventoryFault> validate(const Inventory& inventory) {
  std::vector<InventoryFault> faults;
  if (!is_plain_name(inventory.cluster)) {
    faults.push_back({"cluster", "'" + inventory.cluster + "' is not a valid cluster name"});
  }
  if (inventory.hosts.empty()) faults.push_back({"hosts", "no control-plane host is listed"});
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (std::size_t i = 0; i < inventory.hosts.size(); ++i) {
    check_host(inventory, i, names, addresses, faults);
  }
  if (inventory.recovery_host.empty()) {
    faults.push_back({"recoveryHost", "no recovery host is set"});
  } else if (find_host(inventory, inventory.recovery_host) == nullptr) {
    faults.push_back(
        {"recoveryHost", "'" + inventory.recovery_host + "' is not one of the listed hosts"});
  }
  if (inventory.api.via == ApiVia::workstation && inventory.api.kubeconfig.empty()) {
    faults.push_back({"api.kubeconfig", "required when api.via is workstation"});
  }
  if (inventory.timing.poll_ms < 10) faults.push_back({"timing.poll", "must be at least 10ms"});
  if (inventory.timing.link_backoff_max_ms < 100)
    faults.push_back({"timing.linkBackoffMax", "must be at least 100ms"});
  return faults;
}

}  // namespace core
