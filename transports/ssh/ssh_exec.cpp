// Running commands on a session: one channel each. Invariant: within libssh, our code only copies
// bytes. Its callbacks are noexcept and store what came; what takes the output (a
// journal, a terminal, the run's machine) is called between two calls into the library, so it may
// throw, block and use the session like any other code.
// The copy is bounded by not reading: while limits::kUnreadBytesMax wait to be handed over, pump()
// leaves the rest in the socket, and the host's sshd waits. A callback that took less than it was
// given would do the same with the channel's window, but libssh offers the rest again only with the
// next packet, which the last bytes of a command never get.
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "core/shell_quote.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace {

// The login shell runs the command, and with it its start-up files, which may print: a greeting, a
// title, whatever somebody has put there for people. The command begins with this, and what comes
// before its output is thrown away. The output does not stand in the command as it is, since a
// login shell may print that too, and some echo reads escapes.
constexpr std::string_view kPrintMarker = "printf '\\036%s\\036\\n' restorectl-begins; ";
constexpr std::string_view kMarker = "\036restorectl-begins\036\n";

}  // namespace

// A channel, and what its callbacks have stored. Its address must not change: libssh keeps it.
class SshSession::Command {
 public:
  Command(std::shared_ptr<Link> link, ExecOptions options);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();
  awaitable<ExecResult> run(const std::string& command);

 private:
  static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_stderr,
                     void* self) noexcept;
  static void on_exit_status(ssh_session, ssh_channel, int code, void* self) noexcept;
  static void on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*,
                             const char*, void* self) noexcept;
  static void on_close(ssh_session, ssh_channel, void* self) noexcept;

  template <class Call>
  awaitable<void> until_done(Call call, const char* what);
  awaitable<void> send_input();
  awaitable<void> wait();
  void hand_over();
  std::string behind_marker(std::string out);

  std::shared_ptr<Link> link_;
  ExecOptions options_;
  Deadline deadline_;
  ssh_channel channel_;
  ssh_channel_callbacks_struct callbacks_{};
  std::string unread_out_;
  std::string unread_err_;
  ExecResult result_;
  bool begun_ = false;  // the marker has come
  std::string before_;  // the end of what came until then
  bool closed_ = false;
  bool ended_ = false;  // by a signal or a code
};

SshSession::Command::Command(std::shared_ptr<Link> link, ExecOptions options)
    : link_(std::move(link)),
      options_(std::move(options)),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout_ms)),
      channel_(ssh_channel_new(link_->session)) {
  if (channel_ == nullptr) throw std::bad_alloc();
  callbacks_.userdata = this;
  callbacks_.channel_data_function = &on_data;
  callbacks_.channel_exit_status_function = &on_exit_status;
  callbacks_.channel_exit_signal_function = &on_exit_signal;
  callbacks_.channel_close_function = &on_close;
  ssh_callbacks_init(&callbacks_);
  // Before the request: an exit status can come in the same packet burst as the answer to it.
  ssh_set_channel_callbacks(channel_, &callbacks_);
}

SshSession::Command::~Command() {
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(channel_);
  link_->unread_bytes -= unread_out_.size() + unread_err_.size();
}

int SshSession::Command::on_data(ssh_session, ssh_channel, void* data, std::uint32_t size,
                                 int is_stderr, void* self) noexcept {
  auto& me = *static_cast<Command*>(self);
  (is_stderr == 0 ? me.unread_out_ : me.unread_err_).append(static_cast<const char*>(data), size);
  me.link_->unread_bytes += size;
  return static_cast<int>(size);
}

void SshSession::Command::on_exit_status(ssh_session, ssh_channel, int code, void* self) noexcept {
  static_cast<Command*>(self)->result_.exit_code = code;
  static_cast<Command*>(self)->ended_ = true;
}

void SshSession::Command::on_exit_signal(ssh_session, ssh_channel, const char* signal, int,
                                         const char*, const char*, void* self) noexcept {
  auto& me = *static_cast<Command*>(self);
  const std::string note = std::string("killed by signal ") + signal;
  me.unread_err_ += note;
  me.link_->unread_bytes += note.size();
  me.ended_ = true;
}

void SshSession::Command::on_close(ssh_session, ssh_channel, void* self) noexcept {
  static_cast<Command*>(self)->closed_ = true;
}

// REQUIRES: no call into libssh is under way.
void SshSession::Command::hand_over() {
  std::string out = std::exchange(unread_out_, {});
  const std::string err = std::exchange(unread_err_, {});
  link_->unread_bytes -= out.size() + err.size();
  if (!begun_) out = behind_marker(std::move(out));
  const auto keep = [](std::string& to, const std::string& bytes, std::size_t max) {
    const std::size_t room = max - std::min(max, to.size());
    to.append(bytes, 0, room);
    return bytes.size() <= room;
  };
  keep(result_.err, err, options_.err_bytes_max);
  if (!options_.on_out) {
    if (!keep(result_.out, out, options_.out_bytes_max)) result_.truncated = true;
  } else if (!out.empty()) {
    options_.on_out(out);
  }
}

std::string SshSession::Command::behind_marker(std::string out) {
  before_ += out;
  const std::size_t at = before_.find(kMarker);
  begun_ = at != std::string::npos;
  if (begun_) {
    out = before_.substr(at + kMarker.size());
    before_.clear();
    return out;
  }
  if (before_.size() > limits::kLoginNoiseBytesMax)
    before_.erase(0, before_.size() - limits::kLoginNoiseBytesMax);
  return {};
}

// What came before the link broke, or before the time was up, is handed over first.
awaitable<void> SshSession::Command::wait() {
  if (link_->dead) link_->fail();
  const bool in_time = co_await link_->changed(deadline_);
  hand_over();
  if (!in_time) throw ExecTimeout(options_.timeout_ms, link_->where());
}

template <class Call>
awaitable<void> SshSession::Command::until_done(Call call, const char* what) {
  for (;;) {
    const int rc = call();
    if (rc == SSH_OK) co_return;
    if (link_->dead) link_->fail();
    if (rc != SSH_AGAIN) {
      if (link_->broken()) link_->die(ssh_get_error(link_->session));
      throw LinkFailure(false,
                        link_->where() + " refused " + what + ": " + ssh_get_error(link_->session));
    }
    co_await wait();
  }
}

awaitable<void> SshSession::Command::send_input() {
  std::vector<char> piece(options_.input ? limits::kInputPieceBytes : 0);
  while (options_.input && !closed_) {
    const std::optional<std::size_t> size = options_.input(piece.data(), piece.size());
    if (!size) {
      co_await wait();
      continue;
    }
    if (*size == 0) break;
    std::size_t sent = 0;
    while (sent < *size && !closed_) {
      const int rc = ssh_channel_write(channel_, piece.data() + sent,
                                       static_cast<std::uint32_t>(*size - sent));
      if (rc < 0 && rc != SSH_AGAIN) {
        hand_over();
        if (link_->dead) link_->fail();
        throw LinkFailure(
            false, "cannot send to " + link_->where() + ": " + ssh_get_error(link_->session));
      }
      if (rc > 0) sent += static_cast<std::size_t>(rc);
      link_->pump();
      hand_over();
      if (rc <= 0) co_await wait();
    }
  }
  if (!closed_) ssh_channel_send_eof(channel_);
}

awaitable<ExecResult> SshSession::Command::run(const std::string& command) {
  co_await until_done([this] { return ssh_channel_open_session(channel_); }, "to open a channel");
  const std::string marked = std::string(kPrintMarker) + command;
  co_await until_done([&] { return ssh_channel_request_exec(channel_, marked.c_str()); },
                      "to run a command");
  co_await send_input();
  hand_over();
  while (!closed_ && !(ended_ && ssh_channel_is_eof(channel_) != 0)) co_await wait();
  hand_over();
  // No command has run, and the login shell's own words are no answer of it.
  result_.err.append(before_, 0, options_.err_bytes_max - result_.err.size());
  co_return std::move(result_);
}

SshSession::SshSession(std::shared_ptr<Link> link) : link_(std::move(link)) {}
SshSession::~SshSession() = default;

bool SshSession::alive() const { return !link_->dead; }
std::string SshSession::host_key() const { return link_->shown_key().fingerprint; }
void SshSession::close(const std::string& why) { link_->die(why); }

std::string SshSession::as_root(std::string_view script) const {
  return "exec sudo -n /bin/sh -c " + core::shell_quote(script);
}

awaitable<ExecResult> SshSession::exec(std::string command, ExecOptions options) {
  if (link_->dead) link_->fail();
  Command running(link_, std::move(options));
  co_return co_await running.run(command);
}

}  // namespace transports
