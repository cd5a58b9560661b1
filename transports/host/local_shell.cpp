// posix_spawn, two pipes and a pidfd, waited for by Asio; see the header.
#include "transports/host/local_shell.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <system_error>

#include "core/shell_quote.hpp"

extern char** environ;

namespace transports {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  int release(int end) { return std::exchange(ends[end], -1); }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
  }
};

pid_t spawn(const std::string& command, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
  const std::string shell = "/bin/sh";
  const std::string flag = "-c";
  std::array<char*, 4> argv{const_cast<char*>(shell.c_str()), const_cast<char*>(flag.c_str()),
                            const_cast<char*>(command.c_str()), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, "/bin/sh", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw LinkFailure(false, "cannot start /bin/sh on this workstation");
  return pid;
}

awaitable<void> drain(stream_descriptor& from, const std::function<void(std::string_view)>& take) {
  std::array<char, 16'384> buffer;
  for (;;) {
    boost::system::error_code error;
    const std::size_t size = co_await from.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (size > 0) take({buffer.data(), size});
    if (error) co_return;
  }
}

void append(std::string& to, std::string_view bytes, std::size_t max, bool* truncated) {
  const std::size_t room = max - std::min(max, to.size());
  to += bytes.substr(0, room);
  if (truncated != nullptr && bytes.size() > room) *truncated = true;
}

}  // namespace

std::string LocalShell::as_root(std::string_view script) const {
  return "/bin/sh -c " + core::shell_quote(script);
}

awaitable<ExecResult> LocalShell::exec(std::string command, ExecOptions options) {
  using namespace asio::experimental::awaitable_operators;
  Pipe out;
  Pipe err;
  const pid_t pid = spawn(command, out, err);
  out.close_end(1);
  err.close_end(1);
  stream_descriptor from_out(io_, out.release(0));
  stream_descriptor from_err(io_, err.release(0));
  ExecResult result;
  asio::steady_timer timer(io_, std::chrono::milliseconds(options.timeout_ms));
  std::exception_ptr thrown;  // by on_out; the child is still killed and waited for
  const std::function<void(std::string_view)> take_out = [&](std::string_view bytes) {
    if (!options.on_out) {
      append(result.out, bytes, options.out_bytes_max, &result.truncated);
    } else if (!thrown) {
      try {
        options.on_out(bytes);
      } catch (...) {
        thrown = std::current_exception();
        timer.cancel();
      }
    }
  };
  const std::function<void(std::string_view)> take_err = [&](std::string_view bytes) {
    append(result.err, bytes, options.err_bytes_max, nullptr);
  };
  boost::system::error_code late;
  const auto done = co_await ((drain(from_out, take_out) && drain(from_err, take_err)) ||
                              timer.async_wait(asio::redirect_error(asio::use_awaitable, late)));
  if (done.index() == 1) ::kill(pid, SIGKILL);
  // Both ends of output are closed, or the child is killed: it is at its end, and a pidfd makes
  // even that no busy wait.
  stream_descriptor end(io_, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  boost::system::error_code ignored;
  co_await end.async_wait(stream_descriptor::wait_read,
                          asio::redirect_error(asio::use_awaitable, ignored));
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (thrown) std::rethrow_exception(thrown);
  if (done.index() == 1) throw ExecTimeout(options.timeout_ms, "this workstation");
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  co_return result;
}

}  // namespace transports
