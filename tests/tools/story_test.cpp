// What a journal tells: a run with a kill, an outage, a stop and a held step, each at its place.
#include "tools/lib/postmortem/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "journal/format/record.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/states/story.hpp"

namespace {

using postmortem::GapKind;
using postmortem::SpanKind;

constexpr std::int64_t kStart = 1'795'418'943'000;

// Writes records with given times; what was decided does not matter to a postmortem.
class Journal {
 public:
  Journal() { add(0, story::three_hosts()); }
  void add(std::int64_t after_ms, core::FactBody body, std::vector<core::Effect> intents = {}) {
    core::Record record{{++seq_, kStart + after_ms, 1, std::move(body)}, std::move(intents)};
    builder_.take(record);
  }
  postmortem::Story story() { return builder_.story(); }
  std::uint64_t seq() const { return seq_; }

 private:
  std::uint64_t seq_ = 0;
  postmortem::StoryBuilder builder_;
};

core::Look look(const std::string& host, const std::string& step, bool repeated = false) {
  core::Look look;
  look.host = look.via = host;
  look.step = step;
  look.changed_only = repeated;
  return look;
}

core::RunJob job(const std::string& host, const std::string& step, int attempt = 1) {
  core::RunJob job;
  job.host = job.via = host;
  job.step = step;
  job.job = "run1." + step + "." + host + "." + std::to_string(attempt);
  job.script = "do it";
  return job;
}

core::ResumeAsked resume() { return {"tester", "0", ""}; }

}  // namespace

TEST(Story, WorkIsToldApartFromWaiting) {
  Journal journal;
  journal.add(100, core::Ticked{}, {look("master-1", "etcd-stopped")});
  journal.add(200, core::Observed{"master-1", "etcd-stopped", 0, "runs", "", false},
              {look("master-1", "etcd-stopped", true)});
  journal.add(9'200, core::Observed{"master-1", "etcd-stopped", 0, "", "", false});
  journal.add(9'200, core::StepVerified{"master-1", "etcd-stopped", "no container"},
              {job("master-1", "move-data-directory")});
  journal.add(10'200,
              core::JobEnded{"master-1", "move-data-directory",
                             "run1.move-data-directory.master-1.1", 0, 3, "", "ok"},
              {look("master-1", "move-data-directory")});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.spans.size(), 4u);
  EXPECT_EQ(story.spans[0].kind, SpanKind::looking);
  EXPECT_EQ(story.spans[1].kind, SpanKind::waiting);
  EXPECT_EQ(*story.spans[1].to_ms - story.spans[1].from_ms, 9'000);
  EXPECT_EQ(story.spans[1].words, "no container");
  EXPECT_EQ(story.spans[2].kind, SpanKind::acting);
  EXPECT_EQ(*story.spans[2].to_ms - story.spans[2].from_ms, 1'000);
  EXPECT_FALSE(story.spans[3].to_ms) << "nobody saw its end";
  ASSERT_EQ(story.commands.size(), 1u);
  EXPECT_EQ(story.commands[0].exit_code, 0);
  EXPECT_EQ(story.commands[0].tail, "ok");
}

TEST(Story, ADriverThatDiedIsKnownByTheResumeThatCame) {
  Journal journal;
  journal.add(1'000, core::Ticked{}, {job("master-1", "move-etcd-manifest")});
  journal.add(61'000, resume(),
              {core::SettleJob{"master-1", "move-etcd-manifest", "master-1",
                               "run1.move-etcd-manifest.master-1.1"}});
  journal.add(62'000, core::JobFound{"master-1", "move-etcd-manifest",
                                     "run1.move-etcd-manifest.master-1.1", core::Finding::killed});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.gaps.size(), 1u);
  EXPECT_EQ(story.gaps[0].kind, GapKind::died);
  EXPECT_EQ(story.gaps[0].from_ms, kStart + 1'000);
  EXPECT_EQ(story.gaps[0].to_ms, kStart + 61'000);
  EXPECT_EQ(story.gaps[0].to_seq, 3u);
  EXPECT_EQ(story.commands[0].fate, "killed");
  ASSERT_EQ(story.moments.size(), 1u);
  EXPECT_EQ(story.moments[0].kind, "resumed");
}

TEST(Story, AnOutageHasItsTriesAndEndsWithTheHostsAnswer) {
  Journal journal;
  journal.add(1'000, core::Ticked{}, {look("master-2", "etcd-stopped")});
  journal.add(9'000, core::LinkLost{"master-2", "etcd-stopped", false, "silent"},
              {core::Wait{"master-2", "etcd-stopped", 0}});
  journal.add(10'000, core::Ticked{"master-2", "etcd-stopped"}, {look("master-2", "etcd-stopped")});
  journal.add(18'000, core::LinkLost{"master-2", "etcd-stopped", false, "still"},
              {core::Wait{"master-2", "etcd-stopped", 0}});
  journal.add(20'000, core::Ticked{"master-2", "etcd-stopped"}, {look("master-2", "etcd-stopped")});
  journal.add(20'500, core::HostReached{"master-2", "m", "b", "k"});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.outages.size(), 1u);
  EXPECT_EQ(story.outages[0].from_ms, kStart + 9'000);
  EXPECT_EQ(story.outages[0].to_ms, kStart + 20'500);
  EXPECT_EQ(story.outages[0].retries, 1);
  EXPECT_EQ(story.outages[0].message, "silent");
  const auto down = std::find_if(story.shares.begin(), story.shares.end(),
                                 [](const auto& share) { return share.what == "link down"; });
  ASSERT_NE(down, story.shares.end());
  EXPECT_EQ(down->ms, 11'500);
}

TEST(Story, AHoldAndAStopAreTheOperatorsTime) {
  Journal journal;
  journal.add(1'000, core::Ticked{}, {look("master-0", "inspect-host")});
  journal.add(2'000, core::Observed{"master-0", "inspect-host", 1, "", "", false});
  journal.add(2'000, core::StepHeld{"master-0", "inspect-host", "no room", "make room"});
  journal.add(302'000, resume(), {look("master-0", "inspect-host")});
  journal.add(303'000, core::StopAsked{"tester", "SIGINT"});
  journal.add(403'000, resume(), {look("master-0", "inspect-host")});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.gaps.size(), 2u);
  EXPECT_EQ(story.gaps[0].kind, GapKind::held);
  EXPECT_EQ(*story.gaps[0].to_ms - story.gaps[0].from_ms, 300'000);
  EXPECT_EQ(story.gaps[1].kind, GapKind::stopped);
  EXPECT_EQ(story.gaps[1].words, "tester (SIGINT)");
  EXPECT_EQ(*story.gaps[1].to_ms - story.gaps[1].from_ms, 100'000);
  const auto held = std::find_if(story.spans.begin(), story.spans.end(),
                                 [](const auto& span) { return span.kind == SpanKind::held; });
  ASSERT_NE(held, story.spans.end());
  EXPECT_EQ(held->words, "no room");
  EXPECT_EQ(*held->to_ms - held->from_ms, 300'000);
}

TEST(Story, ARebootIsToldWhereTheBootDiffersFromTheKnownOne) {
  Journal journal;
  journal.add(1'000, core::HostReached{"master-1", "m", "boot-a", "k"});
  journal.add(2'000, core::HostReached{"master-1", "m", "boot-b", "k"});
  journal.add(3'000, core::HostReached{"master-1", "m", "boot-c", "k", "the daemon: config 2"});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.moments.size(), 2u);
  EXPECT_EQ(story.moments[0].kind, "reboot");
  EXPECT_EQ(story.moments[0].host, "master-1");
  EXPECT_EQ(story.moments[0].words, "boot ID changed: boot-b");
  EXPECT_EQ(story.moments[1].words, "boot ID changed: boot-c; rebooted by the daemon: config 2");
}

// An approval comes again because more kubelets ask. The fourth follows a failure, and the fifth
// one that was lost. A step that does not repeat is retried whenever its command runs again.
TEST(Story, ACommandThatRepeatsByDesignIsARetryOnlyAfterOneThatDidNotEndWell) {
  Journal journal;
  std::int64_t now_ms = 0;
  const auto ended = [&](const core::RunJob& of, int exit_code) {
    journal.add(now_ms += 1'000, core::JobEnded{of.host, of.step, of.job, exit_code, 0, "", ""});
  };
  const auto run = [&](const std::string& step, int attempt) {
    const core::RunJob next = job("master-0", step, attempt);
    journal.add(now_ms += 1'000, core::Ticked{}, {next});
    return next;
  };
  ended(run("approve-csrs", 1), 0);
  ended(run("approve-csrs", 2), 0);
  ended(run("approve-csrs", 3), 1);
  const core::RunJob lost = run("approve-csrs", 4);
  journal.add(now_ms += 1'000,
              core::JobFound{"master-0", lost.step, lost.job, core::Finding::killed});
  ended(run("approve-csrs", 5), 0);
  ended(run("approve-csrs", 6), 0);
  ended(run("restart-kubelet", 1), 0);
  run("restart-kubelet", 2);
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.commands.size(), 8u);
  std::vector<std::string> retries;
  for (const postmortem::Moment& moment : story.moments)
    if (moment.kind == "retry") retries.push_back(moment.step + ": " + moment.words);
  EXPECT_EQ(retries, (std::vector<std::string>{"approve-csrs: command 4 of the step",
                                               "approve-csrs: command 5 of the step",
                                               "restart-kubelet: command 2 of the step"}));
}

TEST(Story, AStepOfTheClockIsTold) {
  Journal journal;
  journal.add(1'000, core::ClockStepped{7'200'000});
  journal.add(2'000, core::ClockStepped{0});
  const postmortem::Story story = journal.story();
  ASSERT_EQ(story.moments.size(), 2u);
  EXPECT_EQ(story.moments[0].kind, "clock");
  EXPECT_NE(story.moments[0].words.find("2 h 00 min ahead of the journal's time"),
            std::string::npos)
      << story.moments[0].words;
  EXPECT_NE(story.moments[1].words.find("matches the journal's time again"), std::string::npos);
}

// Runs under faults: whatever happens, time is explained to the last millisecond, spans of a host
// do not overlap, and nothing has a beginning behind its end.
TEST(Story, OfSimulatedRunsExplainsEveryMillisecond) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const sim::Result run = sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy), true);
    postmortem::StoryBuilder builder;
    for (const std::string& line : run.journal) builder.take(journal::decode(line).record);
    const postmortem::Story story = builder.story();
    const auto sum =
        std::accumulate(story.shares.begin(), story.shares.end(), std::int64_t{0},
                        [](std::int64_t ms, const auto& share) { return ms + share.ms; });
    EXPECT_EQ(sum, story.state.last_ms - story.state.first_ms) << "seed " << seed;
    std::map<std::string, std::int64_t> ended;
    for (const postmortem::Span& span : story.spans) {
      EXPECT_GE(span.from_ms, ended[span.host]) << "seed " << seed << ", " << span.step;
      EXPECT_LE(span.from_ms, span.to_ms.value_or(story.state.last_ms));
      ended[span.host] = span.to_ms.value_or(story.state.last_ms);
    }
    for (const postmortem::Gap& gap : story.gaps) {
      ASSERT_TRUE(gap.to_ms) << "seed " << seed << ": the run went on to its end";
      EXPECT_LE(gap.from_ms, *gap.to_ms);
    }
    if (!run.finished) continue;
    EXPECT_EQ(story.phases.size(), states::newest_profile().phases.size());
    ASSERT_EQ(story.milestones.size(), 5u) << "seed " << seed;
    const auto late = [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; };
    EXPECT_TRUE(std::is_sorted(story.milestones.begin(), story.milestones.end(), late));
  }
}

TEST(Story, AsJsonItIsWholeAndLeavesOutWhatIsNotKnown) {
  Journal journal;
  journal.add(100, core::Ticked{}, {look("master-1", "etcd-stopped")});
  const boost::json::object whole = postmortem::to_json(journal.story());
  for (const char* name : {"run", "phases", "spans", "commands", "outages", "gaps", "milestones",
                           "moments", "shares"}) {
    EXPECT_TRUE(whole.contains(name)) << name;
  }
  EXPECT_EQ(whole.at("run").at("cluster").as_string(), "lab");
  EXPECT_FALSE(whole.at("spans").at(0).as_object().contains("to_ms"));
}

TEST(Story, HostsThatTheRunIsWithoutAreInItsJson) {
  postmortem::StoryBuilder builder;
  builder.take({{1, kStart, 1, story::only_the_recovery_host()}, {}});
  const boost::json::object run = postmortem::to_json(builder.story()).at("run").as_object();
  EXPECT_EQ(run.at("hosts").as_array().size(), 1U);
  ASSERT_EQ(run.at("absent").as_array().size(), 2U);
  EXPECT_EQ(run.at("absent").as_array()[1].at("typed").as_string(), "master-2");
}
