// The verbs as a user meets them: exit codes and words, without any host.
#include "tools/restorectl/verbs/verbs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/states/story.hpp"
#include "tests/tools/verbs.hpp"

TEST_F(Verbs, PlanPrintsEveryCommandOfTheStepsThatStartRuns) {
  const Ended plan = run("plan -i inventory.yaml");
  EXPECT_EQ(plan.code, 0);
  for (const char* words :
       {"mv -nT", "cluster-restore.sh", "systemctl restart kubelet.service",
        "forceRedeploymentReason", "[irreversible]", "runs once", "==== gate", "undo:"}) {
    EXPECT_NE(plan.text.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(plan.text.find("move-etcd-manifest on m0"), std::string::npos)
      << "the recovery host is not stopped by hand";
  const Ended json = run("plan -i inventory.yaml -o json");
  EXPECT_EQ(json.code, 0);
  EXPECT_EQ(json.text.front(), '[');
}

TEST_F(Verbs, APhaseWithoutHostsIsNamedAsOneInThePlan) {
  std::ofstream(dir / "one.yaml")
      << "cluster: lab\nrecoveryHost: m0\nhosts:\n  - name: m0\n    address: 192.0.2.1\n";
  const Ended plan = run("plan -i one.yaml");
  EXPECT_EQ(plan.code, 0);
  EXPECT_NE(plan.text.find("(data-aside)\n    (no host)\n"), std::string::npos) << plan.text;
  EXPECT_EQ(run("plan -i inventory.yaml").text.find("(no host)"), std::string::npos);
}

TEST_F(Verbs, APlanWithoutAHostNamesItAndHasNoLaneOfIt) {
  const Ended plan = run("plan -i inventory.yaml --without m1");
  EXPECT_EQ(plan.code, 0) << plan.text;
  EXPECT_NE(plan.text.find("It is without m1 (192.0.2.2): they must be powered off"),
            std::string::npos);
  EXPECT_EQ(plan.text.find(" on m1: "), std::string::npos);
  EXPECT_NE(plan.text.find("absent=m1,m1,192.0.2.2"), std::string::npos);
  EXPECT_EQ(run("plan -i inventory.yaml --without m0").code, 2) << "the recovery host stays";
}

TEST_F(Verbs, ARunWithoutHostsSaysSoInStatusReplayAndReport) {
  core::RunStarted start = story::only_the_recovery_host();
  start.run_id = "20261123t101500000z-0000aaaa";
  start.tables_digest = newest_digest();
  const auto store = journal::Store::create(dir / "state/runs" / start.run_id);
  const core::Fact fact{1, 1'795'418'943'184, 1, start};
  store->append({fact, states::make_run_machine()->apply(fact).effects});
  const std::string named = "master-1 (192.0.2.12), master-2 (192.0.2.13)";
  EXPECT_NE(run("status").text.find("without  " + named + "\n"), std::string::npos)
      << run("status").text;
  EXPECT_NE(run("status -o json").text.find("\"absent\":[\"master-1\",\"master-2\"]"),
            std::string::npos);
  EXPECT_NE(run("replay").text.find("without " + named), std::string::npos) << run("replay").text;
  EXPECT_NE(run("replay -o json").text.find("\"typed\":\"master-2\""), std::string::npos);
  EXPECT_EQ(run("report -o r.md").code, 0);
  std::ifstream report(dir / "r.md");
  const std::string text{std::istreambuf_iterator<char>(report), {}};
  EXPECT_NE(text.find("without master-1 "), std::string::npos) << text;
  EXPECT_EQ(text.find("Hosts to re-create"), std::string::npos) << "the run is not over";
}

// Also where SIGPIPE is ignored by whoever starts the program: 141 is a shell's number for it.
TEST_F(Verbs, AReaderThatIsGoneEndsAVerbQuietly) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  ASSERT_LT(ends[1], 10) << "dash knows no descriptor of two digits";
  run_by = "env --ignore-signal=PIPE";
  const Ended docs = run("docs schema >&" + std::to_string(ends[1]) + " 2>err; echo $?; cat err");
  ::close(ends[1]);
  EXPECT_EQ(docs.text, "141\n");
}

TEST_F(Verbs, ARunThatEndedBeforeItsFirstFactIsToldAsOneThatDidNothing) {
  fs::create_directories(dir / "state/runs/20261123-101500-abcd");
  const Ended status = run("status");
  EXPECT_EQ(status.code, 0);
  EXPECT_NE(status.text.find("facts    none"), std::string::npos) << status.text;
  const Ended resume = run("resume");
  EXPECT_EQ(resume.code, 2);
  EXPECT_NE(resume.text.find("nothing was done on any host"), std::string::npos) << resume.text;
}

TEST_F(Verbs, UsageErrorsSayHowAndEndWithTwo) {
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(run("frobnicate").code, 2);
  EXPECT_EQ(run("start").code, 2);
  EXPECT_EQ(run("--help").code, 0);
  for (const char* verb : {"plan", "start", "resume", "status", "replay", "abandon"}) {
    const Ended help = run(std::string(verb) + " --help");
    EXPECT_EQ(help.code, 0) << verb;
    EXPECT_NE(help.text.find("Example"), std::string::npos) << verb;
  }
}

TEST_F(Verbs, NoRunAtAllIsSaid) {
  const Ended status = run("status");
  EXPECT_EQ(status.code, 2);
  EXPECT_NE(status.text.find("restorectl start"), std::string::npos) << status.text;
}

TEST_F(Verbs, AJournalOfOtherTablesIsRefusedByName) {
  write_run("20261123t101500000z-0000aaaa", "0123456789abcdef");
  const Ended resume = run("resume");
  EXPECT_EQ(resume.code, 5);
  EXPECT_NE(resume.text.find("started run 20261123t101500000z-0000aaaa with profile okd-4.7/"),
            std::string::npos)
      << resume.text;
  EXPECT_NE(resume.text.find("0.0.9"), std::string::npos);
  EXPECT_NE(resume.text.find("0123456789ab"), std::string::npos);
}

TEST_F(Verbs, ARunIsFoundByTheBeginningOfItsIdAndAmbiguityIsSaid) {
  write_run("20261123t101500000z-0000aaaa", newest_digest());
  write_run("20261123t101500000z-0000bbbb", newest_digest());
  EXPECT_EQ(run("status 20261123t101500000z-0000a").code, 0);
  EXPECT_EQ(run("status 2026").code, 2);
  EXPECT_NE(run("status 2026").text.find("is ambiguous; it matches"), std::string::npos);
  EXPECT_NE(run("status 2027").text.find("the runs are:"), std::string::npos);
}

TEST_F(Verbs, AnAbandonedRunIsOverAndItsJournalVerifies) {
  write_run("20261123t101500000z-0000aaaa", newest_digest());
  EXPECT_NE(run("status").text.find("interrupted"), std::string::npos);
  EXPECT_EQ(run("abandon 20261123 --reason test").code, 0);
  EXPECT_EQ(run("resume").code, 4);
  const Ended verify = run("replay --verify");
  EXPECT_EQ(verify.code, 0) << verify.text;
  EXPECT_NE(verify.text.find("2 facts without a gap"), std::string::npos) << verify.text;
  EXPECT_EQ(run("replay --at 9").code, 2);
}

TEST_F(Verbs, FactsThatTheDatabaseLostAreTakenBackOnlyIfAsked) {
  const std::string id = "20261123t101500000z-0000aaaa";
  write_run(id, newest_digest());
  run("abandon 20261123 --reason test");
  // The database as it was one fact before: its log without the last record.
  const fs::path db = dir / "state/runs" / id / "db";
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(db)) {
    if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename())
      newest = entry.path();
  }
  fs::resize_file(newest, fs::file_size(newest) - 5);
  const Ended refused = run("resume");
  EXPECT_EQ(refused.code, 5) << refused.text;
  EXPECT_NE(refused.text.find("--take-back"), std::string::npos) << refused.text;
  const Ended taken = run("resume --take-back");
  EXPECT_EQ(taken.code, 4) << "the fact taken back says that the run is abandoned: " << taken.text;
  EXPECT_EQ(run("replay --verify").code, 0);
}

TEST_F(Verbs, ReplayOfAnAlteredMirrorNamesTheLine) {
  write_run("20261123t101500000z-0000aaaa", newest_digest());
  run("abandon 20261123 --reason test");
  const fs::path mirror = dir / "state/runs/20261123t101500000z-0000aaaa/journal.jsonl";
  std::ifstream in(mirror);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.replace(text.find("\"lab\""), 5, "\"bal\"");
  std::ofstream(mirror) << text;
  const Ended replay = run("replay");
  EXPECT_EQ(replay.code, 5);
  EXPECT_NE(replay.text.find("line 2"), std::string::npos) << replay.text;
}

TEST_F(Verbs, ChoosingARunReadsNoOtherJournal) {
  const std::string oldest = "20261123t101500000z-0000aaaa";
  const std::string open = "20261124t101500000z-0000bbbb";
  const std::string ended = "20261125t101500000z-0000cccc";
  for (const std::string& id : {open, ended}) write_run(id, newest_digest());
  ASSERT_EQ(run("abandon " + ended + " --reason test").code, 0);
  ASSERT_EQ(run("note " + ended + " 'a note behind the end'").code, 0);
  // Whoever opens it waits for ever.
  fs::create_directories(dir / "state/runs" / oldest);
  ASSERT_EQ(::mkfifo((dir / "state/runs" / oldest / "journal.jsonl").c_str(), 0600), 0);
  run_by = "timeout 20";
  const Ended newest_open = run("status");
  EXPECT_EQ(newest_open.code, 0) << newest_open.text;
  EXPECT_NE(newest_open.text.find(open), std::string::npos) << newest_open.text;
  const Ended by_name = run("status 20261125");
  EXPECT_EQ(by_name.code, 0) << by_name.text;
  EXPECT_NE(by_name.text.find("abandoned"), std::string::npos) << by_name.text;
  EXPECT_EQ(run("status 20261126").code, 2) << "no journal tells that there is no such run";
}

TEST_F(Verbs, ADamagedJournalElsewhereDoesNotHideARun) {
  const std::string open = "20261124t101500000z-0000bbbb";
  const std::string damaged = "20261125t101500000z-0000cccc";
  for (const std::string& id : {open, damaged}) write_run(id, newest_digest());
  ASSERT_EQ(run("abandon " + damaged + " --reason test").code, 0);
  const fs::path mirror = dir / "state/runs" / damaged / "journal.jsonl";
  std::ifstream in(mirror);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::ofstream(mirror) << "damaged" << text.substr(7);
  const Ended status = run("status");
  EXPECT_EQ(status.code, 0) << status.text;
  EXPECT_NE(status.text.find(open), std::string::npos) << status.text;
}
