// Runs that end with findings, as a user meets them: when the word is taken and when not, and who
// tells of the findings afterwards.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>

#include "journal/disk/mirror.hpp"
#include "journal/format/record.hpp"
#include "tests/states/story.hpp"
#include "tests/tools/verbs.hpp"

using story::Story;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* kIngress =
    R"({"count":30,"unsettled":["ingress"],"left_out":0,"off":[{"name":"ingress","is":["Degraded"]}],)"
    R"("why":[{"name":"ingress","type":"Degraded","reason":"R","message":"no balancer"}]})";

class Findings : public Verbs {
 protected:
  void write_story(const Story& story) {
    const auto store = journal::Store::create(dir / "state/runs" / kRun);
    for (const core::Record& record : story.records) store->append(record);
  }
  std::vector<core::Record> journaled() const {
    std::vector<core::Record> records;
    journal::read_mirror(
        dir / "state/runs" / kRun / "journal.jsonl",
        [&](const core::Record& record, std::string_view) { records.push_back(record); });
    return records;
  }
  std::string text_of(const char* name) const {
    std::ifstream in(dir / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  const core::ResumeAsked* last_word(const std::vector<core::Record>& records) const {
    const core::ResumeAsked* last = nullptr;
    for (const core::Record& record : records) {
      if (const auto* asked = std::get_if<core::ResumeAsked>(&record.fact.body)) last = asked;
    }
    return last;
  }
  // A run as `start` begins it today, whose hosts nobody answers for.
  static core::RunStarted today() {
    core::RunStarted start = story::three_hosts();
    start.run_id = kRun;
    start.tables_digest = newest_digest();
    return start;
  }
  // Resumes in a process of its own until the word is journaled, and stops it.
  void resume_and_stop(const std::string& words) {
    const std::string command = "cd " + dir.string() +
                                " && RESTORECTL_STATE_DIR=" + (dir / "state").string() +
                                " exec " RESTORECTL_BIN " " + words + " > driver.log 2>&1";
    const pid_t driver = ::fork();
    if (driver == 0) {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (last_word(journaled()) == nullptr && std::chrono::steady_clock::now() < deadline) {
    }
    ::kill(driver, SIGTERM);
    int status = 0;
    ::waitpid(driver, &status, 0);
  }
};

}  // namespace

TEST_F(Findings, NoWordEndsARunThatIsNotAtItsLastLookAndNothingIsJournaled) {
  Story story;
  story.tell(today());
  story.pass_preflight();
  write_story(story);
  const std::size_t facts = journaled().size();
  const Ended early = run("resume --end-with-findings 'no balancer'");
  EXPECT_EQ(early.code, 2) << early.text;
  EXPECT_THAT(early.text,
              AllOf(HasSubstr("R1016: run "), HasSubstr("is not at the step operators-settled"),
                    HasSubstr("master-0 at note-proxy")));
  // Bytes beyond ASCII are a reason like any other: it is the step that is wrong.
  EXPECT_THAT(run("resume --end-with-findings 'ждём'").text, HasSubstr("is not at the step"));
  for (const char* reason : {"''", "'  '", "one --end-with-findings two"}) {
    const Ended refused = run(std::string("resume --end-with-findings ") + reason);
    EXPECT_EQ(refused.code, 2) << refused.text;
    EXPECT_THAT(refused.text, HasSubstr("R1016: --end-with-findings takes one reason"));
  }
  EXPECT_EQ(journaled().size(), facts);
}

TEST_F(Findings, TheWordIsTakenWhereTheRunIsHeldAtItsLastLookAndIsRedacted) {
  Story story;
  story.tell(today());
  story.go_on_to_operators();
  story.hold_at_operators(kIngress);
  write_story(story);
  EXPECT_THAT(run("status").text, HasSubstr("--end-with-findings"));
  resume_and_stop(std::string("resume ") + kRun +
                  " --end-with-findings 'no balancer, password=hunter2hunter2'");
  const std::vector<core::Record> records = journaled();
  const core::ResumeAsked* word = last_word(records);
  ASSERT_NE(word, nullptr) << text_of("driver.log");
  EXPECT_THAT(word->end_with_findings, AllOf(HasSubstr("no balancer"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(run("replay").text, HasSubstr("to end with findings: no balancer"));
}

TEST_F(Findings, AreToldByEveryoneWhoTellsOfARunThatIsFinished) {
  Story story;
  story.tell(today());
  story.go_on_to_operators();
  story.hold_at_operators(kIngress);
  story.crash_and_resume("", "no balancer");
  story.see("master-0", kIngress);
  story.pass_release();
  ASSERT_EQ(story.state().stage, core::RunStage::finished);
  const std::string finding = "cluster operator ingress is degraded: no balancer";
  EXPECT_THAT(core::findings_of(story.state()), ElementsAre(finding));
  write_story(story);
  const Ended status = run("status");
  EXPECT_EQ(status.code, 0);
  EXPECT_THAT(status.text, AllOf(HasSubstr("state    finished, with 1 finding\n"),
                                 HasSubstr("\nfinding: " + finding + "\n")));
  EXPECT_THAT(run("status -o json").text, AllOf(HasSubstr("\"activity\":\"finished\""),
                                                HasSubstr("\"findings\":[\"" + finding + "\"]")));
  EXPECT_THAT(run("replay").text,
              AllOf(HasSubstr("the run is finished, with 1 finding\n"),
                    HasSubstr("finding: " + finding + "\n"),
                    HasSubstr("ended with findings, as --end-with-findings asks (no balancer)")));
  EXPECT_EQ(run("report -o report.md").code, 0);
  EXPECT_THAT(text_of("report.md"), AllOf(HasSubstr("* finding: " + finding),
                                          HasSubstr("the run is finished, with 1 finding")));
  EXPECT_EQ(run("report -o report.json").code, 0);
  EXPECT_THAT(text_of("report.json"), HasSubstr("\"findings\":[\"" + finding + "\"]"));
  EXPECT_EQ(run("resume").code, 0) << "a run that is finished with findings is finished";
  EXPECT_EQ(run("replay --verify").code, 0);
}
