// Making a connection: configuration, socket, key exchange, host key,
// authentication. Each stage has the whole connect time-out, so that a host
// that hangs in one of them does not look slow in another.
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/shell_quote.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct StringFree {
  void operator()(char* text) const { ssh_string_free_char(text); }
};
using SshString = std::unique_ptr<char, StringFree>;

std::string option_text(ssh_session session, ssh_options_e option) {
  char* text = nullptr;
  if (ssh_options_get(session, option, &text) != SSH_OK || text == nullptr) return {};
  return std::string(SshString(text).get());
}

Deadline deadline_in(std::int64_t ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}

// GCC has __builtin_cpu_supports on x86 only.
bool processor_has_aes() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("aes");
#elif defined(__aarch64__)
  return (::getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#else
  return false;
#endif
}

// libssh would take ChaCha20 first, at a third of the speed where the processor has AES. What the
// operator's ~/.ssh/config says is read later and wins.
void prefer_fast_ciphers(ssh_session session) {
  if (!processor_has_aes()) return;
  static constexpr const char* kCiphers =
      "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
      "aes256-ctr,aes192-ctr,aes128-ctr";
  ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, kCiphers);
  ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, kCiphers);
}

void configure(ssh_session session, const SshTarget& target, std::string& host, unsigned& port) {
  const core::SshSettings& settings = target.settings;
  const int no = 0;
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session, SSH_OPTIONS_HOST, target.address.c_str());
  prefer_fast_ciphers(session);
  // What ssh(1) would read; a file that is not there is no error.
  ssh_options_parse_config(session,
                           settings.config_file.empty() ? nullptr : settings.config_file.c_str());
  ssh_options_set(session, SSH_OPTIONS_USER, settings.user.c_str());
  if (settings.port != 0) {
    const unsigned wanted = settings.port;
    ssh_options_set(session, SSH_OPTIONS_PORT, &wanted);
  }
  if (!settings.identity_file.empty()) {
    ssh_options_set(session, SSH_OPTIONS_IDENTITY, settings.identity_file.c_str());
  }
  if (!settings.known_hosts_file.empty()) {
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, settings.known_hosts_file.c_str());
    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  }
  host = option_text(session, SSH_OPTIONS_HOST);
  if (host.empty()) host = target.address;
  ssh_options_get_port(session, &port);
}

}  // namespace

awaitable<void> SshSession::Link::connect_socket(Deadline deadline) {
  tcp::socket socket(io);
  asio::steady_timer timer(io, deadline);
  bool late = false;
  tcp::resolver resolver(io);
  timer.async_wait([&](const boost::system::error_code& error) {
    if (error) return;
    late = true;
    resolver.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
  });
  boost::system::error_code error;
  const auto endpoints = co_await resolver.async_resolve(
      host, std::to_string(port), asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    co_await asio::async_connect(socket, endpoints,
                                 asio::redirect_error(asio::use_awaitable, error));
  }
  timer.cancel();
  if (late || error) {
    throw LinkFailure(
        false,
        "cannot reach " + where() + ": " +
            (late ? "no answer within " + std::to_string(target.settings.connect_timeout_ms) + " ms"
                  : error.message()));
  }
  const int duplicate = ::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 0);
  ::fcntl(duplicate, F_SETFL, ::fcntl(duplicate, F_GETFL) | O_NONBLOCK);
  adopt(duplicate);
}

awaitable<void> SshSession::Link::exchange_keys(Deadline deadline) {
  bool watched = false;
  for (;;) {
    const int rc = ssh_connect(session);
    if (!watched) {
      ssh_event_add_session(event, session);
      watched = true;
    }
    if (rc == SSH_OK) co_return;
    if (rc != SSH_AGAIN || dead) {
      throw LinkFailure(false, "the SSH handshake with " + where() + " failed: " +
                                   std::string(dead ? death : ssh_get_error(session)));
    }
    if (!co_await changed(deadline)) {
      throw LinkFailure(false, where() +
                                   " accepted the connection but sent no SSH handshake within " +
                                   std::to_string(target.settings.connect_timeout_ms) + " ms");
    }
  }
}

std::string SshSession::Link::fingerprint() const {
  ssh_key key = nullptr;
  unsigned char* hash = nullptr;
  std::size_t hash_size = 0;
  std::string fingerprint = "unknown";
  if (ssh_get_server_publickey(session, &key) == SSH_OK) {
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &hash_size) == SSH_OK) {
      fingerprint =
          SshString(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, hash_size)).get();
      ssh_clean_pubkey_hash(&hash);
    }
    ssh_key_free(key);
  }
  return fingerprint;
}

void SshSession::Link::check_host_key() const {
  const ssh_known_hosts_e known = ssh_session_is_known_server(session);
  if (known == SSH_KNOWN_HOSTS_OK) return;
  const std::string fingerprint = this->fingerprint();
  std::string file = target.settings.known_hosts_file;
  if (file.empty()) file = "~/.ssh/known_hosts";
  const std::string entry = port == 22 ? host : "[" + host + "]:" + std::to_string(port);
  if (known == SSH_KNOWN_HOSTS_CHANGED || known == SSH_KNOWN_HOSTS_OTHER) {
    throw LinkFailure(true,
                      "the host key of " + where() + " differs from the one in " + file +
                          ": the host offers " + fingerprint +
                          ". Another machine may be answering at this address. Only if you know "
                          "why the key changed, remove the old one: ssh-keygen -f " +
                          file + " -R " + core::shell_quote(entry));
  }
  throw LinkFailure(
      true, "the host key of " + where() + " is not in " + file + ": the host offers " +
                fingerprint + ". Compare it with the host's console, then add it: ssh-keyscan" +
                (port == 22 ? "" : " -p " + std::to_string(port)) + " " + host + " >> " + file);
}

awaitable<void> SshSession::Link::authenticate(Deadline deadline) {
  std::string tried;
  const auto attempt = [&](const auto& call, std::string what) -> awaitable<bool> {
    for (;;) {
      const int rc = call();
      if (rc == SSH_AUTH_SUCCESS) co_return true;
      if (rc != SSH_AUTH_AGAIN) break;
      if (dead) fail();
      if (!co_await changed(deadline)) {
        throw LinkFailure(false, "timed out authenticating to " + where());
      }
    }
    if (dead) fail();
    tried += (tried.empty() ? "" : ", ") + what;
    co_return false;
  };

  const std::string& identity = target.settings.identity_file;
  if (!identity.empty()) {
    ssh_key read = nullptr;
    ssh_pki_import_privkey_file(identity.c_str(), nullptr, nullptr, nullptr, &read);
    // Freed also where the link breaks during the attempt.
    const std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)> key(read, ssh_key_free);
    if (key != nullptr) {
      const auto offer = [&] { return ssh_userauth_publickey(session, nullptr, key.get()); };
      if (co_await attempt(offer, identity)) co_return;
    } else {
      tried += identity + " (cannot be read)";
    }
  }
  if (co_await attempt([&] { return ssh_userauth_publickey_auto(session, nullptr, nullptr); },
                       "keys of the agent, default keys")) {
    co_return;
  }
  throw LinkFailure(true, where() + " rejected every key (tried: " + tried +
                              "). Check that the agent has the key (ssh-add -l) and that `ssh " +
                              target.settings.user + "@" + host + "` works");
}

awaitable<std::shared_ptr<SshSession>> SshSession::connect(asio::io_context& io, SshTarget target) {
  const std::int64_t timeout_ms = target.settings.connect_timeout_ms;
  auto link = std::make_shared<Link>(io, std::move(target));
  configure(link->session, link->target, link->host, link->port);
  co_await link->connect_socket(deadline_in(timeout_ms));
  co_await link->exchange_keys(deadline_in(timeout_ms));
  link->check_host_key();
  co_await link->authenticate(deadline_in(timeout_ms));
  co_return std::shared_ptr<SshSession>(new SshSession(std::move(link)));
}

}  // namespace transports
