// A real sshd on loopback for one test, with keys of its own. Invariant: it ends with the fixture,
// by its pid; nothing of the machine's own SSH configuration is read or written.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "core/shell_quote.hpp"
#include "transports/ssh/ssh_session.hpp"

extern char** environ;

namespace testing_ssh {

namespace asio = boost::asio;
namespace fs = std::filesystem;

inline int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

inline void sh(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// Waits for a condition with a deadline, never for a time.
template <class Condition>
bool eventually(Condition condition, int seconds = 10) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class Sshd : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/restorectl-sshd-XXXXXX";
    dir = ::mkdtemp(name);
    port = free_port();
    sh("ssh-keygen -q -t ed25519 -N '' -f " + dir + "/host && ssh-keygen -q -t ed25519 -N '' -f " +
       dir + "/id");
    fs::copy(dir + "/id.pub", dir + "/authorized");
    // A login shell's start-up files would be measured and not we; so HOME is empty.
    std::ofstream(dir + "/config")
        << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << dir
        << "/host\nAuthorizedKeysFile " << dir << "/authorized\nStrictModes no\n"
        << "UsePAM no\nPidFile none\nPasswordAuthentication no\nMaxStartups 500\n"
        << "MaxSessions 100\nSetEnv HOME=" << dir << "\n";
    write_known_hosts(dir + "/host.pub");
    start();
  }
  void TearDown() override {
    stop();
    fs::remove_all(dir);
  }

  void start() {
    fs::create_directories("/run/sshd");
    std::string config = dir + "/config";
    const char* argv[] = {"/usr/sbin/sshd", "-D", "-q", "-f", config.c_str(), nullptr};
    ASSERT_EQ(::posix_spawn(&pid, argv[0], nullptr, nullptr, const_cast<char**>(argv), environ), 0);
    ASSERT_TRUE(eventually([&] { return connects(); })) << "sshd does not listen";
  }
  void stop() {
    if (pid <= 0) return;
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
    // A child that was just forked for a connection holds the listening socket for a moment more.
    ASSERT_TRUE(eventually([&] { return !connects(); })) << "somebody still listens";
  }
  bool connects() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
  }
  // "ssh-ed25519 AAAA…", without the comment.
  static std::string key_in(const std::string& public_key) {
    std::string type;
    std::string key;
    std::ifstream(public_key) >> type >> key;
    return type + " " + key;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir + "/" + name) << text;
  }
  // The host's key is known at a relay's port too.
  void know_at(int other_port) const {
    std::ofstream(dir + "/known", std::ios::app)
        << "[127.0.0.1]:" << other_port << " " << key_in(dir + "/host.pub") << "\n";
  }
  std::string filed_as() const { return "[127.0.0.1]:" + std::to_string(port); }
  void write_known_hosts(const std::string& public_key) {
    write("known", filed_as() + " " + key_in(public_key) + "\n");
  }
  // Restarts the server with more lines; the first line of an option wins.
  void restart_with(const std::string& lines) {
    stop();
    std::ofstream(dir + "/config", std::ios::app) << lines << "\n";
    start();
  }
  transports::SshTarget target() const {
    core::SshSettings settings;
    settings.user = "root";
    settings.port = static_cast<std::uint16_t>(port);
    settings.identity_file = dir + "/id";
    settings.known_hosts_file = dir + "/known";
    settings.config_file = "/dev/null";
    settings.connect_timeout_ms = 3'000;
    return {"host-a", "127.0.0.1", settings};
  }
  // A host "m0" whose block of the configuration has these lines, and of which the inventory says
  // nothing but the user.
  transports::SshTarget configured(const std::string& lines) const {
    write("client", "Host m0\n  HostName 127.0.0.1\n  Port " + std::to_string(port) + "\n" + lines);
    transports::SshTarget to = target();
    to.address = "m0";
    to.settings.port = 0;
    to.settings.identity_file.clear();
    to.settings.known_hosts_file.clear();
    to.settings.config_file = dir + "/client";
    return to;
  }

  // Runs a coroutine to its end and returns its value or throws what it threw.
  template <class T>
  T run(transports::awaitable<T> work) {
    io.restart();
    auto future = asio::co_spawn(io, std::move(work), asio::use_future);
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      if (io.run_one() == 0) break;
    }
    return future.get();
  }
  std::shared_ptr<transports::SshSession> connect() {
    return run(transports::SshSession::connect(io, target()));
  }
  transports::ExecResult exec(transports::Shell& shell, const std::string& command) {
    transports::ExecOptions options;
    return run(shell.exec(command, std::move(options)));
  }
  // The words of the failure, and whether it is permanent.
  std::pair<std::string, bool> connect_failure(transports::SshTarget to) {
    try {
      run(transports::SshSession::connect(io, std::move(to)));
    } catch (const transports::LinkFailure& failure) {
      return {failure.what(), failure.permanent};
    }
    return {"it connected", false};
  }

  asio::io_context io{1};
  std::string dir;
  int port = 0;
  pid_t pid = 0;
};

// Forwards bytes between a client and the sshd, and can turn into a black hole: it goes on holding
// both connections but moves nothing, as a link does that died without a word.
class Relay {
 public:
  explicit Relay(int to_port) : to_port_(to_port), port_(free_port()) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(port_);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 8);
    thread_ = std::thread([this] { serve(); });
  }
  ~Relay() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }
  // From now on nothing more is forwarded; with `after`,
  // only once so many more bytes went to the server.
  void swallow() { limit_ = 0; }
  void cut_after(std::int64_t bytes_to_server) { cut_at_ = bytes_to_server; }
  // For so long nothing is forwarded, as by a host that has no processor time; then all of it is.
  void be_silent_for(std::chrono::steady_clock::duration time) {
    silent_until_ = std::chrono::steady_clock::now() + time;
  }
  std::int64_t bytes_to_server() const { return sent_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void serve() {
    while (!ending_) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      const int server = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address = loopback(to_port_);
      if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
        pump(client, server);
      ::close(client);
      ::close(server);
    }
  }
  void pump(int client, int server) {
    char buffer[16'384];
    while (!ending_) {
      fd_set set;
      FD_ZERO(&set);
      FD_SET(client, &set);
      FD_SET(server, &set);
      timeval tick{0, 20'000};
      if (::select(std::max(client, server) + 1, &set, nullptr, nullptr, &tick) <= 0) continue;
      if (limit_ == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      if (std::chrono::steady_clock::now() < silent_until_.load()) {
        // Who gives up is let go, so that the next connection is taken.
        pollfd gone{client, POLLRDHUP, 0};
        if (::poll(&gone, 1, 10) > 0) return;
        continue;
      }
      for (const auto& [from, to] : {std::pair(client, server), std::pair(server, client)}) {
        if (!FD_ISSET(from, &set)) continue;
        ssize_t size = ::recv(from, buffer, sizeof buffer, 0);
        if (size <= 0) return;
        if (from == client) {
          const std::int64_t room =
              cut_at_ < 0 ? size : std::min<std::int64_t>(size, cut_at_ - sent_);
          ::send(to, buffer, static_cast<std::size_t>(std::max<std::int64_t>(0, room)),
                 MSG_NOSIGNAL);
          sent_ += size;
          if (cut_at_ >= 0 && sent_ >= cut_at_) return;  // the link breaks here
        } else {
          ::send(to, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        }
      }
    }
  }

  int to_port_;
  int port_;
  int listener_ = -1;
  std::atomic<bool> ending_{false};
  std::atomic<int> limit_{1};
  std::atomic<std::chrono::steady_clock::time_point> silent_until_{};
  std::atomic<std::int64_t> cut_at_{-1};
  std::atomic<std::int64_t> sent_{0};
  std::thread thread_;
};

}  // namespace testing_ssh
