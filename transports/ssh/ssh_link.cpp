// Pumping libssh from Asio; see the header. The traps that shaped this file (docs/transports.md):
// readiness of the socket is not readiness of a channel, ssh_channel_poll stops reading once EOF is
// buffered, and libssh closes neither the socket given to it nor the one that Asio waits on.
#include "transports/ssh/ssh_link.hpp"

#include <libssh/server.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace transports {

namespace asio = boost::asio;

SshSession::Link::Link(asio::io_context& context, SshTarget to)
    : io(context),
      target(std::move(to)),
      session(ssh_new()),
      event(ssh_event_new()),
      descriptor(context),
      silence(context) {
  if (session == nullptr || event == nullptr) throw std::bad_alloc();
}

SshSession::Link::~Link() {
  boost::system::error_code ignored;
  descriptor.close(ignored);
  if (fd >= 0) ssh_event_remove_session(event, session);
  ssh_event_free(event);
  ssh_free(session);
  // Closed already, the number may belong to another host's socket by now.
  struct stat now {};
  if (fd >= 0 && ::fstat(fd, &now) == 0 && now.st_ino == fd_inode) ::close(fd);
}

void SshSession::Link::adopt(int socket_fd) {
  fd = socket_fd;
  struct stat identity {};
  ::fstat(fd, &identity);
  fd_inode = identity.st_ino;
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);  // Nagle costs 40 ms a command
  // The kernel answers these, however slow the server is: a host that dies is noticed from here on.
  set(IPPROTO_TCP, TCP_KEEPIDLE, limits::kKeepAliveS);
  set(IPPROTO_TCP, TCP_KEEPINTVL, limits::kKeepAliveS);
  set(IPPROTO_TCP, TCP_KEEPCNT, limits::kKeepAliveTries);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  ssh_options_set(session, SSH_OPTIONS_FD, &fd);
  ssh_set_blocking(session, 0);
  descriptor.assign(::dup(fd));
  ssh_set_counters(session, &counted, nullptr);
  watch_silence();
}

// A host that is starved of processor time is slow in everything: how long it was silent while it
// let us in is the measure of how long it may be silent now.
void SshSession::Link::come_up() {
  silent_ticks_max =
      std::clamp(2 * silent_ticks_most, limits::kSilenceTicksMax, limits::kSilenceTicksMost);
  silent_ticks = 0;
  const int unacknowledged_ms =
      limits::kUnacknowledgedMs * silent_ticks_max / limits::kSilenceTicksMax;
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
}

void SshSession::Link::watch_silence() {
  silence.expires_after(std::chrono::milliseconds(limits::kSilenceTickMs));
  silence.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error || self->dead) return;
    self->hear();
    if (!self->dead) self->watch_silence();
  });
}

// TCP alone does not notice a server that hangs while its kernel still
// acknowledges. So while anybody waits and nothing comes, a request
// that every SSH server answers is sent, and its answer is awaited; not while it lets us in, since
// in the key exchange it would hang up on such a request.
// Bytes are counted where libssh reads them: an answer that it reads within a call of ours never
// wakes the descriptor. Silence is counted in ticks, so that time in which this process itself was
// stopped does not count.
void SshSession::Link::hear() {
  const bool heard = counted.in_bytes != heard_bytes;
  heard_bytes = counted.in_bytes;
  silent_ticks = heard || waiters.empty() ? 0 : silent_ticks + 1;
  if (silent_ticks_max == 0) {
    silent_ticks_most = std::max(silent_ticks_most, silent_ticks);
    return;
  }
  if (silent_ticks >= silent_ticks_max) {
    cut_short = true;
    die("no answer for " + std::to_string(silent_ticks * limits::kSilenceTickMs / 1'000) + " s");
    return;
  }
  if (silent_ticks >= limits::kSilenceTicksBeforeAsking) {
    ssh_send_keepalive(session);  // returns at once on a non-blocking session
    pump();
  }
}

// A refused channel is an answer; a fatal error or a closed socket means that none will come.
bool SshSession::Link::broken() const {
  return ssh_is_connected(session) == 0 || ssh_get_error_code(session) == SSH_FATAL;
}

void SshSession::Link::wake_all() {
  told_bytes = counted.in_bytes;
  for (asio::steady_timer* timer : waiters) timer->cancel();
}

void SshSession::Link::pump() {
  // Delayed acknowledgements cost up to 40 ms a command; the option is not sticky.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  for (int i = 0; i < 256 && !dead && unread_bytes < limits::kUnreadBytesMax; ++i) {
    const int rc = ssh_event_dopoll(event, 0);
    if (rc == SSH_AGAIN) break;
    if (rc == SSH_ERROR) {
      if (broken()) die(ssh_get_error(session));
      break;
    }
  }
  if (!dead && (ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0) {
    const std::string why = ssh_get_error(session);
    die(why.empty() ? "the server closed the connection" : why);
  }
  wake_all();
  arm();
}

void SshSession::Link::arm() {
  if (dead || !descriptor.is_open()) return;
  if (!read_armed) {
    read_armed = true;
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](const boost::system::error_code& error) {
                            const auto self = weak.lock();
                            if (!self) return;
                            self->read_armed = false;
                            if (error) return;
                            self->pump();
                          });
  }
  if (!write_armed && (ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0) {
    write_armed = true;
    descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                          [weak = weak_from_this()](const boost::system::error_code& error) {
                            const auto self = weak.lock();
                            if (!self) return;
                            self->write_armed = false;
                            if (!error) self->pump();
                          });
  }
}

awaitable<bool> SshSession::Link::changed(Deadline deadline) {
  arm();
  // The caller's call into libssh may have read what another channel waits for.
  if (told_bytes != counted.in_bytes) wake_all();
  asio::steady_timer timer(io, deadline);
  const auto place = waiters.insert(waiters.end(), &timer);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  waiters.erase(place);
  co_return error == asio::error::operation_aborted;
}

void SshSession::Link::die(const std::string& why) {
  if (dead) return;
  dead = true;
  death = why;
  boost::system::error_code ignored;
  descriptor.close(ignored);
  silence.cancel();
  wake_all();
}

void SshSession::Link::fail() const {
  throw LinkFailure(false, "lost the connection to " + where() + ": " + death, cut_short);
}

std::int64_t SshSession::Link::answer_ms() const {
  return target.answer_ms > 0 ? target.answer_ms : target.settings.connect_timeout_ms;
}

std::string SshSession::Link::where() const {
  std::string text = target.name + " (" + target.settings.user + "@" + host;
  if (port != 22) text += ":" + std::to_string(port);
  return text + ")";
}

}  // namespace transports
