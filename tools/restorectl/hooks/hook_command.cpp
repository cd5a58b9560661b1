// posix_spawn, a memfd for the input, a pipe for the output and a pidfd for the end; see the
// header.
#include "tools/restorectl/hooks/hook_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "core/text.hpp"

extern char** environ;

namespace restorectl {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputMax = 4'096;
constexpr int kLookMs = 100;              // how soon a stop is seen
constexpr std::int64_t kGraceMs = 2'000;  // between SIGTERM and SIGKILL

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset() { ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

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

std::vector<std::string> environment_of(const HookCall& call) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  for (const auto& [name, value] : call.environment) {
    const std::string head = name + "=";
    std::erase_if(all, [&head](const std::string& one) { return one.starts_with(head); });
    all.push_back(head + value);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Returns an errno, 0 where it runs.
int spawn(const HookCall& call, int input, int output, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  std::vector<std::string> words = {"sh", "-c", call.command};
  std::vector<std::string> environment = environment_of(call);
  const int failed = ::posix_spawn(pid, "/bin/sh", &actions, &attributes, pointers(words).data(),
                                   pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed;
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
  if (const int failed = spawn(call, input.get(), to.get(), &pid); failed != 0) {
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
                  : fmt::format("no end within {}", core::duration_words(call.limit_ms));
  } else if (WIFSIGNALED(status)) {
    end.why = fmt::format("signal {}", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    end.why = fmt::format("exit {}", WEXITSTATUS(status));
  }
  end.succeeded = end.why.empty();
  return end;
}

}  // namespace restorectl
