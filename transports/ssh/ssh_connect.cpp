// Making a connection: configuration, socket, key exchange, host key,
// authentication. Each stage has a whole time-out, so that a host
// that hangs in one of them does not look slow in another. The socket's is always the connect
// time-out: the kernel answers there, and asks again ever more rarely.
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

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

// One line at a time: libssh says neither which line it refuses, nor that it has stopped reading.
void give_to_libssh(ssh_session session, const std::vector<ConfigLine>& lines) {
  const int fd = ::memfd_create("ssh_config", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const ConfigLine* refused = nullptr;
  for (const ConfigLine& line : lines) {
    const std::string text = line.text + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0 ||
        ssh_options_parse_config(session, path.c_str()) != 0) {
      refused = &line;
      break;
    }
  }
  ::close(fd);
  if (refused != nullptr)
    throw LinkFailure(true, "the SSH configuration cannot be used: " + refused->place() +
                                ": libssh cannot read this line. Change it, or name another file "
                                "as ssh.configFile in the inventory");
}

}  // namespace

void SshSession::Link::configure() {
  const core::SshSettings& settings = target.settings;
  host = target.address;
  config = read_ssh_config(target);
  host = config.host;
  port = config.port;
  key_name = config.host_key_alias.empty() ? known_hosts_name(host, port) : config.host_key_alias;
  refuse_proxy();
  const int no = 0;
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session, SSH_OPTIONS_HOST, host.c_str());
  ssh_options_set(session, SSH_OPTIONS_PORT, &port);
  prefer_fast_ciphers(session);
  give_to_libssh(session, config.rest);
  ssh_options_set(session, SSH_OPTIONS_USER, settings.user.c_str());
  // They are read by read_known_hosts.
  ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  if (!config.has_host_key_algorithms) prefer_known_keys();
}

// The direct way may be closed, or lead to another machine of the same private address.
void SshSession::Link::refuse_proxy() const {
  if (!config.proxy) return;
  constexpr std::size_t kShownBytes = 120;
  std::string text = config.proxy->text;
  text.erase(0, text.find_first_not_of(" \t"));
  throw LinkFailure(
      true, "cannot connect to " + where() + ": " + config.proxy->place() +
                " sends it through another host (" + text.substr(0, kShownBytes) +
                "), which restorectl does not support. Run restorectl on that host; or, where " +
                target.name +
                " can be reached directly, name a file as ssh.configFile in the inventory that has "
                "`ProxyJump none` for it");
}

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
      throw LinkFailure(false,
                        where() + " accepted the connection but " +
                            (counted.in_bytes == 0 ? "sent no SSH handshake within "
                                                   : "did not complete the SSH handshake within ") +
                            std::to_string(answer_ms()) + " ms",
                        true);
    }
  }
}

awaitable<std::shared_ptr<SshSession>> SshSession::connect(asio::io_context& io, SshTarget target) {
  const std::int64_t socket_ms = target.settings.connect_timeout_ms;
  auto link = std::make_shared<Link>(io, std::move(target));
  link->configure();
  co_await link->connect_socket(deadline_in(socket_ms));
  co_await link->exchange_keys(deadline_in(link->answer_ms()));
  link->check_host_key();
  co_await link->authenticate(deadline_in(link->answer_ms()));
  link->come_up();
  co_return std::shared_ptr<SshSession>(new SshSession(std::move(link)));
}

}  // namespace transports
