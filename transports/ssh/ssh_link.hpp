// The inside of an SshSession: libssh's session on our own socket, pumped by Asio. Private to the
// ssh_*.cpp files, since it shows libssh's types. Invariant: libssh is only ever called from the
// io_context's one thread, and after each call its pending writes are waited for.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>

#include "transports/ssh/known_hosts.hpp"
#include "transports/ssh/ssh_config.hpp"
#include "transports/ssh/ssh_session.hpp"

namespace transports {

using Deadline = std::chrono::steady_clock::time_point;

// The key that a host has shown.
struct HostKey {
  std::string type;         // "ssh-ed25519"
  std::string key;          // base64; empty: it could not be read
  std::string fingerprint;  // "SHA256:…"
};

struct SshSession::Link : std::enable_shared_from_this<SshSession::Link> {
  Link(boost::asio::io_context& context, SshTarget to);
  ~Link();

  // Takes over a connected socket.
  void adopt(int socket_fd);
  // Lets libssh read and write whatever it can, until limits::kUnreadBytesMax of output wait to be
  // handed over, and wakes all waiters.
  void pump();
  void wake_all();
  // Waits until something may have changed. Returns false when the deadline passed instead.
  awaitable<bool> changed(Deadline deadline);
  // From here on silence means that the link is dead: keep-alives are sent, and it is given up.
  void come_up();
  void die(const std::string& why);
  bool broken() const;
  [[noreturn]] void fail() const;

  // The stages of a connection; they throw LinkFailure.
  void configure();
  awaitable<void> connect_socket(Deadline deadline);
  awaitable<void> exchange_keys(Deadline deadline);
  void check_host_key() const;
  awaitable<void> authenticate(Deadline deadline);

  // How long an answer of the host may take while it lets us in.
  std::int64_t answer_ms() const;

  HostKey shown_key() const;
  std::string where() const;

  boost::asio::io_context& io;
  SshTarget target;
  SshConfig config;
  std::string host;  // as resolved by ~/.ssh/config
  unsigned port = 22;
  std::string key_name;  // what the host's key is filed under
  ssh_session session = nullptr;
  ssh_event event = nullptr;
  int fd = -1;
  unsigned long fd_inode = 0;  // libssh closes the socket on some errors and leaves it on others
  boost::asio::posix::stream_descriptor descriptor;
  bool read_armed = false;
  bool write_armed = false;
  bool dead = false;
  bool cut_short = false;  // dead, because we gave it up
  std::string death;
  std::list<boost::asio::steady_timer*> waiters;
  ssh_counter_struct counted{};   // by libssh, for every read
  std::uint64_t heard_bytes = 0;  // of them, at the last tick
  int silent_ticks = 0;
  int silent_ticks_most = 0;     // while we were let in
  int silent_ticks_max = 0;      // 0: the link is not up yet, and only the stage's deadline counts
  std::uint64_t told_bytes = 0;  // of them, when the waiters were last woken
  std::size_t unread_bytes = 0;  // of commands' output, noted by callbacks and not handed over yet

 private:
  class Login;
  void refuse_proxy() const;
  void prefer_known_keys() const;
  std::vector<std::string> host_names() const;
  [[noreturn]] void refuse_unknown_key(const HostKey& shown, const KnownHosts& known) const;
  void arm();
  void watch_silence();
  void hear();
  boost::asio::steady_timer silence;
};

}  // namespace transports
