// The interpreter's arms against a real sshd: each effect has one outcome, in its own lane.
#include "transports/interpreter.hpp"

#include "tests/transports/sshd.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "transports/ssh/chunk_digests.hpp"

using namespace testing_ssh;

namespace {

class Arms : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    run_started.run_id = "run1";
    run_started.inventory.cluster = "lab";
    run_started.inventory.recovery_host = "host-a";
    run_started.inventory.hosts = {{"host-a", "127.0.0.1", "host-a", {}}};
    run_started.inventory.ssh = target().settings;
    run_started.inventory.ssh.connect_timeout_ms = 2'000;
    make({});
  }
  void make(transports::Driving driving) {
    interpreter = std::make_unique<transports::Interpreter>(
        io, clock, run_started, dir + "/local-jobs", std::move(driving),
        [this](core::FactBody fact) {
          if (on_fact) on_fact(fact);
          facts.push_back(std::move(fact));
        },
        [](const core::AskOperator& question, std::function<void(core::FactBody)> answer) {
          answer(core::Confirmed{"tester", question.expected});
        },
        transports::InterpreterHooks{});
  }
  void TearDown() override {
    interpreter.reset();
    Sshd::TearDown();
  }
  // Performs an effect and returns its outcome.
  core::FactBody perform(const core::Effect& effect) {
    facts.clear();
    interpreter->start(effect);
    EXPECT_TRUE(facts.empty()) << "an outcome came from within start()";
    io.restart();
    const auto is_outcome = [](const core::FactBody& fact) {
      return !std::holds_alternative<core::JobProgressed>(fact) &&
             !std::holds_alternative<core::ChunkConfirmed>(fact) &&
             !std::holds_alternative<core::HostReached>(fact);
    };
    while ((facts.empty() || !is_outcome(facts.back())) && io.run_one() > 0) {
    }
    EXPECT_FALSE(facts.empty());
    return facts.empty() ? core::FactBody{} : facts.back();
  }
  std::int64_t soon(std::int64_t ms = 10'000) const { return clock.now_ms() + ms; }
  core::Look look(const std::string& script) const {
    return {"host-a", "a-step", "host-a", script, false, 10, 0, soon()};
  }

  restorectl::SystemClock clock;
  core::RunStarted run_started;
  std::unique_ptr<transports::Interpreter> interpreter;
  std::vector<core::FactBody> facts;
  std::function<void(const core::FactBody&)> on_fact;
};

}  // namespace

TEST_F(Arms, ALookTellsWhatItSawAndMakesItValidText) {
  const auto seen =
      std::get<core::Observed>(perform(look("printf 'a\\377b'; echo oops >&2; exit 4")));
  EXPECT_EQ(seen.host, "host-a");
  EXPECT_EQ(seen.step, "a-step");
  EXPECT_EQ(seen.exit_code, 4);
  EXPECT_EQ(seen.out,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_TRUE(seen.err.ends_with("oops\n")) << seen.err;  // before it, sudo may warn
}

TEST_F(Arms, ALookForAChangeWaitsUntilThereIsOne) {
  perform(look("cat " + dir + "/state 2>/dev/null; exit 0"));
  core::Look again = look("cat " + dir + "/state 2>/dev/null; n=$(cat " + dir +
                          "/n 2>/dev/null || echo 0); echo $((n+1)) > " + dir +
                          "/n; [ $n -lt 3 ] || echo changed > " + dir + "/state; exit 0");
  again.changed_only = true;
  EXPECT_EQ(std::get<core::Observed>(perform(again)).out, "changed\n");
}

TEST_F(Arms, ALookPastItsDeadlineExpires) {
  perform(look("true"));
  core::Look again = look("true");
  again.changed_only = true;
  again.deadline_ms = soon(100);
  const auto expired = std::get<core::Expired>(perform(again));
  EXPECT_EQ(expired.step, "a-step");
}

TEST_F(Arms, ALookAtItsRecheckTimeTellsEvenWhatDidNotChange) {
  perform(look("echo same"));
  core::Look again = look("echo same");
  again.changed_only = true;
  again.recheck_ms = soon(100);
  EXPECT_EQ(std::get<core::Observed>(perform(again)).out, "same\n");
}

TEST_F(Arms, ACopyTrustsWhatWasConfirmedOnlyWithinTheSessionThatLooked) {
  const std::string target = dir + "/target";
  std::ofstream(dir + "/snapshot.db") << "the backup";
  run_started.backup = {
      dir,
      {{"snapshot.db", std::string(64, '0'), 10, transports::chunk_digests(dir + "/snapshot.db")}}};
  make({});
  const auto copy_onto = [&](const std::string& part) {
    fs::remove(target + "/snapshot.db");
    std::ofstream(target + "/.snapshot.db.part") << part;
    const auto ended = std::get<core::CopyEnded>(perform(core::CopyBackup{
        "host-a", "a-step", "host-a", target, soon(), {{"snapshot.db", {{0, 0}}}}}));
    EXPECT_TRUE(ended.succeeded) << ended.message;
    return ended.sent_bytes;
  };
  fs::create_directory(target);
  EXPECT_EQ(copy_onto("torn......"), 10u) << "no session has looked";
  EXPECT_EQ(copy_onto("the backup"), 0u);
  std::ifstream arrived(target + "/snapshot.db");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(arrived), {}), "the backup");
}

TEST_F(Arms, ACopyOfABackupOnTheHostItselfIsMadeThereAndTheWorkstationNeedsNoFile) {
  fs::create_directory(dir + "/there");
  std::ofstream(dir + "/there/snapshot.db") << "the backup";
  sh("sha256sum < " + dir + "/there/snapshot.db > " + dir + "/digest");
  std::string digest;
  std::ifstream(dir + "/digest") >> digest;
  const auto copy_from = [&](const std::string& directory) {
    run_started.backup = {directory, {{"snapshot.db", digest, 10}}};
    make({});
    return std::get<core::CopyEnded>(
        perform(core::CopyBackup{"host-a", "a-step", "host-a", dir + "/target", soon(), {}}));
  };
  EXPECT_FALSE(copy_from("host-b:" + dir + "/there").succeeded) << "of another host";
  EXPECT_FALSE(copy_from("host-a:" + dir + "/elsewhere").succeeded);
  EXPECT_FALSE(fs::exists(dir + "/target/snapshot.db"));
  const core::CopyEnded ended = copy_from("host-a:" + dir + "/there");
  EXPECT_TRUE(ended.succeeded) << ended.message;
  EXPECT_EQ(ended.sent_bytes, 0u);
  EXPECT_EQ(ended.message, dir + "/there/snapshot.db");
  EXPECT_EQ(fs::file_size(dir + "/target/snapshot.db"), 10u);
}

TEST_F(Arms, EveryLossOfALinkIsToldInTheLaneOfItsEffect) {
  stop();
  const auto lost = std::get<core::LinkLost>(perform(look("true")));
  EXPECT_EQ(lost.host, "host-a");
  EXPECT_EQ(lost.step, "a-step");
  EXPECT_FALSE(lost.permanent);
  EXPECT_NE(lost.message.find("cannot reach host-a"), std::string::npos) << lost.message;
}

TEST_F(Arms, WhoAnswersIsToldOnceAndAnotherMachineAtTheAddressEndsIt) {
  perform(look("true"));
  ASSERT_EQ(facts.size(), 2u);
  const auto reached = std::get<core::HostReached>(facts[0]);
  EXPECT_EQ(reached.host, "host-a");
  EXPECT_EQ(reached.machine_id.size(), 32u);
  EXPECT_TRUE(reached.host_key.starts_with("SHA256:")) << reached.host_key;
  perform(look("true"));
  EXPECT_EQ(facts.size(), 1u);

  const auto with = [&](transports::HostIdentity known) {
    transports::Driving driving;
    driving.known["host-a"] = std::move(known);
    make(std::move(driving));
    return perform(look("true"));
  };
  const transports::HostIdentity same{reached.machine_id, reached.boot_id, reached.host_key};
  transports::HostIdentity other = same;
  EXPECT_TRUE(std::holds_alternative<core::Observed>(with(same)));
  EXPECT_EQ(facts.size(), 1u) << "nothing is new";
  other.boot_id = "another-boot";
  EXPECT_TRUE(std::holds_alternative<core::Observed>(with(other)));
  EXPECT_EQ(facts.size(), 2u) << "a reboot is told, and no harm";
  other.machine_id = std::string(32, '0');
  EXPECT_TRUE(std::get<core::LinkLost>(with(other)).permanent);
  other = same;
  other.host_key = "SHA256:another";
  const auto refused = std::get<core::LinkLost>(with(other));
  EXPECT_TRUE(refused.permanent);
  EXPECT_NE(refused.message.find("host key"), std::string::npos) << refused.message;
}

TEST_F(Arms, AnEndWithoutACodeIsALostLinkAndNotSuccess) {
  const auto lost = std::get<core::LinkLost>(perform(look("kill -9 $PPID")));
  EXPECT_EQ(lost.step, "a-step");
}

TEST_F(Arms, AHostThatIsBackIsSpokenToAgain) {
  perform(look("true"));
  stop();
  core::FactBody fact = perform(look("kill -9 $(ps -o ppid= -p $PPID)"));
  EXPECT_TRUE(std::holds_alternative<core::LinkLost>(fact));
  start();
  // The first look may be the one that finds the old connection dead.
  std::string last;
  EXPECT_TRUE(eventually([&] {
    const core::FactBody again = perform(look("true"));
    if (const auto* lost = std::get_if<core::LinkLost>(&again)) last = lost->message;
    return std::holds_alternative<core::Observed>(again);
  })) << last;
}

TEST_F(Arms, AWaitTicksAndAQuestionIsAnswered) {
  EXPECT_TRUE(
      std::holds_alternative<core::Ticked>(perform(core::Wait{"host-a", "a-step", soon(20)})));
  EXPECT_EQ(std::get<core::Confirmed>(perform(core::AskOperator{"?", "lab"})).typed, "lab");
}

TEST_F(Arms, TheWorkstationsJobsTellTheirLinesOneByOne) {
  const core::RunJob job{"host-a", "a-step", "workstation", "j1", "echo one; echo two; exit 3",
                         soon()};
  const auto ended = std::get<core::JobEnded>(perform(job));
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.tail, "one\ntwo\n");
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(std::get<core::JobProgressed>(facts[0]).line, "one");
  EXPECT_EQ(std::get<core::JobProgressed>(facts[0]).offset, 4u);
  EXPECT_EQ(std::get<core::JobProgressed>(facts[1]).offset, 8u);
  const auto settled =
      std::get<core::JobEnded>(perform(core::SettleJob{"host-a", "a-step", "workstation", "j1"}));
  EXPECT_EQ(settled.exit_code, 3);
}

TEST_F(Arms, TwoLanesOnOneHostOpenOneConnection) {
  // Of sudo, the parent is sshd's process for the connection.
  core::Look one = look("ps -o ppid= -p $PPID");
  core::Look other = one;
  other.step = "another-step";
  interpreter->start(one);
  interpreter->start(other);
  std::vector<core::Observed> seen;
  while (seen.size() < 2 && io.run_one() > 0) {
    seen.clear();
    for (const core::FactBody& fact : facts)
      if (const auto* of = std::get_if<core::Observed>(&fact)) seen.push_back(*of);
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NE(seen[0].out, "");
  EXPECT_EQ(seen[0].out, seen[1].out);
}

// The run ends with that error and with nothing else: it is no outcome of the effect.
TEST_F(Arms, AJournalThatCannotBeWrittenInTheMidstOfAnEffectEndsTheLoop) {
  std::ofstream(dir + "/snapshot.db") << "the backup";
  run_started.backup = {
      dir,
      {{"snapshot.db", std::string(64, '0'), 10, transports::chunk_digests(dir + "/snapshot.db")}}};
  make({});
  int lines = 0;
  on_fact = [&](const core::FactBody& fact) {
    const bool full = std::holds_alternative<core::ChunkConfirmed>(fact) ||
                      (std::holds_alternative<core::JobProgressed>(fact) && ++lines == 3);
    if (full) throw core::JournalError("no space left on device");
  };
  const core::Effect effects[] = {
      core::RunJob{"host-a", "a-step", "workstation", "j1", "seq 1000; exec sleep 1", soon()},
      core::CopyBackup{"host-a", "a-step", "host-a", dir + "/target", soon(), {}}};
  for (const core::Effect& effect : effects) {
    facts.clear();
    interpreter->start(effect);
    io.restart();
    EXPECT_THROW(io.run(), core::JournalError);
    for (const core::FactBody& fact : facts)
      EXPECT_FALSE(std::holds_alternative<core::LinkLost>(fact));
  }
  EXPECT_EQ(lines, 3);
  EXPECT_FALSE(fs::exists(dir + "/target/snapshot.db"));
  EXPECT_TRUE(std::holds_alternative<core::Observed>(perform(look("true")))) << "the link stands";
}

// However often its link breaks: the bound is the job's, and what is beyond is counted once.
TEST_F(Arms, LinesBeyondTheBoundAreCountedAndToldAsOneAtTheJobsEnd) {
  // Its numbers are five bytes a line; it goes on once it was cut off and is followed again.
  const std::string wait = "; while [ ! -e " + dir + "/go ]; do sleep 0.05; done; ";
  const core::RunJob job{
      "host-a",   "a-step", "workstation", "j1", "seq 1000 3999" + wait + "seq 4000 4009",
      soon(2'000)};
  EXPECT_TRUE(std::holds_alternative<core::Expired>(perform(job)));
  ASSERT_EQ(facts.size(), 2'001u);
  const auto last = std::get<core::JobProgressed>(facts[1'999]);
  EXPECT_EQ(last.line, "2999");
  std::ofstream(dir + "/go").close();
  const core::FollowJob again{"host-a", "a-step", "workstation", "j1", last.offset, soon()};
  EXPECT_EQ(std::get<core::JobEnded>(perform(again)).exit_code, 0);
  ASSERT_EQ(facts.size(), 2u);
  const auto left_out = std::get<core::JobProgressed>(facts[0]);
  EXPECT_NE(left_out.line.find("1010 more lines"), std::string::npos) << left_out.line;
  EXPECT_EQ(left_out.offset, 3'010u * 5);
}

TEST_F(Arms, NoOutcomeComesAfterCancelAll) {
  interpreter->start(look("true"));
  interpreter->cancel_all();
  io.restart();
  io.run_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(facts.empty());
}
