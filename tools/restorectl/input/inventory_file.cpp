// yaml-cpp to core::Inventory; see the header.
#include "tools/restorectl/input/inventory_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/redact.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFileBytesMax = 256U << 10;

class Reader {
 public:
  explicit Reader(fs::path path) : path_(std::move(path)) {}

  core::Inventory read(const std::string& yaml);

 private:
  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    throw Failure(Code::inventory_wrong,
                  fmt::format("{}:{}: {}", path_.string(), mark.line + 1, what));
  }

  // Checks that a node is a map with none but these keys, and remembers where each stands.
  void expect_keys(const YAML::Node& node, const std::string& where,
                   std::initializer_list<const char*> keys) {
    if (!node.IsMap())
      fail(node.Mark(),
           fmt::format("'{}' must be a map of keys", where.empty() ? "the file" : where));
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      const std::string full = where.empty() ? key : where + "." + key;
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        fail(entry.first.Mark(), fmt::format("unknown key '{}'; valid keys: {}",
                                             core::printable(full), fmt::join(keys, ", ")));
      }
      if (!lines_.emplace(full, entry.first.Mark()).second) {
        fail(entry.first.Mark(), fmt::format("duplicate key '{}'", core::printable(full)));
      }
    }
  }

  std::string text(const YAML::Node& node, const char* key, std::string otherwise) const {
    const YAML::Node value = node[key];
    if (!value) return otherwise;
    if (!value.IsScalar()) fail(value.Mark(), fmt::format("'{}' must be a single value", key));
    return value.Scalar();
  }

  std::string path_at(const YAML::Node& node, const char* key) const {
    const std::string value = text(node, key, "");
    if (value.empty()) return value;
    if (value.starts_with("~/")) {
      const char* home = std::getenv("HOME");
      return std::string(home == nullptr ? "" : home) + value.substr(1);
    }
    return fs::absolute(path_.parent_path() / value).lexically_normal().string();
  }

  std::int64_t duration_ms(const YAML::Node& node, const char* key, std::int64_t otherwise) const {
    const std::string value = text(node, key, "");
    if (value.empty()) return otherwise;
    std::int64_t duration_ms = 0;
    if (!core::parse_duration(value, &duration_ms))
      fail(node[key].Mark(), fmt::format("'{}' must be a duration such as 200ms, 20s or 10m", key));
    return duration_ms;
  }

  core::Host host_at(const YAML::Node& node, std::size_t index);
  void read_ssh(const YAML::Node& node, core::SshSettings& ssh);
  void read_api(const YAML::Node& node, core::ApiSettings& api);
  core::StepDeadline deadline_at(const YAML::Node& steps, const std::string& name);

  fs::path path_;
  std::map<std::string, YAML::Mark> lines_;
};

core::Host Reader::host_at(const YAML::Node& node, std::size_t index) {
  expect_keys(node, fmt::format("hosts[{}]", index),
              {"name", "address", "nodeName", "nodeAddresses"});
  core::Host host;
  host.name = text(node, "name", "");
  host.address = text(node, "address", host.name);
  host.node_name = text(node, "nodeName", host.name);
  if (const YAML::Node addresses = node["nodeAddresses"]) {
    if (!addresses.IsSequence()) fail(addresses.Mark(), "'nodeAddresses' must be a list");
    for (const auto& address : addresses) host.node_addresses.push_back(address.as<std::string>());
  }
  return host;
}

void Reader::read_ssh(const YAML::Node& node, core::SshSettings& ssh) {
  expect_keys(node, "ssh",
              {"user", "port", "identityFile", "knownHostsFile", "configFile", "connectTimeout"});
  ssh.user = text(node, "user", ssh.user);
  const std::string port = text(node, "port", "0");
  const bool digits =
      !port.empty() && port.size() <= 5 &&
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stol(port) > 65'535)
    fail(node["port"].Mark(), "'port' must be a number up to 65535");
  ssh.port = static_cast<std::uint16_t>(std::stol(port));
  ssh.identity_file = path_at(node, "identityFile");
  ssh.known_hosts_file = path_at(node, "knownHostsFile");
  ssh.config_file = path_at(node, "configFile");
  ssh.connect_timeout_ms = duration_ms(node, "connectTimeout", ssh.connect_timeout_ms);
}

void Reader::read_api(const YAML::Node& node, core::ApiSettings& api) {
  expect_keys(node, "api", {"via", "command", "kubeconfig"});
  const std::string via = text(node, "via", "recoveryHost");
  if (via != "recoveryHost" && via != "workstation") {
    fail(node["via"].Mark(), "'via' must be recoveryHost or workstation");
  }
  api.via = via == "workstation" ? core::ApiVia::workstation : core::ApiVia::recovery_host;
  api.command = text(node, "command", api.command);
  // It is written to the journal, and to every host's copy of it.
  if (core::Redactor().text(api.command) != api.command) {
    fail(node["command"].Mark(),
         "'command' must not contain a password or token: put it into a kubeconfig file and set "
         "'kubeconfig'");
  }
  api.kubeconfig = path_at(node, "kubeconfig");
}

// A deadline can only be raised: a lower one would hold steps that are on a good way.
core::StepDeadline Reader::deadline_at(const YAML::Node& steps, const std::string& name) {
  const YAML::Mark mark = steps[name].Mark();
  const core::StepSpec* step = states::find_step(states::newest_profile(), name);
  if (step == nullptr) {
    fail(mark,
         fmt::format("timing.steps: no such step '{}'; `restorectl docs steps` lists the steps",
                     core::printable(name)));
  }
  const std::int64_t deadline_ms = duration_ms(steps, name.c_str(), 0);
  if (deadline_ms < step->verify_deadline_ms) {
    fail(mark, fmt::format("timing.steps: the default of '{}' is {}; a deadline can only be raised",
                           name, core::duration_words(step->verify_deadline_ms)));
  }
  return {name, deadline_ms};
}

core::Inventory Reader::read(const std::string& yaml) {
  YAML::Node root;
  try {
    root = YAML::Load(yaml);
  } catch (const YAML::ParserException& error) {
    fail(error.mark, "invalid YAML: " + error.msg);
  }
  expect_keys(root, "", {"cluster", "recoveryHost", "hosts", "ssh", "api", "timing"});
  core::Inventory inventory;
  inventory.cluster = text(root, "cluster", "");
  inventory.recovery_host = text(root, "recoveryHost", "");
  if (const YAML::Node hosts = root["hosts"]) {
    if (!hosts.IsSequence()) fail(hosts.Mark(), "'hosts' must be a list");
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      lines_.emplace(fmt::format("hosts[{}]", i), hosts[i].Mark());
      inventory.hosts.push_back(host_at(hosts[i], i));
    }
  }
  if (const YAML::Node ssh = root["ssh"]) read_ssh(ssh, inventory.ssh);
  if (const YAML::Node api = root["api"]) read_api(api, inventory.api);
  if (const YAML::Node timing = root["timing"]) {
    expect_keys(timing, "timing", {"poll", "csrQuiet", "linkPatience", "linkBackoffMax", "steps"});
    inventory.timing.poll_ms = duration_ms(timing, "poll", inventory.timing.poll_ms);
    inventory.timing.csr_quiet_ms = duration_ms(timing, "csrQuiet", inventory.timing.csr_quiet_ms);
    inventory.timing.link_patience_ms =
        duration_ms(timing, "linkPatience", inventory.timing.link_patience_ms);
    inventory.timing.link_backoff_max_ms =
        duration_ms(timing, "linkBackoffMax", inventory.timing.link_backoff_max_ms);
    if (const YAML::Node steps = timing["steps"]) {
      if (!steps.IsMap()) fail(steps.Mark(), "'steps' must be a map of steps and durations");
      for (const auto& entry : steps)
        inventory.timing.steps.push_back(deadline_at(steps, entry.first.as<std::string>()));
    }
  }
  const std::vector<core::InventoryFault> faults = core::validate(inventory);
  if (!faults.empty()) {
    const core::InventoryFault& fault = faults.front();
    // The key itself may be missing: then its parent's line is the nearest.
    auto at = lines_.find(fault.where);
    if (at == lines_.end()) at = lines_.find(fault.where.substr(0, fault.where.rfind('.')));
    const YAML::Mark mark = at == lines_.end() ? root.Mark() : at->second;
    fail(mark, fmt::format("{}: {}", fault.where, core::printable(fault.what)));
  }
  return inventory;
}

}  // namespace

core::Inventory read_inventory(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  if (!file.is_open() || file.bad()) {
    throw Failure(Code::inventory_not_read,
                  fmt::format("cannot read inventory {}; `restorectl plan --help` shows an example",
                              path.string()));
  }
  if (text.size() > kFileBytesMax) {
    throw Failure(Code::inventory_not_read,
                  fmt::format("{} is larger than {} KiB: not an inventory", path.string(),
                              kFileBytesMax >> 10));
  }
  return parse_inventory(text, path);
}

core::Inventory parse_inventory(const std::string& text, const fs::path& path) {
  try {
    return Reader(fs::absolute(path)).read(text);
  } catch (const YAML::Exception& error) {
    throw Failure(Code::inventory_wrong,
                  fmt::format("{}:{}: {}", path.string(), error.mark.line + 1, error.msg));
  }
}

}  // namespace restorectl
