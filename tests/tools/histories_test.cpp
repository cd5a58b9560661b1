// Journals of earlier versions, replayed for ever; and two runs beside one another.
#include <boost/json.hpp>

#include "core/replay.hpp"
#include "journal/format/record.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/lib/postmortem/against.hpp"
#include "tools/lib/postmortem/compare.hpp"
#include "tools/lib/postmortem/history.hpp"
#include "tools/restorectl/state/runs.hpp"

namespace {

const fs::path kHistories = fs::path(RESTORECTL_TOP) / "tests/histories";

std::vector<core::Record> records_of(const fs::path& path) {
  std::vector<core::Record> records;
  const auto verdict = postmortem::read_history(
      {postmortem::Source::Kind::jsonl, "", path.string()},
      [&](core::Record&& record, std::string_view) { records.push_back(std::move(record)); });
  EXPECT_EQ(verdict.state, postmortem::ChainState::intact) << path << ": " << verdict.words;
  return records;
}

std::vector<core::Record> simulated(std::uint64_t seed) {
  std::vector<core::Record> records;
  for (const std::string& line :
       sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy), true).journal)
    records.push_back(journal::decode(line).record);
  return records;
}

std::vector<postmortem::Divergence> against(const std::vector<core::Record>& records) {
  postmortem::Against today(states::make_run_machine());
  std::vector<postmortem::Divergence> found;
  for (const core::Record& record : records)
    if (auto parts = today.take(record)) found.push_back(*parts);
  return found;
}

postmortem::RunTrace trace_of(const std::vector<core::Record>& records) {
  postmortem::RunTrace trace;
  for (const core::Record& record : records) trace.take(record);
  return trace;
}

}  // namespace

TEST(Histories, ReplayAsTheyDidAndEndAsTheyDid) {
  int histories = 0;
  for (const auto& entry : fs::directory_iterator(kHistories)) {
    if (entry.path().extension() != ".jsonl") continue;
    ++histories;
    core::Replayer replayer(states::make_run_machine());
    const std::vector<core::Record> records = records_of(entry.path());
    for (const core::Record& record : records)
      ASSERT_NO_THROW(replayer.feed(record)) << entry.path();
    EXPECT_TRUE(against(records).empty()) << entry.path();
    std::ifstream file(fs::path(entry.path()).replace_extension(".json"));
    const boost::json::value expected =
        boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    const core::RunState& state = replayer.machine().state();
    const boost::json::object seen{{"facts", state.facts},
                                   {"stage", core::name_of(state.stage)},
                                   {"resumes", state.resumes},
                                   {"epoch", state.owner.epoch},
                                   {"phases_finished", state.phases_finished.size()}};
    EXPECT_EQ(boost::json::serialize(seen), boost::json::serialize(expected)) << entry.path();
  }
  EXPECT_GE(histories, 13);
}

// Those of the lab were begun by a real `start`: whoever finds one open can resume it with this
// version.
TEST(Histories, OfTheLabMayBeResumedByThisVersion) {
  int histories = 0;
  for (const auto& entry : fs::directory_iterator(kHistories)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("lab-") || !name.ends_with(".jsonl")) continue;
    ++histories;
    const std::vector<core::Record> records = records_of(entry.path());
    const auto& started = std::get<core::RunStarted>(records.front().fact.body);
    EXPECT_EQ(restorectl::profile_to_drive(started).name, started.profile) << name;
    // Its name has the profile's number; that of the first has none.
    const std::string number = name.substr(name.size() - std::string("N.jsonl").size(), 1);
    const bool numbered = number.find_first_of("0123456789") != std::string::npos;
    EXPECT_EQ(started.profile, "okd-4.7/" + (numbered ? number : "1")) << name;
  }
  EXPECT_EQ(histories, 9);
}

TEST_F(Verbs, EveryHistoryReplaysVerifiesAndReports) {
  for (const auto& entry : fs::directory_iterator(kHistories)) {
    if (entry.path().extension() != ".jsonl") continue;
    const std::string path = entry.path().string();
    for (const std::string& verb : {"replay " + path, "replay --verify " + path,
                                    "replay --against " + path, "report -o report.json " + path}) {
      const Ended ended = run(verb);
      EXPECT_EQ(ended.code, 0) << verb << ": " << ended.text;
    }
    std::ifstream file(dir / "report.json");
    const boost::json::value report =
        boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    const std::vector<core::Record> records = records_of(entry.path());
    const auto& started = std::get<core::RunStarted>(records.front().fact.body);
    EXPECT_EQ(report.at("procedure").at("phases").as_array().size(),
              states::find_profile(started.profile)->phases.size())
        << path;
  }
}

TEST(Against, ADecisionThatTodayWouldBeAnotherIsNamedWithBothSides) {
  std::vector<core::Record> records = records_of(kHistories / "lab-undisturbed.jsonl");
  std::uint64_t changed = 0;
  for (core::Record& record : records) {
    for (core::Effect& intent : record.intents) {
      auto* run = std::get_if<core::RunJob>(&intent);
      if (run == nullptr || run->step != "restart-kubelet" || changed != 0) continue;
      run->script.replace(run->script.find("restart"), 7, "stop");
      changed = record.fact.seq;
    }
  }
  const auto found = against(records);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].seq, changed);
  EXPECT_NE(found[0].journaled.find("stop kubelet"), std::string::npos) << found[0].journaled;
  EXPECT_NE(found[0].today.find("restart kubelet"), std::string::npos) << found[0].today;
}

TEST(Against, AConclusionThatTodayWouldNotDrawIsNamed) {
  std::vector<core::Record> records = records_of(kHistories / "lab-undisturbed.jsonl");
  for (core::Record& record : records)
    if (const auto* verified = std::get_if<core::StepVerified>(&record.fact.body);
        verified != nullptr && verified->step == "etcd-members")
      record.fact.body = core::StepHeld{verified->host, verified->step, "because", "wait"};
  const auto found = against(records);
  ASSERT_FALSE(found.empty());
  EXPECT_NE(found[0].journaled.find("because"), std::string::npos);
  EXPECT_NE(found[0].today.find("3 members"), std::string::npos) << found[0].today;
}

// A judge that turned from "holds" to "wrong", and one that turned the other way. Both verbs
// compare what was concluded, and a run that today would hold elsewhere is not driven on.
TEST_F(Verbs, AResumeRefusesAConclusionThatTodayWouldNotDrawAsReplayAgainstTellsIt) {
  for (const bool holds_today : {true, false}) {
    SCOPED_TRACE(holds_today);
    std::vector<core::Record> records = simulated(1);
    auto& start = std::get<core::RunStarted>(records.front().fact.body);
    start.tables_digest = newest_digest();
    const auto verified = std::find_if(records.begin(), records.end(), [](const core::Record& one) {
      const auto* body = std::get_if<core::StepVerified>(&one.fact.body);
      return body != nullptr && body->step == "inspect-host";
    });
    ASSERT_NE(verified, records.end());
    const std::string host = std::get<core::StepVerified>(verified->fact.body).host;
    const std::string number = std::to_string(verified->fact.seq);
    records.erase(verified + 1, records.end());
    ASSERT_TRUE(against(records).empty());
    if (holds_today) {
      std::get<core::Observed>(std::find_if(records.rbegin(), records.rend(),
                                            [&](const core::Record& one) {
                                              const auto* seen =
                                                  std::get_if<core::Observed>(&one.fact.body);
                                              return seen != nullptr && seen->host == host;
                                            })
                                   ->fact.body)
          .out += "down=kubelet\n";
    } else {
      records.back().fact.body = core::StepHeld{host, "inspect-host", "because", "wait"};
    }
    const fs::path run_dir = dir / "state/runs" / start.run_id;
    fs::remove_all(run_dir);
    {
      const auto store = journal::Store::create(run_dir);
      for (const core::Record& record : records) store->append(record);
    }
    const auto journaled = [&] {
      std::ifstream file(journal::mirror_path(run_dir));
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string before = journaled();

    const Ended told = run("replay --against " + start.run_id);
    EXPECT_EQ(told.code, 6) << told.text;
    const std::string today = holds_today ? "kubelet is not active" : "verified";
    EXPECT_NE(told.text.find("fact " + number + "  "), std::string::npos) << told.text;
    EXPECT_NE(told.text.find(today), std::string::npos) << told.text;
    EXPECT_NE(told.text.find("another decision on 1 of"), std::string::npos) << told.text;

    const Ended refused = run("resume " + start.run_id);
    EXPECT_NE(refused.code, 0);
    for (const std::string& words :
         {std::string("R2008"), "fact " + number + " (step_" + (holds_today ? "verified" : "held"),
          std::string("this version would act differently"),
          std::string("it expects step_") + (holds_today ? "held" : "verified")})
      EXPECT_NE(refused.text.find(words), std::string::npos) << words << " in: " << refused.text;
    EXPECT_EQ(journaled(), before) << "nothing is journaled";
  }
}

TEST(Against, OtherWordsAreNoOtherDecision) {
  std::vector<core::Record> records = records_of(kHistories / "lab-undisturbed.jsonl");
  for (core::Record& record : records) {
    if (auto* verified = std::get_if<core::StepVerified>(&record.fact.body))
      verified->evidence = "in other words";
    for (core::Effect& intent : record.intents)
      if (auto* asks = std::get_if<core::AskOperator>(&intent)) asks->question = "really?";
  }
  EXPECT_TRUE(against(records).empty());
}

TEST(Diff, ARunIsTheSameAsItself) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto trace = trace_of(simulated(seed));
    EXPECT_TRUE(postmortem::compare(trace, trace).empty()) << seed;
  }
}

TEST(Diff, RunsThatDifferInTimesAndOrderOnlyAreTheSame) {
  const auto undisturbed = [](std::uint64_t seed) {
    std::vector<core::Record> records;
    for (const std::string& line : sim::simulate(seed, {}, true).journal)
      records.push_back(journal::decode(line).record);
    return trace_of(records);
  };
  // Worlds are drawn, so most pairs really differ: in what the API says, in what a disk holds. Some
  // are alike, in all but times and order.
  std::vector<postmortem::RunTrace> traces;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) traces.push_back(undisturbed(seed));
  int alike = 0;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    for (std::size_t k = i + 1; k < traces.size(); ++k) {
      if (!postmortem::compare(traces[i], traces[k]).empty()) continue;
      ++alike;
      EXPECT_NE(traces[i].state().last_ms, traces[k].state().last_ms);
    }
  }
  EXPECT_GT(alike, 0);
}

TEST(Diff, APlantedDifferenceIsTheFirstParting) {
  const std::vector<core::Record> whole = records_of(kHistories / "lab-undisturbed.jsonl");
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::vector<core::Record> other = whole;
    std::size_t planted = at;
    while (planted < other.size() &&
           !std::holds_alternative<core::JobEnded>(other[planted].fact.body))
      ++planted;
    if (planted == other.size()) break;
    std::get<core::JobEnded>(other[planted].fact.body).exit_code = 99;
    const auto partings = postmortem::compare(trace_of(whole), trace_of(other));
    ASSERT_EQ(partings.size(), 1u) << planted;
    EXPECT_EQ(partings[0].b->seq, other[planted].fact.seq);
    EXPECT_EQ(partings[0].b->words, "command ended with exit code 99");
    EXPECT_EQ(partings[0].a->words, "command ended with exit code 0");
  }
}

TEST_F(Verbs, DiffNamesTheKillThenTheHoldAndWhatFollowed) {
  const std::string histories = kHistories.string();
  const Ended diff = run("diff " + histories + "/lab-undisturbed.jsonl " + histories +
                         "/lab-disturbed.jsonl --exit-code");
  EXPECT_EQ(diff.code, 6) << diff.text;
  EXPECT_LT(diff.text.find("B  fact 60, after 11 s: resumed"),
            diff.text.find("\ndifference in lane"))
      << diff.text;
  EXPECT_NE(diff.text.find("run-restore-script: command: killed"), std::string::npos);
  EXPECT_NE(diff.text.find("2 commands, held 1x"), std::string::npos);
  EXPECT_EQ(run("diff " + histories + "/lab-disturbed.jsonl " + histories +
                "/lab-disturbed.jsonl --exit-code")
                .code,
            0);
  EXPECT_EQ(run("diff nowhere/a nowhere/b").code, 2);
  EXPECT_EQ(run("replay " + histories + "/lab-disturbed.jsonl --against").code, 0);
}

TEST_F(Verbs, ARunIsOverByItsLastFactAsByItsFold) {
  ::setenv("RESTORECTL_STATE_DIR", (dir / "state").c_str(), 1);
  const fs::path run = dir / "state/runs/r";
  fs::create_directories(run);
  int over = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto lines =
        sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy), true).journal;
    for (const std::size_t kept : {lines.size() / 2, lines.size() - 1, lines.size()}) {
      {
        std::ofstream file(run / "journal.jsonl");
        for (std::size_t i = 0; i < kept; ++i) file << lines[i] << "\n";
      }
      const bool folded = restorectl::read_run("r").over();
      EXPECT_EQ(restorectl::is_over("r"), folded) << "seed " << seed << ", " << kept << " facts";
      over += folded ? 1 : 0;
    }
  }
  ::unsetenv("RESTORECTL_STATE_DIR");
  EXPECT_GT(over, 0);
}
