// Hosts that answer late while they let us in: who is given more time, and who is not. With a real
// sshd that is stopped, or behind a relay that is silent.
#include "transports/connect_patience.hpp"

#include "tests/transports/sshd.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "transports/interpreter.hpp"

using namespace testing_ssh;
using transports::ConnectPatience;
using transports::LinkFailure;
using transports::SshSession;

TEST(ConnectPatience, AnAttemptThatWasCutShortMakesTheNextOneTwiceAsLongUpToEightTimes) {
  ConnectPatience patience(10'000, 600'000);
  EXPECT_EQ(patience.limit_ms("a"), 10'000);
  for (const std::int64_t next_ms : {20'000, 40'000, 80'000, 80'000})
    EXPECT_EQ(patience.cut_short("a", patience.limit_ms("a")), next_ms);
  EXPECT_EQ(patience.limit_ms("a"), 80'000);
  EXPECT_EQ(patience.limit_ms("b"), 10'000) << "each host has its own";
}

TEST(ConnectPatience, ASuccessHalvesItDownToTheTimeOut) {
  ConnectPatience patience(10'000, 600'000);
  patience.cut_short("a", 10'000);
  patience.cut_short("a", 20'000);
  for (const std::int64_t next_ms : {20'000, 10'000, 10'000}) {
    patience.connected("a", patience.limit_ms("a"));
    EXPECT_EQ(patience.limit_ms("a"), next_ms);
  }
}

TEST(ConnectPatience, AttemptsSideBySideCountAsOne) {
  ConnectPatience patience(10'000, 600'000);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(patience.cut_short("a", 10'000), 20'000);
}

// Else a run that rehearses with a patience of a minute would hang in one attempt for longer.
TEST(ConnectPatience, AnAttemptEndsWithinThePatienceForALostLink) {
  ConnectPatience patience(10'000, 60'000);
  EXPECT_EQ(patience.cut_short("a", 10'000), 15'000);
  EXPECT_EQ(patience.cut_short("a", 15'000), 15'000);
  ConnectPatience none(10'000, 5'000);
  EXPECT_EQ(none.cut_short("a", 10'000), 10'000) << "never less than the time-out";
}

namespace {

class SlowHost : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    relay = std::make_unique<Relay>(port);
    know_at(relay->port());
  }
  transports::SshTarget relayed() const {
    transports::SshTarget to = target();
    to.settings.port = static_cast<std::uint16_t>(relay->port());
    return to;
  }
  // Whether the attempt failed, and by our own patience.
  std::optional<bool> cut_short(transports::SshTarget to) {
    try {
      run(SshSession::connect(io, std::move(to)));
    } catch (const LinkFailure& failure) {
      return failure.cut_short;
    }
    return std::nullopt;
  }
  // The message of a lost link, or what else came of a look.
  std::string look(transports::Interpreter& interpreter, const std::string& script) {
    fact.reset();
    interpreter.start(
        core::Look{"host-a", "a-step", "host-a", script, false, 10, 0, clock.now_ms() + 60'000});
    io.restart();
    while (!fact && io.run_one() > 0) {
    }
    const auto* lost = fact ? std::get_if<core::LinkLost>(&*fact) : nullptr;
    return lost != nullptr ? lost->message : std::string(core::tag_of(*fact));
  }
  std::unique_ptr<transports::Interpreter> interpreter(std::int64_t connect_timeout_ms) {
    core::RunStarted started;
    started.run_id = "run1";
    started.inventory.cluster = "lab";
    started.inventory.recovery_host = "host-a";
    started.inventory.hosts = {{"host-a", "127.0.0.1", "host-a", {}}};
    started.inventory.ssh = relayed().settings;
    started.inventory.ssh.connect_timeout_ms = connect_timeout_ms;
    return std::make_unique<transports::Interpreter>(
        io, clock, started, dir + "/local-jobs", transports::Driving{},
        [this](core::FactBody body) {
          if (!std::holds_alternative<core::HostReached>(body)) fact = std::move(body);
        },
        [](const core::AskOperator&, const std::function<void(core::FactBody)>&) {},
        transports::InterpreterHooks{});
  }

  std::unique_ptr<Relay> relay;
  restorectl::SystemClock clock;
  std::optional<core::FactBody> fact;
};

}  // namespace

TEST_F(SlowHost, AnSshdThatIsStoppedIsGivenUpByOurPatienceAndOneThatRefusesIsNot) {
  transports::SshTarget to = target();
  to.answer_ms = 300;
  ::kill(pid, SIGSTOP);
  EXPECT_EQ(cut_short(to), true);
  ::kill(pid, SIGCONT);
  write("authorized", "");
  EXPECT_EQ(cut_short(target()), false) << "no key is accepted";
  write_known_hosts(dir + "/id.pub");
  EXPECT_EQ(cut_short(target()), false) << "another host key";
  stop();
  EXPECT_EQ(cut_short(target()), false) << "the port is closed";
  EXPECT_EQ(cut_short(relayed()), false) << "it hangs up at once";
}

// With a link that is up, six seconds would be enough; and a request that every SSH server answers
// makes it hang up while keys are exchanged.
TEST_F(SlowHost, OneThatIsSilentForSevenSecondsWhileItLetsUsInMayBeSoAgain) {
  transports::SshTarget to = relayed();
  to.answer_ms = 60'000;
  relay->be_silent_for(std::chrono::seconds(7));
  const auto session = run(SshSession::connect(io, to));
  relay->be_silent_for(std::chrono::seconds(7));
  EXPECT_EQ(exec(*session, "echo here").out, "here\n");
}

TEST_F(SlowHost, EachAttemptThatWeCutShortIsFollowedByALongerOneAndSaysSo) {
  const auto arms = interpreter(500);
  const auto expect = [&](const std::string& message, const char* within, const char* next) {
    EXPECT_NE(message.find("within " + std::string(within)), std::string::npos) << message;
    EXPECT_NE(message.find("the next attempt waits for an answer for " + std::string(next)),
              std::string::npos)
        << message;
  };
  relay->be_silent_for(std::chrono::hours(1));
  const auto began = std::chrono::steady_clock::now();
  expect(look(*arms, "true"), "500 ms", "1 s");
  expect(look(*arms, "true"), "1000 ms", "2 s");
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1'500));
  relay->be_silent_for({});
  stop();
  EXPECT_EQ(look(*arms, "true").find("the next attempt"), std::string::npos);
  start();
  // Two seconds this time; its success halves them.
  EXPECT_EQ(look(*arms, "true"), "observed");
  look(*arms, "kill -9 $(ps -o ppid= -p $PPID)");
  relay->be_silent_for(std::chrono::hours(1));
  expect(look(*arms, "true"), "1000 ms", "2 s");
}
