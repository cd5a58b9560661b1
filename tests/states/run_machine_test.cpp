// Stories of the run machine: barriers, the gate, doubts, and the one command that must run once.
#include <gmock/gmock.h>

#include <set>

#include "tests/states/story.hpp"

using story::Story;

TEST(RunMachine, TouchesNoHostBeforeEveryHostIsReached) {
  Story s;
  s.start();
  s.see("master-0", "boot_id=b\nhostname=h\nuser_id=0\n");
  s.see("master-0", "");
  s.see("master-1", "boot_id=b\nhostname=h\nuser_id=0\n");
  s.see("master-1", "");
  EXPECT_FALSE(s.has<core::RunJob>("master-0"));
  EXPECT_TRUE(s.has<core::Look>("master-2"));
  EXPECT_TRUE(s.state().phases_finished.empty());
}

TEST(RunMachine, AsksForTheClustersNameBeforeAnythingIsStopped) {
  Story s;
  s.start();
  s.pass_preflight();
  s.pass_stage_backup();
  ASSERT_EQ(s.pending.size(), 1u) << s.names();
  ASSERT_TRUE(std::holds_alternative<core::AskOperator>(s.pending.front()));
  const auto& asked = std::get<core::AskOperator>(s.pending.front());
  EXPECT_EQ(asked.expected, "lab");
  EXPECT_EQ(asked.question, "");  // the words are the terminal's
  s.confirm();
  EXPECT_TRUE(s.has<core::Look>("master-1"));
  EXPECT_FALSE(s.has<core::Look>("master-0"));
}

TEST(RunMachine, ADeclinedGateIsAskedAgainOnResume) {
  Story s;
  s.start();
  s.pass_preflight();
  s.pass_stage_backup();
  s.pending.clear();
  s.tell(core::Declined{"tester", "no"});
  EXPECT_TRUE(s.pending.empty());
  s.crash_and_resume();
  ASSERT_EQ(s.pending.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<core::AskOperator>(s.pending.front()));
}

TEST(RunMachine, NoHostPassesTheBarrierBeforeTheRestore) {
  Story s;
  s.go_to_quiesce();
  s.pass_quiesce("master-1");
  EXPECT_FALSE(s.has<core::RunJob>("master-1")) << "data must wait for the other host's etcd";
  s.pass_quiesce("master-2");
  s.pass_data_aside("master-1");
  EXPECT_FALSE(s.has<core::Look>("master-0")) << "the restore must wait for master-2";
  s.pass_data_aside("master-2");
  EXPECT_EQ(s.step_of("master-0"), "run-restore-script");
}

TEST(RunMachine, ACommandIsNotRunWhereTheWitnessHoldsAlready) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=absent\nto=present\n");
  EXPECT_FALSE(s.has<core::RunJob>("master-1"));
  EXPECT_EQ(s.step_of("master-1"), "etcd-stopped");
}

TEST(RunMachine, AFileThatIsBackInItsPlaceHoldsTheStep) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=present\n");
  EXPECT_EQ(s.state().find("master-1", "move-etcd-manifest")->stage, core::StepStage::held);
  EXPECT_FALSE(s.has<core::RunJob>("master-1"));
}

TEST(RunMachine, ACrictlThatFailsIsNotTakenForAStoppedEtcd) {
  Story s;
  s.go_to_quiesce();
  s.pass_move("master-1");
  s.see("master-1", "", 1);
  EXPECT_EQ(s.step_of("master-1"), "etcd-stopped");
  EXPECT_TRUE(s.has<core::Look>("master-1"));
  EXPECT_NE(s.state().find("master-1", "etcd-stopped")->stage, core::StepStage::verified);
}

TEST(RunMachine, ACommandThatMayHaveBegunIsSettledAndNotRunAgain) {
  Story s;
  s.go_to_restore();
  s.see("master-0", Story::before_restore());
  const std::string job = s.take<core::RunJob>("master-0").job;
  s.crash_and_resume();
  EXPECT_FALSE(s.has<core::RunJob>("master-0"));
  EXPECT_EQ(s.take<core::SettleJob>("master-0").job, job);
  s.tell(core::JobFound{"master-0", "run-restore-script", job, core::Finding::running});
  const auto follow = s.take<core::FollowJob>("master-0");
  EXPECT_EQ(follow.job, job);
  s.tell(core::JobEnded{"master-0", "run-restore-script", job, 0, 10, "", ""});
  s.see("master-0", Story::after_restore());
  EXPECT_EQ(s.step_of("master-0"), "disarm-alarms");
  EXPECT_EQ(s.state().find("master-0", "run-restore-script")->attempts, 1);
}

TEST(RunMachine, AFollowedJobGoesOnAtTheByteWhereTheJournalEnded) {
  Story s;
  s.go_to_restore();
  s.see("master-0", Story::before_restore());
  const std::string job = s.take<core::RunJob>("master-0").job;
  s.tell(
      core::JobProgressed{"master-0", "run-restore-script", job, 41, "...stopping etcd-pod.yaml"});
  s.tell(core::LinkLost{"master-0", "run-restore-script", false, "gone"});
  s.take<core::Wait>("master-0");
  s.tell(core::Ticked{"master-0", "run-restore-script"});
  s.take<core::SettleJob>("master-0");
  s.tell(core::JobFound{"master-0", "run-restore-script", job, core::Finding::running});
  EXPECT_EQ(s.take<core::FollowJob>("master-0").offset, 41u);
}

TEST(RunMachine, TheRestoreScriptIsNeverStartedASecondTimeByItself) {
  for (const core::Finding finding : {core::Finding::killed, core::Finding::rebooted}) {
    Story s;
    s.go_to_restore();
    s.see("master-0", Story::before_restore());
    const std::string job = s.take<core::RunJob>("master-0").job;
    s.crash_and_resume();
    s.take<core::SettleJob>("master-0");
    s.tell(core::JobFound{"master-0", "run-restore-script", job, finding});
    s.see("master-0", Story::before_restore());
    const core::StepState* step = s.state().find("master-0", "run-restore-script");
    EXPECT_EQ(step->stage, core::StepStage::held);
    EXPECT_NE(step->remedy.find("--run-again run-restore-script"), std::string::npos)
        << step->remedy;
    s.crash_and_resume();
    s.see("master-0", Story::before_restore());
    EXPECT_FALSE(s.has<core::RunJob>("master-0")) << "a plain resume is not the operator's word";
    s.crash_and_resume("run-restore-script");
    s.see("master-0", Story::before_restore());
    EXPECT_TRUE(s.has<core::RunJob>("master-0"));
    EXPECT_NE(s.take<core::RunJob>("master-0").job, job);
  }
}

// The script brings the static pods other than etcd back last. Killed between, it leaves a restored
// etcd that no API server will ever speak to.
TEST(RunMachine, ARestoreScriptKilledBeforeItsLastPodsIsNotTakenForDone) {
  Story s;
  s.go_to_restore();
  s.see("master-0", Story::before_restore());
  const auto job = s.take<core::RunJob>("master-0");
  s.tell(core::JobFound{job.host, job.step, job.job, core::Finding::killed});
  std::string seen = Story::after_restore();
  seen.replace(seen.find("missing="), 8, "missing= kube-apiserver-pod.yaml");
  s.see("master-0", seen);
  const core::StepState* step = s.state().find("master-0", "run-restore-script");
  EXPECT_EQ(step->stage, core::StepStage::held);
  EXPECT_THAT(step->reason, testing::HasSubstr("kube-apiserver-pod.yaml"));
  EXPECT_THAT(step->remedy, testing::HasSubstr("--run-again run-restore-script"));
}

// Silence proves nothing while the API is dead: no kubelet can ask for anything then.
TEST(RunMachine, TheTimeInWhichNoCsrComesCountsOnlyWhileTheApiAnswers) {
  const core::StepSpec& spec = *core::find_step(states::newest_profile().phases, "approve-csrs");
  core::RunState state;
  state.note(core::Fact{1, 0, 1, story::three_hosts()});
  state.note(core::Effect(core::Look{"master-0", "approve-csrs", "master-0", "", false, 1, 0, 0}),
             1'000);
  const std::int64_t quiet_ms = state.start->inventory.timing.csr_quiet_ms;
  const auto judge = [&](std::int64_t now_ms, int code) {
    const core::Observed seen{"master-0", "approve-csrs", code, "[]\n", "refused", false};
    state.note(core::Fact{2, now_ms, 1, seen});
    return spec.judge({state, state.start->inventory.hosts[0], now_ms}, seen).kind;
  };
  EXPECT_EQ(judge(2'000, 1), core::Verdict::Kind::not_yet);
  EXPECT_EQ(judge(2'000 + 2 * quiet_ms, 0), core::Verdict::Kind::not_yet);
  EXPECT_EQ(judge(2'000 + 3 * quiet_ms, 0), core::Verdict::Kind::holds);
  state.note(core::Fact{3, 2'000 + 4 * quiet_ms, 1,
                        core::LinkLost{"master-0", "approve-csrs", false, "it reboots"}});
  EXPECT_EQ(judge(2'000 + 5 * quiet_ms, 0), core::Verdict::Kind::not_yet);
}

TEST(RunMachine, AStartThatProvablyNeverBeganIsMadeAnewUnderAnotherId) {
  Story s;
  s.go_to_restore();
  s.see("master-0", Story::before_restore());
  const std::string job = s.take<core::RunJob>("master-0").job;
  s.crash_and_resume();
  s.take<core::SettleJob>("master-0");
  s.tell(core::JobFound{"master-0", "run-restore-script", job, core::Finding::never_began});
  s.see("master-0", Story::before_restore());
  EXPECT_NE(s.take<core::RunJob>("master-0").job, job);
}

TEST(RunMachine, ExitCodeZeroOfTheScriptIsNotSuccess) {
  Story s;
  s.go_to_restore();
  s.see("master-0", Story::before_restore());
  s.finish_job("master-0", 0);
  s.see("master-0",
        "script=present\nmember=\ndatabase=absent\nsnapshot=waiting\nmissing=\netcd=0\n");
  EXPECT_EQ(s.step_of("master-0"), "run-restore-script");
  EXPECT_FALSE(s.has<core::RunJob>("master-0"));
  const auto look = s.take<core::Look>("master-0");
  s.tell(core::Expired{look.host, look.step, "x"});
  EXPECT_EQ(s.state().find("master-0", "run-restore-script")->stage, core::StepStage::held);
}

TEST(RunMachine, AContainerThatDoesNotStopInTimeHoldsAndTheRemedySaysHowToStopIt) {
  Story s;
  s.go_to_quiesce();
  s.pass_move("master-1");
  s.see("master-1", "running=etcd\n");
  const auto look = s.take<core::Look>("master-1");
  s.tell(core::Expired{look.host, look.step, "x"});
  const core::StepState* step = s.state().find("master-1", "etcd-stopped");
  EXPECT_EQ(step->stage, core::StepStage::held);
  EXPECT_EQ(step->reason, "timed out waiting for the condition: container etcd is still running");
  EXPECT_THAT(step->remedy, testing::HasSubstr("crictl stop $(crictl ps -q --label"));
}

TEST(RunMachine, AnotherNameThanTheClustersOpensNoGate) {
  auto machine = states::make_run_machine();
  Story s;
  s.start();
  s.pass_preflight();
  s.pass_stage_backup();
  for (const core::Record& record : s.records) machine->apply(record.fact);
  const std::uint64_t next = s.records.size() + 1;
  EXPECT_TRUE(machine->clone()->apply({next, 1, 1, core::Confirmed{"tester", "other"}}).refusal);
  EXPECT_FALSE(machine->apply({next, 1, 1, core::Confirmed{"tester", "lab"}}).refusal);
}

TEST(RunMachine, AJobWhoseLaunchCameTooLateIsMadeAnewUnderAnotherId) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  const auto job = s.take<core::RunJob>("master-1");
  s.tell(core::JobFound{job.host, job.step, job.job, core::Finding::never_began});
  s.see("master-1", "from=present\nto=absent\n");
  EXPECT_NE(s.take<core::RunJob>("master-1").job, job.job);
}

TEST(RunMachine, ACommandThatFailsHoldsWithItsWordsAndMayBeTriedAgainOnResume) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  s.finish_job("master-1", 1);
  const core::StepState* step = s.state().find("master-1", "move-etcd-manifest");
  EXPECT_EQ(step->stage, core::StepStage::held);
  EXPECT_NE(step->reason.find("it broke"), std::string::npos);
  s.crash_and_resume();
  s.see("master-1", "from=present\nto=absent\n");
  EXPECT_TRUE(s.has<core::RunJob>("master-1"));
}

TEST(RunMachine, OneHeldHostDoesNotKeepTheOthersFromTheirWork) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=present\n");
  s.pass_quiesce("master-2");
  EXPECT_TRUE(s.pending.empty()) << s.names();
  s.crash_and_resume();
  EXPECT_TRUE(s.has<core::Look>("master-1"));
  EXPECT_FALSE(s.has<core::Look>("master-2")) << "a finished lane has nothing to do";
}

TEST(RunMachine, AStopLeavesNothingUnderWayAndResumeGoesOnAtTheSameSteps) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  const std::string job = s.take<core::RunJob>("master-1").job;
  s.tell(core::StopAsked{"tester", "SIGINT"});
  s.crash_and_resume();
  EXPECT_EQ(s.take<core::SettleJob>("master-1").job, job);
  EXPECT_TRUE(s.has<core::Look>("master-2"));
}

TEST(RunMachine, ALostLinkIsTriedAgainWithGrowingPausesAndThenHolds) {
  Story s;
  s.go_to_quiesce();
  std::int64_t last_pause_ms = 0;
  for (int i = 0; i < 4; ++i) {
    s.take<core::Look>("master-1");
    s.tell(core::LinkLost{"master-1", "move-etcd-manifest", false, "no route"});
    const std::int64_t pause_ms = s.take<core::Wait>("master-1").until_ms - s.now_ms;
    EXPECT_GT(pause_ms, last_pause_ms);
    last_pause_ms = pause_ms;
    s.now_ms += pause_ms;
    s.tell(core::Ticked{"master-1", "move-etcd-manifest"});
  }
  s.now_ms += story::three_hosts().inventory.timing.link_patience_ms;
  s.take<core::Look>("master-1");
  s.tell(core::LinkLost{"master-1", "move-etcd-manifest", false, "no route"});
  EXPECT_EQ(s.state().find("master-1", "move-etcd-manifest")->stage, core::StepStage::held);
}

// Eight hours pass without a driver, and the VPN is still coming up when it is back.
TEST(RunMachine, AResumeBeginsItsPatienceAnewAndOneOfAnOlderJournalDoesNot) {
  for (const bool anew : {true, false}) {
    Story s;
    s.go_to_quiesce();
    s.take<core::Look>("master-1");
    s.tell(core::LinkLost{"master-1", "move-etcd-manifest", false, "no route"});
    s.tell(core::StopAsked{"tester", "SIGINT"});
    s.now_ms += 8 * 3'600'000;
    s.pending.clear();
    s.tell(core::ResumeAsked{"tester", "0", "", anew});
    s.take<core::Look>("master-1");
    s.tell(core::LinkLost{"master-1", "move-etcd-manifest", false, "no route"});
    EXPECT_EQ(s.state().find("master-1", "move-etcd-manifest")->stage,
              anew ? core::StepStage::looking : core::StepStage::held);
  }
}

TEST(RunMachine, AStepOfTheClockIsTakenAnywhereAndChangesNoDecision) {
  Story s;
  s.go_to_quiesce();
  const auto pending = s.pending;
  s.tell(core::ClockStepped{-7'200'000});
  EXPECT_EQ(s.pending, pending);
  EXPECT_EQ(s.state().wall_ahead_ms, -7'200'000);
  s.tell(core::StopAsked{"tester", "SIGINT"});
  s.tell(core::ClockStepped{0});
  EXPECT_EQ(s.state().stage, core::RunStage::stopped);
}

TEST(RunMachine, AChangedHostKeyHoldsAtOnce) {
  Story s;
  s.start();
  s.take<core::Look>("master-1");
  s.tell(core::LinkLost{"master-1", "reach-host", true,
                        "the host key of master-1 is not the known one"});
  EXPECT_EQ(s.state().find("master-1", "reach-host")->stage, core::StepStage::held);
  EXPECT_FALSE(s.has<core::Wait>("master-1"));
}

TEST(RunMachine, TheReplayedFoldEqualsTheLiveOne) {
  Story s;
  s.go_to_restore();
  core::RunState fold;
  for (const core::Record& record : s.records) fold.note(record);
  EXPECT_EQ(fold.facts, s.state().facts);
  EXPECT_EQ(fold.phases_finished, s.state().phases_finished);
  for (const auto& [host, known] : s.state().hosts) {
    EXPECT_EQ(fold.hosts.at(host).step, known.step);
    for (const auto& [name, step] : known.steps) {
      EXPECT_EQ(fold.find(host, name)->stage, step.stage) << host << " " << name;
      EXPECT_EQ(fold.find(host, name)->attempts, step.attempts);
    }
  }
}

TEST(RunMachine, AFinishedOrAbandonedRunTakesNothingMore) {
  Story s;
  s.start();
  s.tell(core::RunAbandoned{"tester", "wrong cluster"});
  auto machine = states::make_run_machine();
  for (const core::Record& record : s.records) machine->apply(record.fact);
  EXPECT_TRUE(machine->apply({99, 1, 1, core::ResumeAsked{"x", "0", ""}}).refusal);
}

// ---- ownership ----------------------------------------------------------------------------------

TEST(RunMachine, EveryHostObeysTheRunBeforeTheFirstIsChanged) {
  Story s;
  s.start();
  for (const char* host : {"master-0", "master-1", "master-2"}) {
    s.see(host, "boot_id=b\nhostname=h\nuser_id=0\n");
    s.see(host, "");
    s.see(host, "");
  }
  s.pass_weigh();
  for (const char* host : {"master-0", "master-1"}) {
    s.see(host, "");
    s.finish_job(host);
    s.see(host, s.owned());
  }
  EXPECT_EQ(s.step_of("master-0"), "own-host") << "master-2 does not obey yet";
  s.see("master-2", "owner_run=run2\nowner_by=other@ws\nowner_state=driven\nowner_age_s=60\n");
  const core::StepState* held = s.state().find("master-2", "own-host");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->stage, core::StepStage::held);
  EXPECT_NE(held->reason.find("other@ws"), std::string::npos) << held->reason;
  EXPECT_EQ(s.step_of("master-0"), "own-host");
}

TEST(RunMachine, WhatAHostHasOfACopyIsNotSentAgainUnlessItBootsAnew) {
  const auto reached = [](const std::string& boot) {
    return core::HostReached{"master-0", "machine", boot, "SHA256:key"};
  };
  Story s;
  s.start();
  s.tell(reached("b"));
  s.pass_preflight();
  s.see("master-0", "kept=no\n");
  s.finish_job("master-0");
  s.see("master-0", "kept=yes\n# source: the API\n");
  s.see("master-0", "");
  EXPECT_TRUE(s.take<core::CopyBackup>("master-0").confirmed.empty());
  const std::string snapshot = story::three_hosts().backup.files[0].name;
  for (const std::uint64_t chunk : {0u, 2u, 1u})
    s.tell(core::ChunkConfirmed{"master-0", "copy-backup", snapshot, chunk});

  s.crash_and_resume();
  s.see("master-0", "files=0\n");
  const core::CopyBackup second = s.take<core::CopyBackup>("master-0");
  EXPECT_EQ(second.confirmed, (std::vector<core::FileChunks>{{snapshot, {{0, 2}}}}));
  s.tell(core::ChunkConfirmed{"master-0", "copy-backup", snapshot, 4});

  s.crash_and_resume();
  s.tell(reached("another"));  // what was not synced may be lost
  s.see("master-0", "files=0\n");
  EXPECT_TRUE(s.take<core::CopyBackup>("master-0").confirmed.empty());
}

TEST(RunMachine, AnAdoptedRunGoesOnLikeAResumedOneAndEveryDoubtIsSettled) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  ASSERT_TRUE(s.has<core::RunJob>("master-1"));
  s.pending.clear();
  s.tell(core::Adopted{"you@ws2", "gone", "1", 2, "d2", {}, ""});
  EXPECT_TRUE(s.pending.empty()) << "nothing is done before the resume";
  EXPECT_EQ(s.state().owner.epoch, 2u);
  s.crash_and_resume();
  EXPECT_EQ(s.take<core::SettleJob>("master-1").job, "run1.move-etcd-manifest.master-1.1");
}

// A step's name once came as garbage out of a dangling
// view, and the machine took the fact all the same.
TEST(RunMachine, AFactOfAnotherStepIsRefused) {
  Story s;
  s.start();
  auto machine = states::make_run_machine();
  for (const core::Record& record : s.records) machine->apply(record.fact);
  EXPECT_TRUE(
      machine->apply({2, 1, 1, core::LinkLost{"master-1", "etcd-stopped", false, "x"}}).refusal);
  EXPECT_FALSE(
      machine->apply({2, 1, 1, core::LinkLost{"master-1", "reach-host", false, "x"}}).refusal);
}

TEST(RunMachine, ARaisedDeadlineIsTheCommandsAndTheWitnessesAndNobodyElses) {
  Story s;
  core::RunStarted start = story::three_hosts();
  start.inventory.timing.steps = {{"reach-host", 3'600'000}, {"move-etcd-manifest", 7'200'000}};
  s.tell(start);
  const core::Look reach = s.take<core::Look>("master-1");
  EXPECT_EQ(reach.deadline_ms - s.now_ms, 3'600'000);
  const core::StepSpec& move =
      *core::find_step(states::newest_profile().phases, "move-etcd-manifest");
  EXPECT_EQ(core::deadline_ms(move, move.act_deadline_ms, start.inventory.timing), 7'200'000);
  EXPECT_EQ(core::deadline_ms(move, 8'000'000, start.inventory.timing), 8'000'000);
  const core::StepSpec& other = *core::find_step(states::newest_profile().phases, "etcd-stopped");
  EXPECT_EQ(core::deadline_ms(other, 300'000, start.inventory.timing), 300'000);
}

// A hung look once counted as a lost link: it was tried again for ten minutes and held with a word
// about SSH.
TEST(RunMachine, ALookThatTimesOutIsTakenAgainUntilTheStepsOwnDeadlineAndThenHoldsForTime) {
  Story s;
  s.start();
  const core::Look first = s.take<core::Look>("master-1");
  s.now_ms += 10'000;
  s.tell(core::LookTimedOut{"master-1", first.step, 10'000});
  const core::Look again = s.take<core::Look>("master-1");
  EXPECT_FALSE(again.changed_only);
  EXPECT_EQ(again.deadline_ms, first.deadline_ms);
  EXPECT_EQ(s.state().hosts.at("master-1").link_down_since_ms, 0);
  s.now_ms = first.deadline_ms;
  s.tell(core::LookTimedOut{"master-1", first.step, 20'000});
  const core::StepState& step = *s.state().find("master-1", first.step);
  EXPECT_EQ(step.stage, core::StepStage::held);
  EXPECT_EQ(step.hold, core::HoldKind::timed_out);
  EXPECT_NE(step.reason.find("did not finish within 20 s"), std::string::npos) << step.reason;
}
