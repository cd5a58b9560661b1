// Running commands on a session: one channel each, its output taken by callbacks as it comes.
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "core/shell_quote.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace {

// sshd permits ten channels a connection (MaxSessions);
// a host has one lane, so one or two are open.
constexpr std::size_t kInputPiece = 256 * 1024;

// A channel and what its callbacks have seen so far. Its address must stay: libssh keeps it.
struct Channel {
  ssh_channel channel = nullptr;
  ssh_channel_callbacks_struct callbacks{};
  const ExecOptions* options = nullptr;
  ExecResult result;
  bool closed = false;
  bool ended = false;  // by a signal or a code

  explicit Channel(ssh_session session, const ExecOptions& with)
      : channel(ssh_channel_new(session)), options(&with) {
    if (channel == nullptr) throw std::bad_alloc();
    callbacks.userdata = this;
    callbacks.channel_data_function = &on_data;
    callbacks.channel_exit_status_function = [](ssh_session, ssh_channel, int code, void* self) {
      static_cast<Channel*>(self)->result.exit_code = code;
      static_cast<Channel*>(self)->ended = true;
    };
    callbacks.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int,
                                                const char*, const char*, void* self) {
      static_cast<Channel*>(self)->result.err += std::string("killed by signal ") + signal;
      static_cast<Channel*>(self)->ended = true;
    };
    callbacks.channel_close_function = [](ssh_session, ssh_channel, void* self) {
      static_cast<Channel*>(self)->closed = true;
    };
    ssh_callbacks_init(&callbacks);
    // Before the request: an exit status can come in the same packet burst as the answer to it.
    ssh_set_channel_callbacks(channel, &callbacks);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    ssh_remove_channel_callbacks(channel, &callbacks);
    ssh_channel_free(channel);
  }

  static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_stderr,
                     void* self) {
    auto& me = *static_cast<Channel*>(self);
    const std::string_view bytes(static_cast<const char*>(data), size);
    if (is_stderr == 0 && me.options->on_out) {
      me.options->on_out(bytes);
    } else {
      std::string& to = is_stderr == 0 ? me.result.out : me.result.err;
      const std::size_t max =
          is_stderr == 0 ? me.options->out_bytes_max : me.options->err_bytes_max;
      const std::size_t room = max - std::min(max, to.size());
      to += bytes.substr(0, room);
      if (is_stderr == 0 && bytes.size() > room) me.result.truncated = true;
    }
    return static_cast<int>(size);
  }
};

}  // namespace

SshSession::SshSession(std::shared_ptr<Link> link) : link_(std::move(link)) {}
SshSession::~SshSession() = default;

bool SshSession::alive() const { return !link_->dead; }
std::string SshSession::host_key() const { return link_->fingerprint(); }
void SshSession::close(const std::string& why) { link_->die(why); }

std::string SshSession::as_root(std::string_view script) const {
  return "sudo -n /bin/sh -c " + core::shell_quote(script);
}

awaitable<ExecResult> SshSession::exec(std::string command, ExecOptions options) {
  const std::shared_ptr<Link> link = link_;
  const Deadline deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options.timeout_ms);
  if (link->dead) link->fail();
  Channel channel(link->session, options);
  const auto wait = [&]() -> awaitable<void> {
    if (link->dead) link->fail();
    if (!co_await link->changed(deadline)) {
      throw ExecTimeout("no end within " + std::to_string(options.timeout_ms) + " ms on " +
                        link->where());
    }
  };
  const auto until_done = [&](const auto& call, const char* what) -> awaitable<void> {
    for (;;) {
      const int rc = call();
      if (rc == SSH_OK) co_return;
      if (link->dead) link->fail();
      if (rc != SSH_AGAIN) {
        if (link->broken()) link->die(ssh_get_error(link->session));
        throw LinkFailure(false, std::string(what) + " was refused by " + link->where() + ": " +
                                     ssh_get_error(link->session));
      }
      co_await wait();
    }
  };
  co_await until_done([&] { return ssh_channel_open_session(channel.channel); }, "a channel");
  co_await until_done([&] { return ssh_channel_request_exec(channel.channel, command.c_str()); },
                      "a command");

  std::vector<char> piece(options.input ? kInputPiece : 0);
  while (options.input && !channel.closed) {
    const std::optional<std::size_t> size = options.input(piece.data(), piece.size());
    if (!size) {
      co_await wait();
      continue;
    }
    if (*size == 0) break;
    std::size_t sent = 0;
    while (sent < *size && !channel.closed) {
      const int rc = ssh_channel_write(channel.channel, piece.data() + sent,
                                       static_cast<std::uint32_t>(*size - sent));
      if (rc < 0 && rc != SSH_AGAIN) {
        if (link->dead) link->fail();
        throw LinkFailure(
            false, "sending to " + link->where() + " failed: " + ssh_get_error(link->session));
      }
      if (rc > 0) sent += static_cast<std::size_t>(rc);
      link->pump();
      if (rc <= 0) co_await wait();
    }
  }
  if (!channel.closed) ssh_channel_send_eof(channel.channel);

  while (!channel.closed && !(channel.ended && ssh_channel_is_eof(channel.channel) != 0)) {
    co_await wait();
  }
  co_return std::move(channel.result);
}

}  // namespace transports
