// Boots, machine-ids and names, against the inventory; see the header.
#include "states/steps/host_identity.hpp"

#include <algorithm>

#include "states/steps/absent_hosts.hpp"
#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::Host;
using core::StepContext;

namespace {

const Host* other_host(const StepContext& context, std::string_view value,
                       std::string core::HostState::*field) {
  if (value.empty()) return nullptr;
  for (const Host& other : context.inventory().hosts) {
    if (other.name == context.host.name) continue;
    const auto known = context.run.hosts.find(other.name);
    if (known != context.run.hosts.end() && known->second.*field == value) return &other;
  }
  return nullptr;
}

// A host's name may have its domain where the node's has none, and the other way round.
bool same_node(std::string_view one, std::string_view other) {
  if (one.size() > other.size()) std::swap(one, other);
  return !one.empty() && other.starts_with(one) &&
         (other.size() == one.size() || other[one.size()] == '.');
}

const Host* host_of_hostname(const StepContext& context, std::string_view hostname) {
  if (same_node(context.host.node_name, hostname)) return nullptr;
  for (const Host& host : context.inventory().hosts)
    if (same_node(host.node_name, hostname)) return &host;
  return nullptr;
}

// `named` is of the inventory, or a host that the run is without: that one lives, then.
template <class Listed>
void is_another(const StepContext& context, const std::string& who, const Listed& named,
                Findings& found) {
  found.problems.push_back(described(context.host) + " is another node: " + who +
                           " on this machine says that it is " + named.node_name +
                           ", which the inventory lists as " + described(named));
  found.remedies.push_back(
      "find out which machine has which address (`hostname` on each of them), correct the "
      "inventory, abandon this run and start a new one");
  found.ends_run = true;
}

}  // namespace

std::string described(const Host& host) { return host.name + " (" + host.address + ")"; }

std::string described(const core::AbsentHost& host) {
  return host.name + " (" + host.address + ")";
}

const Host* same_machine(const StepContext& context, std::string_view boot_id) {
  return other_host(context, boot_id, &core::HostState::boot_id);
}

const Host* same_machine_id(const StepContext& context, std::string_view machine_id) {
  return other_host(context, machine_id, &core::HostState::machine_id);
}

void find_identity(const StepContext& context, std::string_view out, Findings& found) {
  struct Witness {
    const char* key;
    const char* who;
  };
  bool named = false;
  for (const Witness& witness : {Witness{"who_etcd", "etcd's manifest"},
                                 Witness{"who_kubelet", "the kubelet's certificate"}}) {
    const std::vector<std::string> names = values_of(out, witness.key);
    if (names.empty()) continue;
    named = true;
    if (std::find(names.begin(), names.end(), context.host.node_name) != names.end()) continue;
    const Host* other = nullptr;
    for (const std::string& name : names)
      if (other == nullptr) other = core::find_node(context.inventory(), name);
    const core::AbsentHost* absent = nullptr;
    for (const std::string& name : names)
      if (absent == nullptr) absent = find_absent_node(context, name);
    if (other != nullptr) {
      is_another(context, witness.who, *other, found);
    } else if (absent != nullptr) {
      is_another(context, witness.who, *absent, found);
    } else {
      found.notices.push_back(std::string(witness.who) + " says that this node is " +
                              brief(names.front(), kObjectNameMax) +
                              ", which the inventory does not list");
    }
  }
  // People rename hosts; so the hostname counts only where nothing else tells the node's name.
  if (named) return;
  for (const std::string& hostname : values_of(out, "who_hostname")) {
    if (const Host* other = host_of_hostname(context, hostname))
      is_another(context, "the hostname", *other, found);
  }
}

}  // namespace states
