// The cluster as the operator describes it: which hosts, which of them recovers, how to reach them.
// Invariant: an Inventory that validate() passed has unique hosts and names its recovery host.
// The YAML file is read in tools/restorectl/input/inventory_file.hpp; here it is only a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace core {

// How SSH sessions are made. Empty strings mean "what ssh(1)
// would do": ~/.ssh/config, the agent, ~/.ssh/known_hosts.
struct SshSettings {
  std::string user = "core";
  std::uint16_t port = 0;  // 0: as in ~/.ssh/config, else 22
  std::string identity_file;
  std::string known_hosts_file;
  std::string config_file;
  std::int64_t connect_timeout_ms = 10'000;
  bool operator==(const SshSettings&) const = default;
};

// One control-plane host. `node_name` is its name in the Kubernetes API; `name` is used in
// restorectl, unique in the inventory; `address` is what SSH connects to.
struct Host {
  std::string name;
  std::string address;
  std::string node_name;
  std::vector<std::string> node_addresses;  // what a kubelet-serving certificate may name
  bool operator==(const Host&) const = default;
};

// A control-plane host that a run is without: the operator says that it is powered off and stays
// off. It has no lane; the other hosts check that nothing answers at its addresses any more.
struct AbsentHost {
  std::string name;
  std::string address;
  std::string node_name;
  std::vector<std::string> node_addresses;
  std::string typed;  // what the operator typed to say so: its name
  bool operator==(const AbsentHost&) const = default;
};

enum class ApiVia { recovery_host, workstation };

// How the Kubernetes API is reached: `oc` on the recovery host with its localhost.kubeconfig, or a
// local oc/kubectl with a kubeconfig.
struct ApiSettings {
  ApiVia via = ApiVia::recovery_host;
  std::string command = "oc";
  std::string kubeconfig;  // only for ApiVia::workstation
  bool operator==(const ApiSettings&) const = default;
};

// A step's deadline as set by the operator: for its command, and again for what it waits for.
struct StepDeadline {
  std::string step;
  std::int64_t deadline_ms = 0;
  bool operator==(const StepDeadline&) const = default;
};

// Intervals and deadlines, in milliseconds. The defaults suit a real cluster; rehearsals shorten
// them.
struct Timing {
  std::int64_t poll_ms = 2'000;
  std::int64_t csr_quiet_ms = 120'000;  // no CSR for this long: no more expected (S11: 1-2 min)
  std::int64_t link_backoff_max_ms = 8'000;  // longest pause before a lost link is tried again
  std::int64_t link_patience_ms = 600'000;   // a link lost for longer holds the step
  std::vector<StepDeadline> steps{};         // raised deadlines; none is below the step's own
  bool operator==(const Timing&) const = default;
};

struct Inventory {
  std::string cluster;
  std::string recovery_host;  // a Host::name
  std::vector<Host> hosts;
  SshSettings ssh;
  ApiSettings api;
  Timing timing;
  bool operator==(const Inventory&) const = default;
};

// The name of the lane's target when the API is reached from the workstation: not a host.
inline constexpr std::string_view kWorkstation = "workstation";

// Returns the host of that name, or nullptr. The pointer lives as long as the inventory.
const Host* find_host(const Inventory& inventory, std::string_view name);

// Returns the host whose Node object has that name, or nullptr.
const Host* find_node(const Inventory& inventory, std::string_view node_name);

// "master-1 (192.0.2.12), master-2 (192.0.2.13)"; empty where there is none.
std::string names_of(const std::vector<AbsentHost>& absent);

// Whether a text is a name or a literal IPv4 or IPv6 address, and nothing that a program could take
// for an option.
bool is_plain_address(std::string_view address);

// What is wrong with an inventory: `where` is the key as written in the file ("hosts[1].name").
struct InventoryFault {
  std::string where;
  std::string what;
  bool operator==(const InventoryFault&) const = default;
};

// Returns every fault at once; empty means that the inventory may be used.
std::vector<InventoryFault> validate(const Inventory& inventory);

}  // namespace core
