// Who answers at a host's address, and why it booted: with sessions that answer as a test says, and
// with the real script and a journal of our own.
#include "transports/host_gate.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <filesystem>
#include <fstream>

#include "transports/host/local_shell.hpp"

namespace asio = boost::asio;
namespace fs = std::filesystem;
using transports::awaitable;

namespace {

// Answers each command with the next of its answers; "" is none within the command's time.
struct Answers final : transports::Shell {
  awaitable<transports::ExecResult> exec(std::string, transports::ExecOptions options) override {
    transports::ExecResult result;
    result.exit_code = 0;
    result.out = next.front();
    next.pop_front();
    if (result.out.empty()) throw transports::ExecTimeout(options.timeout_ms, "host-a");
    if (result.out == "cut") throw transports::LinkFailure(false, "the link broke");
    co_return result;
  }
  std::string as_root(std::string_view script) const override { return std::string(script); }
  bool alive() const override { return true; }
  void close(const std::string&) override {}

  std::deque<std::string> next;
};

class Gate : public ::testing::Test {
 protected:
  // What is told of the host when its session answers so; nothing where nothing is new.
  std::optional<core::HostReached> told(std::deque<std::string> answers) {
    session.next = std::move(answers);
    reached.reset();
    run(gate.verify_host(host, session, "SHA256:k", 10'000));
    EXPECT_TRUE(session.next.empty()) << "it was not asked";
    return reached;
  }
  template <class T>
  T run(awaitable<T> work) {
    auto future = asio::co_spawn(io, std::move(work), asio::use_future);
    io.restart();
    io.run();
    return future.get();
  }

  asio::io_context io{1};
  const core::Host host{"host-a", "192.0.2.1", "host-a", {}};
  Answers session;
  std::optional<core::HostReached> reached;
  transports::HostGate gate{std::nullopt, {}, [this](core::FactBody fact) {
                              reached = std::get<core::HostReached>(fact);
                            }};
};

const std::string kFirstBoot = "machine_id=m\nboot_id=b1\n";
const std::string kNextBoot = "machine_id=m\nboot_id=b2\n";

}  // namespace

TEST_F(Gate, AHostThatWasBootedAnewIsAskedWhoWantedThatAndNoOtherIs) {
  EXPECT_EQ(told({kFirstBoot})->boot_cause, "") << "the first contact";
  EXPECT_FALSE(told({kFirstBoot}).has_value()) << "the same boot";
  const auto again = told({kNextBoot, "Node will reboot into config rendered-1\nmore\n"});
  EXPECT_EQ(again->boot_id, "b2");
  EXPECT_EQ(again->boot_cause,
            "the machine-config daemon: Node will reboot into config rendered-1");
}

TEST_F(Gate, ACauseThatCannotBeReadIsNoneAndTheHostIsReachedAllTheSame) {
  told({kFirstBoot});
  EXPECT_EQ(told({kNextBoot, ""})->boot_cause, "") << "it took too long";
  EXPECT_EQ(told({kFirstBoot, "cut"})->boot_cause, "") << "whoever goes on notices";
  EXPECT_EQ(told({kNextBoot, "\n"})->boot_cause, "");
  EXPECT_EQ(told({kFirstBoot, "a\377b"})->boot_cause,
            "the machine-config daemon: a\xEF\xBF\xBD"
            "b");
}

// By a journal that has lines of everybody, newest first, as `journalctl -r` prints it.
TEST_F(Gate, TheDaemonsLastWordsOfTheBootBeforeAreFoundInTheJournal) {
  char name[] = "/tmp/restorectl-gate-XXXXXX";
  const std::string dir = ::mkdtemp(name);
  const auto journal = [&](const std::string& body) {
    std::ofstream(dir + "/journalctl") << "#!/bin/sh\n" << body << "\n";
    fs::permissions(dir + "/journalctl", fs::perms::owner_all);
  };
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (dir + ":" + path).c_str(), 1);
  transports::LocalShell shell(io);
  journal(
      "echo \"$*\" > " + dir +
      "/asked\ncat <<'END'\nStopped target Network.\n"
      "machine-config-daemon[1234]: initiating reboot: Node will reboot into config rendered-2\n"
      "machine-config-daemon[1200]: initiating reboot: Node will reboot into config rendered-1\n"
      "END");
  EXPECT_EQ(run(transports::boot_cause(shell)),
            "the machine-config daemon: Node will reboot into config rendered-2");
  std::string asked;
  std::ifstream notes(dir + "/asked");
  std::getline(notes, asked);
  EXPECT_NE(asked.find("-b -1 -r"), std::string::npos) << asked;
  journal("echo Stopped target Network.");
  EXPECT_EQ(run(transports::boot_cause(shell)), "");
  journal("echo no persistent journal >&2; exit 1");
  EXPECT_EQ(run(transports::boot_cause(shell)), "");
  ::setenv("PATH", path.c_str(), 1);
  fs::remove_all(dir);
}
