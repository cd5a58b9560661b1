// Profiles: what every one of them keeps, that none that was ever used changes, and that a new one
// is a list of phases in one file.
#include "states/profiles/profiles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/digest.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/engine/profile_laws.hpp"
#include "states/print/decision_text.hpp"
#include "tests/states/story.hpp"

namespace {

// A profile whose one restore step is `step`, for what decision_text says of it.
std::string text_with(const core::StepSpec& step) {
  static const states::Profile& whole = states::newest_profile();
  const core::StepSpec* const steps[] = {&step};
  const core::PhaseSpec phase{"restore", "", core::HostSet::recovery, steps};
  const core::PhaseSpec phases[] = {phase};
  const auto restore = std::find_if(whole.machines.begin(), whole.machines.end(),
                                    [](const auto& known) { return known.spec.name == "restore"; });
  const states::Phase machines[] = {{phase, restore->make_lane, restore->table}};
  states::Profile profile = whole;
  profile.phases = phases;
  profile.machines = machines;
  return states::decision_text(profile);
}

std::string look_toy(const core::StepContext&) { return "true\n"; }
std::string act_toy(const core::StepContext&) { return "touch /toy\n"; }
core::Verdict judge_toy(const core::StepContext& context, const core::Observed& seen) {
  return seen.out == "there" ? core::Verdict::holds("there, on " + context.host.name)
                             : core::Verdict::needs_act("not there");
}

constexpr core::StepSpec toy(std::string_view name, core::Role role, core::Danger danger) {
  core::StepSpec step{.name = name, .source = "the test", .purpose = "To be run."};
  step.role = role;
  step.danger = danger;
  step.action = danger == core::Danger::reads ? core::Action::none : core::Action::job;
  step.act_deadline_ms = danger == core::Danger::reads ? 0 : 1'000;
  step.verify_deadline_ms = 1'000;
  step.once = role == core::Role::restore;
  step.undo = danger == core::Danger::reversible ? "rm /toy" : "";
  step.no_undo = danger == core::Danger::irreversible ? "it is a toy" : "";
  step.look = look_toy;
  step.act = danger == core::Danger::reads ? nullptr : act_toy;
  step.judge = judge_toy;
  return step;
}
constexpr core::StepSpec kClaim = toy("claim", core::Role::claim, core::Danger::reversible);
constexpr core::StepSpec kQuiet = toy("quiet", core::Role::quiet, core::Danger::reads);
constexpr core::StepSpec kRestore = toy("restore", core::Role::restore, core::Danger::irreversible);
constexpr core::StepSpec kRelease = toy("release", core::Role::release, core::Danger::reversible);

// Two phases around the gate, and the law's own two: what a profile needs at the least.
struct Before {
  static constexpr std::string_view name = "before";
  static constexpr std::string_view title = "Claim every host";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = states::StepList<kClaim, kQuiet>;
  static states::Phase machine() { return states::machine_of<Before>(); }
};
struct Behind {
  static constexpr std::string_view name = "behind";
  static constexpr std::string_view title = "Restore";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = states::StepList<kRestore>;
  static states::Phase machine() { return states::machine_of<Behind>(); }
};
struct Last {
  static constexpr std::string_view name = "last";
  static constexpr std::string_view title = "Release every host";
  static constexpr core::HostSet hosts = core::HostSet::all;
  using steps = states::StepList<kRelease>;
  static states::Phase machine() { return states::machine_of<Last>(); }
};

struct Toy {
  static constexpr std::string_view name = "toy/1";
  static constexpr std::string_view releases = "none";
  static constexpr std::size_t hosts_min = 2;
  using phases = states::PhaseList<Before, states::TheGate, Behind, Last>;
  static constexpr std::span<const states::Milestone> milestones{};
  static constexpr std::span<const states::Marker> markers{};
  static constexpr std::span<const std::string_view> scripts{};
  static constexpr std::span<const std::string_view> older_digests{};
};
static_assert(states::profile_is_lawful<Toy>());

const states::Profile* find_toy(std::string_view name) {
  static const states::Profile profile = states::make_profile<Toy>();
  return name == profile.name ? &profile : nullptr;
}

// The laws upon lists that break them, one each; the whole list of a profile cannot be written so.
template <class... P>
constexpr std::span<const core::PhaseSpec> specs_of =
    states::sequence::phase_arrays<boost::mp11::mp_list<P...>>::specs;
struct Twice : Behind {
  static constexpr std::string_view name = "twice";
};
static_assert(states::laws::names_are_unique(specs_of<Before, Behind, Last>));
static_assert(!states::laws::names_are_unique(specs_of<Before, Behind, Twice>));
static_assert(!states::laws::nothing_irreversible_before_the_gate(specs_of<Behind, Before>, 1));
static_assert(!states::laws::owner_comes_first(specs_of<Behind, Before, Last>));
static_assert(!states::laws::restores_once_on_quiet_hosts(specs_of<Behind, Before, Last>));
static_assert(!states::laws::restores_once_on_quiet_hosts(specs_of<Before, Last>));
static_assert(!states::laws::restores_once_on_quiet_hosts(specs_of<Before, Behind, Twice>));
static_assert(!states::laws::release_comes_last(specs_of<Before, Last, Behind>));

}  // namespace

// The digests of profiles that runs may have been begun with. A line is added for a new profile and
// none is changed: whoever must change one adds a profile instead.
TEST(Profiles, DecideForEverAsTheyDid) {
  const std::map<std::string_view, std::string_view> digests = {
      {"okd-4.7/1", "8e10285c6417f67c2d2e44b0792a4ae54d730444475ade0976539182076b9e31"},
      {"okd-4.7/2", "95e77ad96496998242579805a17f5eeaa99fca955620dbe040dd710e88fa2c0f"},
      {"okd-4.7/3", "6a5f94589f7e6a2dd47d74f6f69481392dda6a05374a47c5826ba30a5b9f63a7"},
      {"okd-4.7/4", "bb382d881c5cb8d0cbe651eba8cebc58ce279b00f66db9155add4bee009d9966"},
  };
  EXPECT_EQ(digests.size(), states::profiles().size());
  for (const states::Profile* profile : states::profiles()) {
    ASSERT_TRUE(digests.contains(profile->name)) << profile->name;
    EXPECT_EQ(core::sha256_hex(states::decision_text(*profile)), digests.at(profile->name))
        << profile->name;
  }
}

TEST(Profiles, ADigestCoversWhateverDecides) {
  const core::StepSpec restore = *states::find_step(states::newest_profile(), core::Role::restore);
  std::set<std::string> texts = {text_with(restore)};
  const auto differs = [&](auto change) {
    core::StepSpec other = restore;
    change(other);
    return texts.insert(text_with(other)).second;
  };
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.name = "another-name"; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.danger = core::Danger::reads; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.where = core::Where::api; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.action = core::Action::copy; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.act_deadline_ms = 1; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.verify_deadline_ms = 1; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.link_patience_ms = 1; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.once = false; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.repeats = true; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.role = core::Role::quiet; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.look = look_toy; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { s.act = act_toy; }));
  EXPECT_TRUE(differs([](core::StepSpec& s) { ++s.judge_version; }));
  // What only people read decides nothing.
  EXPECT_FALSE(differs([](core::StepSpec& s) { s.purpose = "In other words."; }));
}

TEST(Profiles, EveryStepCanLookAndJudgeAndActsIfItSaysSo) {
  for (const states::Profile* profile : states::profiles()) {
    for (const core::PhaseSpec& phase : profile->phases) {
      for (const core::StepSpec* step : phase.steps) {
        EXPECT_TRUE(step->look != nullptr && step->judge != nullptr) << step->name;
        EXPECT_EQ(step->act != nullptr, step->action != core::Action::none) << step->name;
      }
    }
  }
}

TEST(Profiles, ThePhasesAreTheMachinesAndTheRunsTableInTheirOrder) {
  for (const states::Profile* profile : states::profiles()) {
    ASSERT_EQ(profile->phases.size(), profile->machines.size());
    std::vector<std::string_view> in_table;
    for (const states::TableRow& row : profile->sequence_table()) {
      if (row.event == "PhaseFinished") in_table.push_back(row.source);
    }
    ASSERT_EQ(in_table.size(), profile->phases.size());
    for (std::size_t i = 0; i < in_table.size(); ++i) {
      EXPECT_EQ(profile->phases[i].name, profile->machines[i].spec.name);
      EXPECT_EQ(profile->phases[i].name, in_table[i]);
    }
  }
}

TEST(Profiles, MilestonesAreStepsAndMarkersAreRead) {
  for (const states::Profile* profile : states::profiles()) {
    for (const states::Milestone& milestone : profile->milestones)
      EXPECT_NE(states::find_step(*profile, milestone.step), nullptr) << milestone.step;
  }
  const states::Profile& profile = *states::find_profile("okd-4.7/1");
  EXPECT_EQ(states::find_marker(profile, "...stopping etcd-pod.yaml")->id, "P6");
  EXPECT_EQ(states::find_marker(profile, "Waiting for container etcd to stop")->id, "P7");
  EXPECT_EQ(states::find_marker(profile, "starting restore-etcd static pod")->id, "P11");
  EXPECT_EQ(states::find_marker(profile, "static-pod-resources/kube-apiserver-pod-7/x"), nullptr);
}

TEST(Profiles, AMachineRefusesARunWhoseProfileItDoesNotKnow) {
  core::RunStarted start = story::three_hosts();
  start.profile = "okd-9.9/1";
  const core::Decision decision = states::make_run_machine()->apply({1, 1, 1, start});
  ASSERT_TRUE(decision.refusal.has_value());
  EXPECT_NE(decision.refusal->find("okd-9.9/1"), std::string::npos) << *decision.refusal;
  core::RunState run;
  run.note(core::Fact{1, 1, 1, start});
  EXPECT_EQ(states::profile_of(run), nullptr);
  EXPECT_TRUE(states::phases_of(run).empty());
}

// One struct a step, one list a phase, one definition a profile: nothing else knows of it.
TEST(Profiles, AToyOfTwoPhasesAroundTheGateRunsToItsEnd) {
  std::unique_ptr<core::Machine> machine = states::make_run_machine(&find_toy);
  std::uint64_t seq = 0;
  std::vector<core::Effect> pending;
  std::set<std::string> done;
  const auto tell = [&](core::FactBody body) {
    for (std::optional<core::FactBody> next = std::move(body); next; next = machine->conclusion()) {
      core::Decision decision =
          machine->apply({++seq, static_cast<std::int64_t>(seq), 1, std::move(*next)});
      ASSERT_FALSE(decision.refusal) << *decision.refusal;
      pending.insert(pending.end(), decision.effects.begin(), decision.effects.end());
    }
  };
  core::RunStarted start = story::three_hosts();
  start.profile = "toy/1";
  tell(start);
  int asked = 0;
  while (!pending.empty()) {
    const core::Effect effect = pending.front();
    pending.erase(pending.begin());
    if (const auto* look = std::get_if<core::Look>(&effect)) {
      const bool there = done.contains(look->host + look->step) || look->step == "quiet";
      tell(core::Observed{look->host, look->step, 0, there ? "there" : "", "", false});
    } else if (const auto* job = std::get_if<core::RunJob>(&effect)) {
      done.insert(job->host + job->step);
      tell(core::JobEnded{job->host, job->step, job->job, 0, 0, "", ""});
    } else if (std::holds_alternative<core::AskOperator>(effect)) {
      ++asked;
      EXPECT_FALSE(done.contains("master-0restore"));
      tell(core::Confirmed{"me", "lab"});
    }
  }
  EXPECT_EQ(machine->state().stage, core::RunStage::finished);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(done.size(), 3u + 1u + 3u);
}

TEST(Profiles, AMachineSaysWhichStepAHostIsAtAndHowFarThatHasCome) {
  std::unique_ptr<core::Machine> machine = states::make_run_machine(&find_toy);
  core::RunStarted start = story::three_hosts();
  start.profile = "toy/1";
  start.inventory.hosts.resize(2);
  ASSERT_FALSE(machine->apply({1, 1, 1, start}).refusal);
  EXPECT_EQ(machine->at("master-1")->step, "claim");
  EXPECT_EQ(machine->at("master-1")->stage, core::StepStage::looking);
  EXPECT_FALSE(machine->at("master-2").has_value());
}

TEST(Profiles, AClusterOfTooFewHostsIsRefusedBeforeItBegins) {
  std::unique_ptr<core::Machine> machine = states::make_run_machine(&find_toy);
  core::RunStarted start = story::three_hosts();
  start.profile = "toy/1";
  start.inventory.hosts.resize(1);
  const core::Decision decision = machine->apply({1, 1, 1, start});
  EXPECT_EQ(decision.refusal.value_or(""),
            "profile toy/1 needs 2 control-plane hosts; the inventory has 1");
}
