// The host's key against the known_hosts files. Invariant: only a key that a line without a marker
// has for this host is accepted, and none that is revoked; everything else is a permanent error
// that names the files that were read.
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

#include "core/shell_quote.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace {

std::string listed(const std::vector<std::string>& files) {
  if (files.empty()) return "any known_hosts file (the configuration names none)";
  std::string text;
  for (const std::string& file : files) text += (text.empty() ? "" : ", ") + file;
  return text;
}

// As sshd names a key's file.
std::string file_word(const std::string& type) {
  if (type.starts_with("ecdsa")) return "ecdsa";
  return type == "ssh-rsa" ? "rsa" : "ed25519";
}

// The algorithms that libssh has for a key's type, in its own order.
constexpr struct {
  const char* type;
  const char* algorithms;
} kHostKeyAlgorithms[] = {{"ssh-ed25519", "ssh-ed25519"},
                          {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
                          {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
                          {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
                          {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"}};

}  // namespace

// The peer's own address too: a key may be revoked for any name of its host.
std::vector<std::string> SshSession::Link::host_names() const {
  std::vector<std::string> hosts = {host, target.address};
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  char text[NI_MAXHOST];
  if (fd >= 0 && ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
      ::getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) == 0)
    hosts.emplace_back(text);
  std::vector<std::string> names = {key_name};
  for (const std::string& each : hosts) {
    names.push_back(known_hosts_name(each, 22));
    names.push_back(known_hosts_name(each, port));
  }
  return names;
}

// Of several keys, a host shows the one whose algorithm is asked for first: one that is known.
void SshSession::Link::prefer_known_keys() const {
  const KnownHosts known = read_known_hosts(config.known_hosts_files, key_name, {});
  std::string first;
  std::string rest;
  for (const auto& [type, algorithms] : kHostKeyAlgorithms) {
    const std::string_view wanted = type;  // clang 14 lets no lambda have a structured binding
    const bool is_known =
        std::any_of(known.keys.begin(), known.keys.end(),
                    [wanted](const KnownHostsLine& line) { return line.type == wanted; });
    (is_known ? first : rest) += std::string(",") + algorithms;
  }
  ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, (first + rest).substr(1).c_str());
}

HostKey SshSession::Link::shown_key() const {
  HostKey shown;
  ssh_key read = nullptr;
  if (ssh_get_server_publickey(session, &read) != SSH_OK) return shown;
  const std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)> key(read, ssh_key_free);
  if (const char* type = ssh_key_type_to_char(ssh_key_type(read))) shown.type = type;
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(read, &text) == SSH_OK) {
    shown.key = text;
    ssh_string_free_char(text);
  }
  unsigned char* hash = nullptr;
  std::size_t hash_size = 0;
  if (ssh_get_publickey_hash(read, SSH_PUBLICKEY_HASH_SHA256, &hash, &hash_size) == SSH_OK) {
    text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, hash_size);
    if (text != nullptr) shown.fingerprint = text;
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
  }
  return shown;
}

void SshSession::Link::check_host_key() const {
  const HostKey shown = shown_key();
  if (shown.key.empty()) throw LinkFailure(false, where() + " has shown no host key");
  const KnownHosts known = read_known_hosts(config.known_hosts_files, key_name, host_names());
  const auto same = [&](const KnownHostsLine& line) { return line.key == shown.key; };
  const std::string offers = ": the host offers " + shown.fingerprint + ". ";
  const auto revoked = std::find_if(known.revoked.begin(), known.revoked.end(), same);
  if (revoked != known.revoked.end()) {
    throw LinkFailure(true, "the host key of " + where() + " is revoked by " + revoked->place() +
                                offers +
                                "Whoever has that key can pose as this host, so it is never "
                                "accepted. Give the host a new key at its console, and add that "
                                "one to known_hosts");
  }
  if (std::any_of(known.keys.begin(), known.keys.end(), same)) return;
  if (known.keys.empty()) refuse_unknown_key(shown, known);
  const KnownHostsLine& other = known.keys.front();
  throw LinkFailure(true, "the host key of " + where() + " differs from the one in " +
                              other.place() + offers +
                              "Another machine may be answering at this address. Only if you know "
                              "why the key changed, remove the old one: ssh-keygen -f " +
                              core::shell_quote(other.file) + " -R " + core::shell_quote(key_name));
}

// With a certificate authority the trust is there already, and a key that is fetched over the
// network must not replace it.
void SshSession::Link::refuse_unknown_key(const HostKey& shown, const KnownHosts& known) const {
  const std::vector<std::string>& files = config.known_hosts_files;
  const std::string to = core::shell_quote(files.empty() ? "known_hosts" : files.front());
  const std::string head = "the host key of " + where() + " is not in " + listed(files) + " as " +
                           key_name + ": the host offers " + shown.fingerprint + ". ";
  // What the host prints, filed under the name that it is looked up by.
  const std::string rename = " | sed 's/^[^ ]*/" + key_name + "/' >> " + to;
  if (!known.authorities.empty()) {
    throw LinkFailure(
        true, head + "A certificate authority vouches for this host (" +
                  known.authorities.front().place() +
                  "), and restorectl does not read host certificates. Get the host's own key over "
                  "the way that is trusted already, and add it: ssh " +
                  core::shell_quote(target.address) + " 'cat /etc/ssh/ssh_host_" +
                  file_word(shown.type) + "_key.pub' | sed 's/^/" + key_name + " /' >> " + to);
  }
  throw LinkFailure(true, head + "Compare it with the host's console, then add it: ssh-keyscan" +
                              (port == 22 ? "" : " -p " + std::to_string(port)) + " " + host +
                              (key_name == known_hosts_name(host, port) ? " >> " + to : rename));
}

}  // namespace transports
