// A memfd for the input, a pipe for the output and a pidfd for the end; see the
// header.
#include "tools/restorectl/hooks/hook_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "core/text.hpp"
#include "tools/restorectl/state/child.hpp"
#include "tools/restorectl/state/descriptor.hpp"

namespace restorectl {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputMax = 4'096;
constexpr int kLookMs = 100;              // how soon a stop is seen
constexpr std::int64_t kGraceMs = 2'000;  // between SIGTERM and SIGKILL

// A file without a name: a command that does not read its input holds up nobody.
int input_of(const std::string& text) {
  const int fd = ::memfd_create("fact", MFD_CLOEXEC);
  for (std::size_t at = 0; fd >= 0 && at < text.size();) {
    const ssize_t put = ::write(fd, text.data() + at, text.size() - at);
    if (put <= 0) break;
    at += static_cast<std::size_t>(put);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

void drain(int from, std::string* output) {
  std::array<char, 4'096> buffer;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got <= 0) return;
    output->append(buffer.data(), std::min(static_cast<std::size_t>(got),
                                           kOutputMax - std::min(kOutputMax, output->size())));
  }
}

// Waits until the process has ended, for so long. Reads what it prints meanwhile.
bool ended(int process, int output, std::int64_t most_ms, const std::stop_token& stop,
           std::string* text) {
  const auto until = Clock::now() + std::chrono::milliseconds(most_ms);
  bool open = true;
  for (;;) {
    pollfd wanted[] = {{process, POLLIN, 0}, {open ? output : -1, POLLIN, 0}};
    ::poll(wanted, 2, kLookMs);
    if (wanted[1].revents != 0) {
      drain(output, text);
      if ((wanted[1].revents & POLLIN) == 0) open = false;  // everybody who could print is gone
    }
    if (wanted[0].revents != 0) return true;
    if (stop.stop_requested() || Clock::now() >= until) return false;
  }
}

}  // namespace

HookEnd run_hook(const HookCall& call, const std::stop_token& stop) {
  HookEnd end;
  const auto began = Clock::now();
  const Descriptor input(input_of(call.input));
  int pipe[2] = {-1, -1};
  if (input.get() < 0 || ::pipe2(pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    end.why = std::strerror(errno);
    return end;
  }
  const Descriptor from(pipe[0]);
  Descriptor to(pipe[1]);
  ::fcntl(to.get(), F_SETFL, 0);  // the command's end is an ordinary one
  pid_t pid = 0;
  const int failed = start_child({"/bin/sh",
                                  {"sh", "-c", call.command},
                                  environment_with(call.environment),
                                  input.get(),
                                  to.get(),
                                  to.get(),
                                  Child::Place::own_group},
                                 &pid);
  if (failed != 0) {
    end.why = fmt::format("cannot start /bin/sh: {}", std::strerror(failed));
    return end;
  }
  to.reset();
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const bool in_time = ended(process.get(), from.get(), call.limit_ms, stop, &end.output);
  if (!in_time) {
    ::kill(-pid, SIGTERM);
    ended(process.get(), from.get(), stop.stop_requested() ? 0 : kGraceMs, {}, &end.output);
  }
  ::kill(-pid, SIGKILL);  // what it left behind in its group; the group's number is still its own
  int status = 0;
  ::waitpid(pid, &status, 0);
  drain(from.get(), &end.output);
  end.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
  if (!in_time) {
    end.why = stop.stop_requested()
                  ? "the delivery was stopped"
                  : fmt::format("timed out after {}", core::duration_words(call.limit_ms));
  } else if (WIFSIGNALED(status)) {
    end.why = fmt::format("signal {}", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    end.why = fmt::format("exit {}", WEXITSTATUS(status));
  }
  end.succeeded = end.why.empty();
  return end;
}

}  // namespace restorectl
