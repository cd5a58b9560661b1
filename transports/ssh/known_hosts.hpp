// KnownHosts: what files in the format of known_hosts(5) say about one host. libssh passes lines
// with a marker by, and with them a revoked key, so the files are read here. Invariant: a line that
// revokes a key for any name of the host is found, however the line names the host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace transports {

struct KnownHostsLine {
  std::string file;
  int number = 0;
  std::string type;  // "ssh-ed25519"
  std::string key;   // base64
  std::string place() const { return file + ":" + std::to_string(number); }
};

struct KnownHosts {
  std::vector<KnownHostsLine> keys;
  std::vector<KnownHostsLine> authorities;  // @cert-authority
  std::vector<KnownHostsLine> revoked;      // @revoked
};

// "host", or "[host]:port" where the port is not 22: the name under which a host is filed.
std::string known_hosts_name(std::string_view host, unsigned port);

// Reads the files; one that is not there has no lines. `name` is what keys and authorities are
// filed under; a key is revoked by a line for any of `all_names`.
KnownHosts read_known_hosts(const std::vector<std::string>& files, const std::string& name,
                            const std::vector<std::string>& all_names);

}  // namespace transports
