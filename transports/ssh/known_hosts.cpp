// The lines of known_hosts files; see the header. Whether a line's first word names a host is
// asked of libssh, which knows hashed names, wildcards and ports; negated names, which it passes
// by, are taken out first.
#include "transports/ssh/known_hosts.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "transports/ssh/ssh_config_text.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace {

// The answer is about the name only: a key that cannot be read does not matter here.
bool libssh_matches(const std::string& patterns, const std::string& name) {
  ssh_knownhosts_entry* entry = nullptr;
  const std::string line = patterns + " ssh-ed25519 -";
  const int rc = ssh_known_hosts_parse_line(name.c_str(), line.c_str(), &entry);
  if (rc == SSH_OK) ssh_knownhosts_entry_free(entry);
  return rc != SSH_AGAIN;
}

bool names_host(const std::string& patterns, const std::string& name) {
  if (patterns.starts_with('|')) return libssh_matches(patterns, name);
  std::istringstream each(patterns);
  std::string positive;
  for (std::string pattern; std::getline(each, pattern, ',');) {
    if (pattern.empty()) continue;
    if (pattern[0] != '!') {
      positive += (positive.empty() ? "" : ",") + pattern;
    } else if (pattern.size() > 1 && libssh_matches(pattern.substr(1), name)) {
      return false;
    }
  }
  return !positive.empty() && libssh_matches(positive, name);
}

void read_line(KnownHostsLine line, const std::string& text, const std::string& name,
               const std::vector<std::string>& all_names, KnownHosts& known) {
  std::istringstream words(text);
  std::string patterns;
  bool marked = false;
  bool revoked = false;
  bool authority = false;
  while (words >> patterns && patterns[0] == '@') {
    marked = true;
    revoked |= patterns == "@revoked";
    authority |= patterns == "@cert-authority";
  }
  if (patterns.empty() || patterns[0] == '#' || !(words >> line.type >> line.key)) return;
  const auto matches = [&](const std::string& of) { return names_host(patterns, of); };
  if (revoked) {
    if (std::any_of(all_names.begin(), all_names.end(), matches))
      known.revoked.push_back(std::move(line));
  } else if (matches(name)) {
    if (authority)
      known.authorities.push_back(std::move(line));
    else if (!marked)
      known.keys.push_back(std::move(line));
  }
}

}  // namespace

std::string known_hosts_name(std::string_view host, unsigned port) {
  const std::string small = small_letters(host);
  return port == 22 ? small : "[" + small + "]:" + std::to_string(port);
}

KnownHosts read_known_hosts(const std::vector<std::string>& files, const std::string& name,
                            const std::vector<std::string>& all_names) {
  KnownHosts known;
  for (const std::string& file : files) {
    std::ifstream in(file);
    std::string text;
    for (int number = 1; std::getline(in, text); ++number)
      read_line({file, number, {}, {}}, text, name, all_names, known);
  }
  return known;
}

}  // namespace transports
