// Notes as a user leaves them: with and without a driver, twice, hostile, at every moment of a run.
#include <signal.h>

#include <chrono>
#include <thread>

#include "core/driver.hpp"
#include "core/replay.hpp"
#include "journal/format/record.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/lib/postmortem/history.hpp"
#include "tools/restorectl/run/notes.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace {

class Notes : public Verbs {
 protected:
  void SetUp() override {
    Verbs::SetUp();
    ::setenv("RESTORECTL_STATE_DIR", (dir / "state").c_str(), 1);
    write_run(id, newest_digest());
  }
  void TearDown() override {
    ::unsetenv("RESTORECTL_STATE_DIR");
    Verbs::TearDown();
  }
  std::vector<core::Noted> noted() const {
    std::vector<core::Noted> notes;
    journal::read_mirror(dir / "state/runs" / id / "journal.jsonl",
                         [&](const core::Record& record, std::string_view) {
                           if (const auto* note = std::get_if<core::Noted>(&record.fact.body))
                             notes.push_back(*note);
                         });
    return notes;
  }
  bool inbox_is_empty() const {
    return !fs::exists(dir / "state/runs" / id / "inbox") ||
           fs::is_empty(dir / "state/runs" / id / "inbox");
  }
  const std::string id = "20261123t101500000z-0000aaaa";
};

}  // namespace

TEST_F(Notes, AreAFactOfTheJournalWithTheirEvidence) {
  std::ofstream(dir / "seen") << "kubelet: active\n";
  const Ended note =
      run("note 2026 'restarted by hand' --host m1 --step restart-kubelet --evidence seen");
  EXPECT_EQ(note.code, 0) << note.text;
  EXPECT_NE(note.text.find("noted: fact 2 of run"), std::string::npos) << note.text;
  ASSERT_EQ(noted().size(), 1u);
  EXPECT_EQ(noted()[0].text, "restarted by hand");
  EXPECT_EQ(noted()[0].about_step, "restart-kubelet");
  EXPECT_EQ(noted()[0].evidence, "kubelet: active\n");
  EXPECT_TRUE(inbox_is_empty());
  EXPECT_EQ(run("replay --verify").code, 0);
  EXPECT_NE(run("replay").text.find("restarted by hand"), std::string::npos);
  EXPECT_NE(run("report -o -").text.find("restarted by hand"), std::string::npos);
}

TEST_F(Notes, AreTakenByTheDriverThatHasTheJournalOpen) {
  // A driver that keeps trying an address at which nobody answers.
  const std::string command =
      "cd " + dir.string() + " && exec " RESTORECTL_BIN " resume --yes > driver.log 2>&1";
  const pid_t driver = ::fork();
  if (driver == 0) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  Ended note{1, ""};
  while (noted().empty() && std::chrono::steady_clock::now() < deadline) {
    if (run("status -o json").text.find("\"driverPid\":0") != std::string::npos) continue;
    note = run("note 2026 'while it drives'");
  }
  EXPECT_EQ(note.code, 0) << note.text;
  EXPECT_NE(note.text.find("noted: fact "), std::string::npos) << note.text;
  EXPECT_EQ(noted().size(), 1u);
  ::kill(driver, SIGTERM);
  int status = 0;
  ::waitpid(driver, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_TRUE(inbox_is_empty());
  EXPECT_EQ(run("replay --verify").code, 0);
}

TEST_F(Notes, WhoseWriterDiedBeforeTheInboxWasEmptiedAreTakenOnce) {
  EXPECT_EQ(run("note 2026 first").code, 0);
  restorectl::leave_note(id, noted()[0]);
  EXPECT_EQ(run("note 2026 second").code, 0);
  EXPECT_EQ(noted().size(), 2u);
  EXPECT_TRUE(inbox_is_empty());
}

TEST_F(Notes, MayComeAfterTheEndAndFromAnyVersion) {
  EXPECT_EQ(run("abandon 2026 --reason x").code, 0);
  EXPECT_EQ(run("note 2026 'seen on Monday'").code, 0);
  EXPECT_EQ(noted().size(), 1u);
  EXPECT_EQ(run("replay --verify").code, 0);
  const std::string other = "20251123t101500000z-0000bbbb";
  write_run(other, "of other tables");
  EXPECT_EQ(run("note 2025 'an old one'").code, 0);
}

TEST_F(Notes, ThatAreHostileHarmNothing) {
  std::ofstream(dir / "large") << std::string(70'000, 'x');
  EXPECT_EQ(run("note 2026 x --evidence large").code, 2);
  EXPECT_EQ(run("note 2026 x --evidence nowhere").code, 2);
  EXPECT_EQ(run("note 2026 ''").code, 2);
  EXPECT_EQ(run("note 2026 x --step s").code, 2) << "a step is of a host";
  EXPECT_TRUE(noted().empty());
  EXPECT_EQ(run("note 2026 \"$(printf '\\033[2Jhello\\377')\"").code, 0);
  EXPECT_EQ(run("replay").text.find('\x1b'), std::string::npos);
  // What is no note stays where it is, and is not taken.
  const fs::path inbox = dir / "state/runs" / id / "inbox";
  std::ofstream(inbox / "n-11111111.json") << "{";
  std::ofstream(inbox / "n-22222222.json") << R"({"id":"n-33333333","text":"of another name"})";
  std::ofstream(inbox / "n-44444444.json") << std::string(2 << 20, '[');
  EXPECT_EQ(run("note 2026 another").code, 0);
  EXPECT_EQ(noted().size(), 2u);
  EXPECT_TRUE(fs::exists(inbox / "n-22222222.json"));
}

// A note decides nothing, wherever in a run it comes.
TEST(NotedFacts, ChangeNoDecisionAtAnyMomentOfARecordedRun) {
  for (const char* history : {"lab-disturbed.jsonl", "sim-54-adopted.jsonl"}) {
    auto machine = states::make_run_machine();
    const auto verdict = postmortem::read_history(
        {postmortem::Source::Kind::jsonl, "",
         std::string(RESTORECTL_TOP) + "/tests/histories/" + history},
        [&](const core::Record& record, std::string_view) {
          const auto decision = machine->apply(record.fact);
          ASSERT_FALSE(decision.refusal);
          ASSERT_TRUE(core::same_decision(decision.effects, record.intents));
          const auto concludes = machine->conclusion();
          const auto none =
              machine->apply({record.fact.seq, record.fact.time_ms, record.fact.epoch,
                              core::Noted{"n-0", "me", "hm", "master-1", "etcd-stopped", ""}});
          ASSERT_FALSE(none.refusal) << *none.refusal;
          ASSERT_TRUE(none.effects.empty());
          ASSERT_EQ(machine->conclusion(), concludes);
        });
    EXPECT_EQ(verdict.state, postmortem::ChainState::intact);
  }
}

// A driver dies before it has drawn its conclusion, and somebody notes it down: the note comes
// first. The run was once lost by that, for resume, abandon and adopt alike.
TEST(NotedFacts, BetweenAFactAndItsConclusionAreNoDifferenceToAReplay) {
  core::Replayer replayer(states::make_run_machine());
  std::uint64_t notes = 0;
  const auto verdict = postmortem::read_history(
      {postmortem::Source::Kind::jsonl, "",
       std::string(RESTORECTL_TOP) + "/tests/histories/lab-disturbed.jsonl"},
      [&](core::Record record, std::string_view) {
        record.fact.seq += notes;
        ASSERT_NO_THROW(replayer.feed(record));
        const core::Noted note{"n-" + std::to_string(notes), "me", "power failed", "", "", ""};
        ++notes;
        ASSERT_NO_THROW(replayer.feed(
            {{record.fact.seq + 1, record.fact.time_ms, record.fact.epoch, note}, {}}));
      });
  EXPECT_EQ(verdict.state, postmortem::ChainState::intact);
  EXPECT_EQ(replayer.machine().state().stage, core::RunStage::finished);
}
