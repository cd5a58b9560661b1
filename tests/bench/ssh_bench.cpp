// SSH beside its peers, against one sshd on loopback in the same run: a
// command on an open session beside OpenSSH's ControlMaster, and a
// hundred connections beside xargs -P50 ssh. Prints medians and ratios.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "tests/transports/sshd.hpp"

using namespace testing_ssh;
using Clock = std::chrono::steady_clock;

namespace {

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The fixture's machinery, without a test around it.
class Server : public Sshd {
 public:
  void TestBody() override {}
  void begin() { SetUp(); }
  void end() { TearDown(); }

  std::string ssh_options() const {
    return "-q -F /dev/null -p " + std::to_string(port) + " -i " + dir +
           "/id -o IdentitiesOnly=yes -o UserKnownHostsFile=" + dir +
           "/known -o KexAlgorithms=curve25519-sha256 ";
  }

  void one_command() {
    const auto session = connect();
    std::vector<double> ours;
    std::vector<double> theirs;
    const std::string control = "ssh " + ssh_options() + "-S " + dir + "/control ";
    sh(control + "-M -N -f root@127.0.0.1");
    const std::string command = control + "root@127.0.0.1 true";
    for (int i = 0; i < 200; ++i) {
      auto start = Clock::now();
      exec(*session, "true");
      ours.push_back(ms_since(start));
      if (i % 4 != 0) continue;
      start = Clock::now();
      sh(command);
      theirs.push_back(ms_since(start));
    }
    sh(control + "-O exit root@127.0.0.1 2>/dev/null");
    std::printf(
        "command on an open session: %.2f ms (limit 4 ms); ControlMaster %.2f ms; ratio %.2f\n",
        median(ours), median(theirs), median(ours) / median(theirs));
  }

  void hundred_hosts() {
    const auto start = Clock::now();
    std::vector<std::future<void>> asked;
    io.restart();
    for (int i = 0; i < 100; ++i) {
      asked.push_back(asio::co_spawn(
          io,
          [this]() -> transports::awaitable<void> {
            transports::SshTarget to = target();
            to.settings.connect_timeout_ms = 20'000;
            auto session = co_await transports::SshSession::connect(io, std::move(to));
            transports::ExecOptions options;
            std::string command = "true";
            co_await session->exec(std::move(command), std::move(options));
          },
          asio::use_future));
    }
    io.run();
    for (auto& one : asked) one.get();
    const double ours = ms_since(start);
    const auto their_start = Clock::now();
    sh("seq 100 | xargs -P50 -I{} ssh " + ssh_options() + "root@127.0.0.1 true");
    const double theirs = ms_since(their_start);
    std::printf(
        "100 connections asked in one thread: %.0f ms; xargs -P50 ssh %.0f ms; ratio %.2f\n", ours,
        theirs, ours / theirs);
  }
};

}  // namespace

int main() {
  Server server;
  server.begin();
  server.one_command();
  server.hundred_hosts();
  server.end();
  return 0;
}
