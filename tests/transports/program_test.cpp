// Programs that are sent to a real sshd's host, run there once, and leave nothing.
#include <sys/mount.h>

#include <random>

#include "tests/transports/sshd.hpp"
#include "transports/ssh/ssh_program.hpp"

using namespace testing_ssh;
using transports::ProgramEnd;

namespace {

class Programs : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    fs::create_directory(dir + "/run");
    fs::create_directory(dir + "/tree");
    std::ofstream(dir + "/tree/snapshot") << "of an hour ago";
  }
  // A shell script stands for the program: it is executed in the same way.
  transports::ProgramRequest order(const std::string& script) {
    std::ofstream(dir + "/program", std::ios::binary) << "#!/bin/sh\n" << script;
    sh("gzip -c " + dir + "/program > " + dir + "/packed && sha256sum < " + dir + "/program > " +
       dir + "/digest && uname -m > " + dir + "/machine");
    transports::ProgramRequest order;
    std::ifstream packed(dir + "/packed", std::ios::binary);
    order.packed.assign(std::istreambuf_iterator<char>(packed), {});
    std::ifstream(dir + "/digest") >> order.sha256;
    std::ifstream(dir + "/machine") >> order.machine;
    order.argument = dir + "/tree";
    order.timeout_ms = 60'000;
    order.places = {dir + "/run"};
    return order;
  }
  ProgramEnd run_it(transports::Shell& shell, transports::ProgramRequest what) {
    transports::ProgramHooks hooks;
    hooks.on_sent = [this](std::uint64_t bytes) { sent = bytes; };
    hooks.on_line = [this](std::string_view line) {
      lines.emplace_back(line);
      if (on_line) on_line();
    };
    return run(transports::run_program(shell, std::move(what), std::move(hooks)));
  }
  bool nothing_is_left() const { return fs::is_empty(dir + "/run"); }

  std::vector<std::string> lines;
  std::function<void()> on_line;
  std::uint64_t sent = 0;
};

}  // namespace

TEST_F(Programs, OneRunsAsRootInAFolderOfItsOwnAndNothingOfItStays) {
  const auto session = connect();
  const ProgramEnd end = run_it(*session, order("id -u\n"
                                                "stat -c '%a %U' \"$(dirname \"$0\")\" \"$0\"\n"
                                                "cat \"$1/snapshot\"; echo\n"
                                                "wc -c\n"  // of its stdin
                                                "nice\n"
                                                "echo some words >&2; exit 7\n"));
  EXPECT_EQ(end.how, ProgramEnd::How::ended);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_TRUE(end.words.ends_with("some words\n")) << end.words;
  EXPECT_EQ(lines,
            (std::vector<std::string>{"0", "700 root", "700 root", "of an hour ago", "0", "19"}));
  EXPECT_TRUE(nothing_is_left());
  EXPECT_GT(sent, 0u);
}

TEST_F(Programs, TheArgumentIsOneWordWhateverIsInIt) {
  const auto session = connect();
  auto what = order("printf '%s\\n' \"$#\" \"$1\"\n");
  what.argument = "/a dir'; touch " + dir + "/tree/broken; echo '$(id) \"`";
  run_it(*session, what);
  EXPECT_EQ(lines, (std::vector<std::string>{"1", what.argument}));
  EXPECT_FALSE(fs::exists(dir + "/tree/broken"));
}

TEST_F(Programs, AnotherKindOfMachineIsToldBeforeAByteOfItIsSent) {
  const auto session = connect();
  auto what = order("echo it ran\n");
  const std::string here = std::exchange(what.machine, "s390x");
  const ProgramEnd end = run_it(*session, what);
  EXPECT_EQ(end.how, ProgramEnd::How::other_machine);
  EXPECT_EQ(end.words, here);
  EXPECT_EQ(sent, 0u);
  EXPECT_TRUE(lines.empty());
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Programs, WhereNothingMayBeExecutedTheNextPlaceIsTakenOrItIsSaid) {
  const std::string closed = dir + "/closed";
  fs::create_directory(closed);
  ASSERT_EQ(::mount("tmpfs", closed.c_str(), "tmpfs", MS_NOEXEC, "size=1m"), 0);
  const auto session = connect();
  auto what = order("dirname \"$0\"\n");
  what.places = {dir + "/nowhere", closed, dir + "/run"};
  EXPECT_EQ(run_it(*session, what).how, ProgramEnd::How::ended);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(dir + "/run/")) << lines[0];
  what.places = {dir + "/nowhere", closed};
  EXPECT_EQ(run_it(*session, what).how, ProgramEnd::How::no_place);
  EXPECT_TRUE(fs::is_empty(closed));
  EXPECT_EQ(::umount(closed.c_str()), 0);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Programs, OneThatArrivesOtherwiseThanItWasSentIsNotRun) {
  const auto session = connect();
  auto what = order("echo it ran\n");
  what.sha256.front() = what.sha256.front() == '0' ? '1' : '0';
  EXPECT_EQ(run_it(*session, what).how, ProgramEnd::How::not_arrived);
  what = order("echo it ran\n");
  what.packed[what.packed.size() / 2] ^= 1;
  EXPECT_EQ(run_it(*session, what).how, ProgramEnd::How::not_arrived);
  EXPECT_TRUE(lines.empty());
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Programs, OneThatDoesNotEndInItsTimeIsEnded) {
  const auto session = connect();
  auto what = order("echo $$; exec sleep 1000\n");
  what.timeout_ms = 1'000;
  EXPECT_EQ(run_it(*session, what).how, ProgramEnd::How::out_of_time);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(::kill(std::stoi(lines[0]), 0), 0);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Programs, ALineWithoutAnEndCostsNoMoreMemoryThanALongOne) {
  const auto session = connect();
  const ProgramEnd end = run_it(
      *session, order("echo before; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo after\n"));
  EXPECT_TRUE(end.too_long);
  EXPECT_EQ(lines, (std::vector<std::string>{"before", "after"}));
}

TEST_F(Programs, ACutWithinItsWayLeavesNothing) {
  // So much that cannot be packed that the link breaks within it.
  std::mt19937_64 dice(7);
  std::string ballast = ": ";
  for (int i = 0; i < 300'000; ++i) ballast += std::to_string(dice());
  Relay relay(port);
  transports::SshTarget to = target();
  to.settings.port = static_cast<std::uint16_t>(relay.port());
  sh("sed -i 's/^\\[[^ ]*/[127.0.0.1]:" + std::to_string(relay.port()) + "/' " + dir + "/known");
  const auto session = run(transports::SshSession::connect(io, to));
  relay.cut_after(relay.bytes_to_server() + 1'000'000);
  EXPECT_THROW(run_it(*session, order(ballast + "\necho it ran\n")), transports::LinkFailure);
  EXPECT_GT(sent, 100'000u);
  EXPECT_TRUE(lines.empty());
  EXPECT_TRUE(eventually([&] { return nothing_is_left(); }));
}

TEST_F(Programs, ACutWhileItRunsEndsItAndLeavesNothing) {
  const auto session = connect();
  on_line = [&] { session->close("cut"); };
  EXPECT_THROW(run_it(*session, order("while echo $$; do sleep 0.02; done\n")),
               transports::LinkFailure);
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(eventually([&] { return ::kill(std::stoi(lines[0]), 0) != 0; }));
  EXPECT_TRUE(eventually([&] { return nothing_is_left(); }));
}

// The host does not notice that nobody is there any more: then it goes with its own end.
TEST_F(Programs, ALinkThatDiesWithoutAWordLeavesNothingOnceTheProgramHasEnded) {
  Relay relay(port);
  transports::SshTarget to = target();
  to.settings.port = static_cast<std::uint16_t>(relay.port());
  sh("sed -i 's/^\\[[^ ]*/[127.0.0.1]:" + std::to_string(relay.port()) + "/' " + dir + "/known");
  const auto session = run(transports::SshSession::connect(io, to));
  on_line = [&] { relay.swallow(); };
  EXPECT_THROW(run_it(*session, order("while [ ! -e \"$1/end\" ]; do echo $$; sleep 0.02; done\n")),
               transports::LinkFailure);
  EXPECT_FALSE(nothing_is_left());
  std::ofstream(dir + "/tree/end") << "now";
  EXPECT_TRUE(eventually([&] { return nothing_is_left(); }));
}
