// SshConfig: what of ~/.ssh/config is in force for a host. It is read here since libssh stops at a
// word that it does not know, and passes by what it does not do: jump hosts, HostKeyAlias,
// IdentitiesOnly, all but the first known_hosts file. Invariant: a line counts as ssh_config(5)
// says, or the host is refused with the file and line that are in the way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transports/ssh/ssh_session.hpp"

namespace transports {

struct ConfigLine {
  std::string file;
  int number = 0;
  std::string text;
  std::string place() const { return file + ":" + std::to_string(number); }
};

struct SshConfig {
  std::string host;  // where to connect to
  unsigned port = 22;
  std::string host_key_alias;
  std::vector<std::string> known_hosts_files;
  bool has_identities = false;  // then the default ones do not count
  std::vector<std::string> identity_files;
  bool identities_only = false;
  std::string agent;  // its socket; empty: none
  bool has_host_key_algorithms = false;
  std::optional<ConfigLine> proxy;  // a ProxyJump or ProxyCommand
  std::vector<ConfigLine> rest;     // the other lines in force, for libssh
};

// Reads the configuration for the target. What the inventory says goes before it. Throws
// LinkFailure(permanent) where a file cannot be read to its end.
SshConfig read_ssh_config(const SshTarget& target);

}  // namespace transports
