// The simulator's own promises, and a handful of simulated restores; tools/dev/campaign runs many.
#include <gmock/gmock.h>

#include "journal/format/record.hpp"
#include "states/profiles/profiles.hpp"
#include "tests/sim/control_plane.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/simulation.hpp"

using testing::Each;
using testing::IsEmpty;

TEST(Simulation, OneSeedIsOneRunByteForByte) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto faults = sim::faults_of(seed, sim::Severity::heavy);
    const sim::Result first = sim::simulate(seed, faults, true);
    const sim::Result again = sim::simulate(seed, faults, true);
    EXPECT_EQ(first.journal, again.journal);
    EXPECT_EQ(first.head, again.head);
  }
  EXPECT_NE(sim::simulate(1, {}).head, sim::simulate(2, {}).head);
}

TEST(Simulation, WithoutFaultsARestoreFinishesWithoutAnyResume) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const sim::Result result = sim::simulate(seed, {});
    EXPECT_THAT(result.broken, IsEmpty()) << "seed " << seed;
    EXPECT_TRUE(result.finished) << result.end;
    EXPECT_EQ(result.resumes, 0);
    EXPECT_EQ(result.script_starts, 1);
  }
}

TEST(Simulation, UnderFaultsEveryPromiseIsKept) {
  int resumes = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const sim::Result result = sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy));
    EXPECT_THAT(result.broken, IsEmpty()) << "restorectl-sim --seed " << seed;
    resumes += result.resumes;
  }
  EXPECT_GT(resumes, 60) << "faults that interrupt nothing prove nothing";
}

// Seeds of one, two, three and five hosts; their runs have certificate requests of such names, and
// job IDs of more than 300 characters.
TEST(Simulation, WithNamesAsLongAsKubernetesAllowsEveryPromiseIsKept) {
  sim::longest_names = true;
  EXPECT_EQ(sim::host_name(0).size(), 253u);
  int finished = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const sim::Result result = sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy));
    EXPECT_THAT(result.broken, IsEmpty()) << "restorectl-sim --longest-names --seed " << seed;
    finished += result.finished ? 1 : 0;
  }
  EXPECT_GT(finished, 15);
  for (const int hosts : {1, 2, 3, 5}) {
    const sim::Result result = sim::simulate(1, {}, false, hosts);
    EXPECT_TRUE(result.finished) << hosts << ": " << result.end;
  }
  sim::longest_names = false;
}

// Each line of one undisturbed run is the driver's last, once before and once after it is durable.
TEST(Simulation, ACrashAtEachLineOfARunLeavesItsEndTheSame) {
  const std::size_t lines = sim::simulate(5, {}).facts;
  // tools/test --full: every line.
  const std::size_t stride = std::getenv("RESTORECTL_FULL") != nullptr ? 1 : 7;
  for (std::size_t line = 0; line < lines; line += stride) {
    for (const auto when : {sim::AppendFault::crash_before, sim::AppendFault::crash_after}) {
      sim::Fault fault;
      fault.kind = sim::Fault::Kind::append;
      fault.line = line;
      fault.append = when;
      const sim::Result result = sim::simulate(5, {fault});
      EXPECT_THAT(result.broken, IsEmpty()) << sim::words_of(fault);
      EXPECT_TRUE(result.finished) << result.end;
      EXPECT_EQ(result.script_starts, 1);
      const bool over = line + 1 == lines && when == sim::AppendFault::crash_after;
      EXPECT_EQ(result.resumes, over ? 0 : 1) << sim::words_of(fault);
    }
  }
}

// At each of many moments of a run, the wall clock is set by two hours, either way, or the
// workstation sleeps for eight: no wait is cut short, none becomes endless.
TEST(Simulation, ClocksThatAreSetAndNightsThatAreSleptHoldNoRun) {
  constexpr std::int64_t kHour = 3'600'000;
  const std::int64_t whole_ms = sim::simulate(5, {}).virtual_ms;
  int stepped = 0;
  for (std::int64_t at_ms = 0; at_ms < whole_ms; at_ms += whole_ms / 16) {
    for (const int kind : {0, 1, 2}) {
      sim::Fault fault;
      fault.kind = kind == 2 ? sim::Fault::Kind::sleep : sim::Fault::Kind::clock;
      fault.at_ms = at_ms;
      fault.for_ms = (kind == 2 ? 8 : 2) * kHour;
      fault.harsh = kind == 1;
      const sim::Result result = sim::simulate(5, {fault}, true);
      EXPECT_THAT(result.broken, IsEmpty()) << sim::words_of(fault);
      EXPECT_TRUE(result.finished) << sim::words_of(fault) << ": " << result.end;
      EXPECT_EQ(result.resumes, 0) << sim::words_of(fault);
      for (const std::string& line : result.journal) {
        const core::Fact fact = journal::decode(line).record.fact;
        stepped += std::holds_alternative<core::ClockStepped>(fact.body) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(stepped, 40) << "steps that nobody notices prove nothing";
}

// The runtime of another host forgets etcd before it is to stop: the kubelet cannot stop it then,
// and its data stays where it is until somebody has ended the process.
TEST(Simulation, AnEtcdThatTheRuntimeForgotKeepsItsDataUntilItHasEnded) {
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (const auto kind : {sim::Fault::Kind::forgotten, sim::Fault::Kind::ghost}) {
      sim::Fault fault;
      fault.kind = kind;
      fault.host = "master-1";
      fault.harsh = true;
      fault.at_ms = 1'000;
      fault.for_ms = 40 * 60'000;
      const sim::Result result = sim::simulate(seed, {fault}, true, 3);
      SCOPED_TRACE(testing::Message() << "seed " << seed << ": " << sim::words_of(fault));
      EXPECT_THAT(result.broken, IsEmpty());
      EXPECT_TRUE(result.finished) << result.end;
      for (const std::string& line : result.journal) {
        const core::Fact fact = journal::decode(line).record.fact;
        const auto* held = std::get_if<core::StepHeld>(&fact.body);
        seen += held != nullptr && held->step == "etcd-stopped" ? 1 : 0;
      }
    }
  }
  EXPECT_GT(seen, 10) << "a fault that holds nothing proves nothing";
}

// ---- hosts that are gone for good ---------------------------------------------------------------

// The Node objects that the snapshot brings back stop every rollout until they are deleted.
TEST(Simulation, ARunWithoutLostHostsRestoresOnTheOthers) {
  int runs = 0;
  for (std::uint64_t seed = 7; seed <= 13 * 12; seed += 13) {
    if (sim::absent_of(seed, 3).empty()) continue;
    const sim::Result result = sim::simulate(seed, {}, false, 3);
    EXPECT_THAT(result.broken, IsEmpty()) << "seed " << seed;
    EXPECT_TRUE(result.finished) << "seed " << seed << ": " << result.end;
    EXPECT_EQ(result.resumes, 0) << "seed " << seed;
    ++runs;
  }
  EXPECT_GT(runs, 5);
}

// One that comes back is seen before the restore script, wherever the run is by then.
TEST(Simulation, ALostHostThatComesBackHoldsTheRunUntilItIsOffAgain) {
  int held = 0;
  for (std::uint64_t seed = 7; seed <= 13 * 6; seed += 13) {
    for (const std::int64_t at_ms : {0, 2'000, 10'000, 60'000}) {
      sim::Fault fault;
      fault.kind = sim::Fault::Kind::comes_back;
      fault.host = sim::absent_of(seed, 3).front();
      fault.at_ms = at_ms;
      fault.for_ms = 30 * 60'000;
      const sim::Result result = sim::simulate(seed, {fault}, true, 3);
      SCOPED_TRACE(testing::Message() << "seed " << seed << ": " << sim::words_of(fault));
      EXPECT_THAT(result.broken, IsEmpty());
      EXPECT_TRUE(result.finished) << result.end;
      for (const std::string& line : result.journal) {
        const core::Fact fact = journal::decode(line).record.fact;
        const auto* hold = std::get_if<core::StepHeld>(&fact.body);
        if (hold == nullptr || hold->reason.find("excluded with --without") == std::string::npos)
          continue;
        ++held;
        break;
      }
    }
  }
  EXPECT_GT(held, 5) << "a host that comes back and holds nothing proves nothing";
}

// ---- operators that do not settle ---------------------------------------------------------------

namespace {

// The last evidence of the look at the operators, and how often it held.
struct LastLook {
  std::vector<std::string> findings;
  int holds = 0;
};

LastLook last_look(const sim::Result& result) {
  LastLook last;
  for (const std::string& line : result.journal) {
    const core::Fact fact = journal::decode(line).record.fact;
    if (const auto* verified = std::get_if<core::StepVerified>(&fact.body);
        verified != nullptr && verified->step == "operators-settled")
      last.findings = verified->findings;
    const auto* held = std::get_if<core::StepHeld>(&fact.body);
    last.holds += held != nullptr && held->step == "operators-settled" ? 1 : 0;
  }
  return last;
}

}  // namespace

// The cluster had an operator that was degraded for weeks: the restore is none the worse for it.
TEST(Simulation, AnOperatorThatWasDegradedBeforeHoldsNoRunAndIsToldAtItsEnd) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    sim::Fault fault;
    fault.kind = sim::Fault::Kind::degraded_before;
    const sim::Result result = sim::simulate(seed, {fault}, true);
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    EXPECT_THAT(result.broken, IsEmpty());
    EXPECT_TRUE(result.finished) << result.end;
    EXPECT_EQ(result.resumes, 0);
    EXPECT_THAT(last_look(result).findings,
                testing::ElementsAre(testing::HasSubstr(sim::kDegradedBefore)));
  }
}

TEST(Simulation, AnOperatorThatNeverSettlesHoldsTheRunUntilItIsToEndWithFindings) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    std::vector<sim::Fault> faults(2);
    faults[0].kind = sim::Fault::Kind::never_settles;
    faults[1].kind = sim::Fault::Kind::degraded_before;
    if (seed % 2 == 0) faults.pop_back();
    const sim::Result result = sim::simulate(seed, faults, true);
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    EXPECT_THAT(result.broken, IsEmpty());
    EXPECT_TRUE(result.finished) << result.end;
    EXPECT_EQ(result.resumes, 1);
    const LastLook last = last_look(result);
    EXPECT_EQ(last.holds, 1);
    EXPECT_THAT(last.findings, testing::Contains(testing::HasSubstr(sim::kNeverSettles)));
    EXPECT_EQ(last.findings.size(), faults.size());
  }
}

// ---- as many hosts as there are -----------------------------------------------------------------

TEST(Simulation, SomeSeedsDrawOneHostTwoOrFiveAndMostThree) {
  std::map<int, int> drawn;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) ++drawn[sim::hosts_of(seed)];
  for (const int hosts : {1, 2, 5}) EXPECT_GT(drawn[hosts], 10) << hosts;
  EXPECT_EQ(drawn.size(), 4u);
  EXPECT_GT(drawn[3], 350);
}

TEST(Simulation, ARestoreOfAnyNumberOfHostsReachesItsEnd) {
  for (int hosts = 1; hosts <= sim::kHostsMax; ++hosts) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const sim::Result result = sim::simulate(seed, {}, true, hosts);
      SCOPED_TRACE(testing::Message() << "restorectl-sim --seed " << seed << " --hosts " << hosts);
      EXPECT_THAT(result.broken, IsEmpty());
      EXPECT_TRUE(result.finished) << result.end;
      const core::Record first = journal::decode(result.journal.front()).record;
      EXPECT_EQ(std::get<core::RunStarted>(first.fact.body).inventory.hosts.size(), hosts);
    }
  }
}

// Nothing is to be done on other hosts where there are none: the phase begins and is finished.
TEST(Simulation, APhaseOfOtherHostsPassesWithoutALaneWhereThereIsOneHost) {
  std::set<std::string> of_others;
  for (const core::PhaseSpec& phase : states::newest_profile().phases) {
    if (phase.hosts == core::HostSet::others) of_others.insert(std::string(phase.name));
  }
  ASSERT_FALSE(of_others.empty());
  std::set<std::string> passed;
  std::set<std::string> hosts;
  bool another_ended = false;
  for (const std::string& line : sim::simulate(1, {}, true, 1).journal) {
    const core::Fact fact = journal::decode(line).record.fact;
    const auto* finished = std::get_if<core::PhaseFinished>(&fact.body);
    if (finished != nullptr && of_others.contains(finished->phase)) {
      EXPECT_TRUE(another_ended) << finished->phase << " took other facts than its end";
      passed.insert(finished->phase);
    }
    another_ended = finished != nullptr || std::holds_alternative<core::Confirmed>(fact.body);
    const std::string_view host = core::lane_of(fact.body).host;
    if (!host.empty()) hosts.insert(std::string(host));
  }
  EXPECT_EQ(passed, of_others);
  EXPECT_THAT(hosts, Each("master-0"));
}

TEST(Simulation, UnderFaultsEveryPromiseIsKeptWithOneHost) {
  int resumes = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto faults = sim::faults_of(seed, sim::Severity::heavy, 1);
    const sim::Result result = sim::simulate(seed, faults, false, 1);
    EXPECT_THAT(result.broken, IsEmpty()) << "restorectl-sim --hosts 1 --seed " << seed;
    resumes += result.resumes;
  }
  EXPECT_GT(resumes, 100) << "faults that interrupt nothing prove nothing";
}

// The model's own: one of 800,000 seeds rebooted a host in the moment in which its kubelet was about
// to start etcd, and no kubelet of the model ever did so again.
TEST(Simulation, AKubeletStartsAfterAnyRebootWhatItsManifestsAskFor) {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    sim::Timeline time;
    sim::Illness none;
    none.quorum_lost = false;
    sim::ControlPlane plane(time, sim::Chance(seed), none, 1);
    sim::Host& host = plane.host(sim::host_name(0));
    plane.kill_container(host, "etcd");
    sim::Chance when(seed);
    time.after(when.between(0, 28'000), [&] { plane.power(host, true, 100); });
    while (time.step()) {
    }
    EXPECT_TRUE(host.containers.contains("etcd")) << "seed " << seed;
  }
}
