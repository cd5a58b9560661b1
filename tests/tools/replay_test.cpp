// replay as a user meets it: of a simulated run with kills and outages, whole, cut and altered.
#include "journal/format/chain.hpp"
#include "journal/format/record.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/tools/verbs.hpp"

namespace {

class Replays : public Verbs {
 protected:
  void SetUp() override {
    Verbs::SetUp();
    const auto faults = sim::faults_of(93, sim::Severity::heavy);
    lines = sim::simulate(93, faults, true).journal;
    write(lines);
  }
  void write(const std::vector<std::string>& what, const std::string& rest = {}) {
    std::ofstream file(dir / "journal.jsonl");
    for (const std::string& line : what) file << line << '\n';
    file << rest;
  }
  std::vector<std::string> lines;
};

}  // namespace

TEST_F(Replays, TheVerdictComesFirstAndThenWhatHappened) {
  const Ended replay = run("replay journal.jsonl");
  EXPECT_EQ(replay.code, 0) << replay.text;
  EXPECT_EQ(replay.text.rfind("journal.jsonl: intact: ", 0), 0u) << replay.text.substr(0, 200);
  for (const char* words : {"the run had no driver for", "the connection to master-2 was lost for",
                            "the run waited for confirmation for", "time spent, ", "redundancy",
                            "longest: await-scheduler-rollout on master-0"}) {
    EXPECT_NE(replay.text.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(run("replay journal.jsonl --verify").code, 0);
}

TEST_F(Replays, FiltersLeaveOutWhatIsNotAskedFor) {
  const Ended host = run("replay journal.jsonl --host master-1");
  EXPECT_EQ(host.text.find("master-2     own-host"), std::string::npos);
  EXPECT_NE(host.text.find("master-1     own-host"), std::string::npos);
  const Ended failures = run("replay journal.jsonl --failures");
  EXPECT_EQ(failures.text.find("verified:"), std::string::npos);
  EXPECT_NE(failures.text.find("connection lost"), std::string::npos);
  const Ended longer = run("replay journal.jsonl --longer 1m");
  EXPECT_NE(longer.text.find("approve-csrs                 waiting for 2 min"), std::string::npos)
      << longer.text;
  EXPECT_EQ(longer.text.find("own-host"), std::string::npos);
  EXPECT_NE(run("replay journal.jsonl --commands --of-step own-host").text.find("    | "),
            std::string::npos);
}

TEST_F(Replays, AMomentIsAFactsNumberOrATime) {
  const Ended number = run("replay journal.jsonl --at 65");
  EXPECT_EQ(number.code, 0);
  EXPECT_NE(number.text.find("after fact 65 "), std::string::npos) << number.text;
  EXPECT_NE(run("replay journal.jsonl --at +1m26s").text.find("after fact 67 "), std::string::npos)
      << run("replay journal.jsonl --at +1m26s").text.substr(0, 200);
  EXPECT_EQ(run("replay journal.jsonl --at 9999").code, 2);
  EXPECT_EQ(run("replay journal.jsonl --at yesterday").code, 2);
  EXPECT_EQ(run("replay journal.jsonl --longer soon").code, 2);
}

TEST_F(Replays, WalkingGoesForwardBackToAFailureAndToAFact) {
  std::ofstream(dir / "keys") << "nnpfg65\nq";
  const Ended walk = run("replay journal.jsonl --step < keys");
  EXPECT_EQ(walk.code, 0);
  std::vector<std::string> seen;
  for (std::size_t at = 0; (at = walk.text.find("fact ", at)) != std::string::npos; ++at) {
    const std::string number = walk.text.substr(at + 5, walk.text.find(' ', at + 5) - at - 5);
    if (walk.text.compare(at + 5 + number.size(), 4, " of ") == 0) seen.push_back(number);
  }
  ASSERT_EQ(seen.size(), 6u) << walk.text;
  EXPECT_EQ((std::vector<std::string>{seen[0], seen[1], seen[2], seen[3], seen[5]}),
            (std::vector<std::string>{"1", "2", "3", "2", "65"}));
  EXPECT_GT(std::stoi(seen[4]), 2) << "the next failure";
}

TEST_F(Replays, AJournalCutByACrashIsReadToItsLastWholeLine) {
  lines.resize(60);
  const std::string rest = lines.back().substr(0, 40);
  lines.pop_back();
  write(lines, rest);
  const Ended replay = run("replay journal.jsonl");
  EXPECT_EQ(replay.code, 0);
  EXPECT_NE(replay.text.find("truncated after fact 59"), std::string::npos) << replay.text;
  EXPECT_EQ(run("replay journal.jsonl --verify").code, 5) << "a cut journal is not verified";
}

TEST_F(Replays, WhatBecameOfAnOpenCommandIsSaidToBeUnknown) {
  std::vector<std::string> until;
  for (const std::string& line : lines) {
    until.push_back(line);
    if (line.find(R"("type":"run_job","host":"master-1","step":"move-etcd-manifest")") !=
        std::string::npos)
      break;
  }
  write(until);
  EXPECT_NE(run("replay journal.jsonl").text.find("unknown result: move-etcd-manifest on master-1"),
            std::string::npos);
}

TEST_F(Replays, NothingIsNeverVerified) {
  write({});
  const Ended empty = run("replay journal.jsonl");
  EXPECT_EQ(empty.code, 5);
  EXPECT_NE(empty.text.find("nothing to verify"), std::string::npos) << empty.text;
  EXPECT_EQ(run("replay journal.jsonl --verify").code, 5);
  EXPECT_EQ(empty.text.find("intact"), std::string::npos);
  EXPECT_EQ(run("replay ./nowhere.jsonl").code, 2);
}

TEST_F(Replays, AnAlteredFactIsNamedAndNothingBehindItIsShown) {
  std::string& line = lines[99];
  line.replace(line.find("\"time\":\"20"), 10, "\"time\":\"21");
  write(lines);
  const Ended replay = run("replay journal.jsonl");
  EXPECT_EQ(replay.code, 5);
  EXPECT_NE(replay.text.find("altered at fact 10"), std::string::npos)
      << replay.text.substr(0, 300);
  EXPECT_EQ(replay.text.find("\n  102 "), std::string::npos);
}

TEST_F(Replays, WhatAHostPrintedMovesNoCursor) {
  core::Record record = journal::decode(lines[0]).record;
  core::Record lost{{2, record.fact.time_ms + 1, 1,
                     core::LinkLost{"master-1", "own-host", false, "\x1b[2J\x07gone"}},
                    {}};
  const std::string first = journal::encode(record, journal::kNoPrevious);
  write({first, journal::encode(lost, journal::sha256_hex(first))});
  for (const char* words : {"", " --at 2", " --failures", " --longer 1ms"}) {
    const Ended replay = run("replay journal.jsonl" + std::string(words));
    EXPECT_EQ(replay.text.find('\x1b'), std::string::npos) << words;
    EXPECT_EQ(replay.text.find('\x07'), std::string::npos) << words;
  }
}
