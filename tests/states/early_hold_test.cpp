// Holding early: where an operator, a kubelet or a runtime says that waiting is of no use, and
// looks have watched it say so for a while. No clock: time is that of the facts.
#include <gmock/gmock.h>

#include <functional>

#include "states/engine/step_life.hpp"
#include "tests/states/story.hpp"

using testing::AllOf;
using testing::HasSubstr;

namespace {

constexpr std::int64_t kMinute = 60'000;

// One step's life on the recovery host, with the fold that it judges by.
class Life {
 public:
  explicit Life(const char* step)
      : spec_(*core::find_step(states::newest_profile().phases, step)), life_(spec_) {
    note(story::three_hosts());
    // What await-etcd-rollout compares with: the revision before the redeployment.
    const std::string force = "force-etcd-redeployment";
    note(core::Observed{"master-0", force, 0, story::Story::settled_at(8, ""), "", false});
    state_.note(core::Effect(core::RunJob{"master-0", force, "master-0", "j", "", 0}), now_ms);
    drive([&](const core::StepContext& context, states::Outbox& out) {
      return life_.begin(context, out);
    });
  }
  void take(core::FactBody body) {
    note(body);
    drive([&](const core::StepContext& context, states::Outbox& out) {
      return life_.take(body, context, out);
    });
  }
  void see(const std::string& out, int code = 0) {
    take(core::Observed{"master-0", std::string(spec_.name), code, out,
                        code == 0 ? "" : "connection refused", false});
  }
  void resume() {
    note(core::ResumeAsked{"tester", "0", "", true});
    drive([&](const core::StepContext& context, states::Outbox& out) {
      return life_.resume(context, out);
    });
  }
  bool held() const { return life_.stage() == core::StepStage::held; }
  core::StepHeld hold() const {
    const auto conclusion = life_.conclusion("master-0");
    if (!conclusion || !std::holds_alternative<core::StepHeld>(*conclusion)) return {};
    return std::get<core::StepHeld>(*conclusion);
  }
  // When the next look is due at the latest.
  std::int64_t recheck_ms() const {
    for (const core::Effect& effect : out_) {
      if (const auto* look = std::get_if<core::Look>(&effect)) return look->recheck_ms;
    }
    return -1;
  }

  std::int64_t now_ms = 1'000'000;

 private:
  void note(core::FactBody body) {
    state_.note(core::Fact{state_.facts + 1, now_ms, 1, std::move(body)});
  }
  template <class Call>
  void drive(Call call) {
    out_.clear();
    const core::StepContext context{state_, state_.start->inventory.hosts[0], now_ms, {}};
    const std::optional<std::string> refusal = call(context, out_);
    EXPECT_FALSE(refusal) << *refusal;
    for (const core::Effect& effect : out_) state_.note(effect, now_ms);
  }

  const core::StepSpec& spec_;
  states::StepLife life_;
  core::RunState state_;
  states::Outbox out_;
};

// What await-etcd-rollout sees: nodes at these revisions on the way from 8 to `latest`.
std::string rolling(int a, int b, int c, const std::string& more, int latest = 9) {
  const auto node = [](const char* name, int revision) {
    return std::string(R"({"name":")") + name + R"(","now":)" + std::to_string(revision) + "}";
  };
  return R"({"reason":"restorectl-run1-etcd","latest":)" + std::to_string(latest) +
         R"(,"nodes":[)" + node("master-0", a) + "," + node("master-1", b) + "," +
         node("master-2", c) + R"(],"progress":[{"status":"True","reason":"","message":"m"}])" +
         more + "}";
}

const std::string kNothing = R"(,"failures":[],"degraded":[],"not_ready":[])";
const std::string kFailed =
    R"(,"failures":[{"name":"master-1","revision":9,"reason":"InstallerFailed","message":"exit status 1"}],)"
    R"("degraded":[],"not_ready":[])";
const std::string kEndpoints =
    R"(,"failures":[],"degraded":[{"type":"EtcdEndpointsDegraded","reason":"E","message":"no such host"}],"not_ready":[])";
const std::string kNotReady =
    R"(,"failures":[],"degraded":[],"not_ready":[{"name":"master-2","reason":"NodeStatusUnknown","message":"stopped"}])";

}  // namespace

TEST(EarlyHold, AnInstallerThatFailedHoldsAfterFiveMinutesWithItsReasonAndThePodThatTells) {
  Life step("await-etcd-rollout");
  step.see(rolling(9, 8, 8, kNothing));
  EXPECT_EQ(step.recheck_ms(), 0);
  step.see(rolling(9, 8, 8, kFailed));
  EXPECT_FALSE(step.held());
  EXPECT_EQ(step.recheck_ms(), step.now_ms + 5 * kMinute) << "nothing else may change";
  step.now_ms += 5 * kMinute - 1;
  step.see(rolling(9, 8, 8, kFailed));
  EXPECT_FALSE(step.held());
  step.now_ms += 1;
  step.see(rolling(9, 8, 8, kFailed));
  ASSERT_TRUE(step.held());
  EXPECT_EQ(step.hold().kind, core::HoldKind::unmet);
  EXPECT_THAT(step.hold().reason,
              AllOf(HasSubstr("unchanged for 5 min 00 s: "),
                    HasSubstr("the installer failed on master-1 at revision 9 (InstallerFailed): "
                              "exit status 1")));
  EXPECT_THAT(step.hold().remedy, HasSubstr("installer-9-master-1"));
}

TEST(EarlyHold, EndpointsOfAnotherTimeHoldWithTheConfigMapToCorrect) {
  Life step("await-etcd-rollout");
  step.see(rolling(8, 8, 8, kEndpoints));
  step.now_ms += 5 * kMinute;
  step.see(rolling(8, 8, 8, kEndpoints));
  ASSERT_TRUE(step.held());
  EXPECT_THAT(step.hold().reason, HasSubstr("EtcdEndpointsDegraded (E): no such host"));
  EXPECT_THAT(step.hold().remedy,
              AllOf(HasSubstr("etcd-endpoints"), HasSubstr("requested again does not help")));
}

TEST(EarlyHold, ANodeThatIsNotReadyHoldsAfterTwentyMinutesAndNotWhileItsHostBoots) {
  Life step("await-etcd-rollout");
  step.see(rolling(8, 8, 8, kNotReady));
  step.now_ms += 19 * kMinute;
  step.see(rolling(8, 8, 8, kNotReady));
  EXPECT_FALSE(step.held());
  step.now_ms += kMinute;
  step.see(rolling(8, 8, 8, kNotReady));
  ASSERT_TRUE(step.held());
  EXPECT_THAT(step.hold().reason,
              HasSubstr("not Ready: node master-2 (NodeStatusUnknown): stopped"));
  EXPECT_THAT(step.hold().remedy, HasSubstr("make it Ready first"));
}

TEST(EarlyHold, TimeCountsAnewWhereANodeMovesOnOrTheTroubleWasGoneForAMoment) {
  for (const auto& [trouble, patience] :
       {std::pair(kNotReady, 20 * kMinute), std::pair(kFailed, 5 * kMinute),
        std::pair(kEndpoints, 5 * kMinute)}) {
    for (const std::string& between : {rolling(9, 8, 9, trouble), rolling(9, 8, 8, kNothing)}) {
      Life step("await-etcd-rollout");
      step.see(rolling(9, 8, 8, trouble));
      step.now_ms += patience - kMinute;
      step.see(between);
      step.now_ms += 2 * kMinute;
      step.see(between);
      EXPECT_FALSE(step.held()) << between;
    }
  }
}

// Nobody watched: a lost link, a look that hung, an API that did not answer, a run without a
// driver.
TEST(EarlyHold, OnlyTimeInWhichLooksWatchedItCounts) {
  using Gap = std::function<void(Life&)>;
  const std::string name = "await-etcd-rollout";
  const Gap gaps[] = {
      [&](Life& step) {
        step.take(core::LinkLost{"master-0", name, false, "gone"});
        step.take(core::Ticked{"master-0", name});
      },
      [&](Life& step) {
        step.take(core::LookTimedOut{"master-0", name, 10'000});
      },
      [](Life& step) { step.see("", 1); },
      [](Life& step) { step.resume(); },
  };
  for (const Gap& gap : gaps) {
    Life step("await-etcd-rollout");
    step.see(rolling(9, 8, 8, kFailed));
    gap(step);
    step.now_ms += 5 * kMinute;
    step.see(rolling(9, 8, 8, kFailed));
    EXPECT_FALSE(step.held());
    step.now_ms += 5 * kMinute;
    step.see(rolling(9, 8, 8, kFailed));
    EXPECT_TRUE(step.held());
  }
}

TEST(EarlyHold, AResumeWaitsAnewAndHoldsAgainOnlyAfterTheSameTime) {
  Life step("await-etcd-rollout");
  step.see(rolling(9, 8, 8, kFailed));
  step.now_ms += 5 * kMinute;
  step.see(rolling(9, 8, 8, kFailed));
  ASSERT_TRUE(step.held());
  step.now_ms += 60 * kMinute;
  step.resume();
  step.see(rolling(9, 8, 8, kFailed));
  EXPECT_FALSE(step.held());
  step.see(rolling(9, 9, 8, kNothing));
  step.now_ms += 20 * kMinute;
  step.see(rolling(9, 9, 8, kNothing));
  EXPECT_FALSE(step.held()) << "an ordinary wait has the step's whole time";
}

// What is over, or what the operator goes on from by itself.
TEST(EarlyHold, AFailureOfBeforeOrOfARevisionThatAnotherFollowsHoldsNothing) {
  const std::string of_before =
      R"(,"failures":[{"name":"master-1","revision":8}],"degraded":[],"not_ready":[])";
  const std::string member =
      R"(,"failures":[],"degraded":[{"type":"EtcdMembersDegraded","reason":"UnhealthyMembers"}],"not_ready":[])";
  for (const std::string& out :
       {rolling(9, 8, 8, of_before), rolling(9, 8, 8, kFailed, 10), rolling(9, 8, 8, member)}) {
    Life step("await-etcd-rollout");
    step.see(out);
    step.now_ms += 30 * kMinute;
    step.see(out);
    EXPECT_FALSE(step.held()) << out;
  }
}

TEST(EarlyHold, ALookOfAnEarlierProfileIsWaitedForToTheDeadline) {
  const std::string of_before =
      R"(,"degraded":[{"type":"EtcdEndpointsDegraded","reason":"E","message":"m"}],)"
      R"("not_ready":[{"name":"master-2","reason":"R","message":"m"}])";
  Life step("await-etcd-rollout");
  step.see(rolling(8, 8, 8, of_before));
  EXPECT_EQ(step.recheck_ms(), 0);
  step.now_ms += 30 * kMinute;
  step.see(rolling(8, 8, 8, of_before));
  EXPECT_FALSE(step.held());
}

// ---- a container that does not come -------------------------------------------------------------

namespace {

// The restore script has run; the look is a minute after the manifest, or later.
// `member` is the data directory, which the restore pod makes.
std::string no_etcd(const std::string& said, const std::string& member = "2") {
  return "script=present\nmember=" + member +
         "\ndatabase=absent\nsnapshot=waiting\nmissing=\netcd=0\n" + said;
}

Life restored() {
  Life step("run-restore-script");
  step.see("script=present\nmember=1\netcd=1\n");
  step.take(core::JobEnded{"master-0", "run-restore-script", "j", 0, 0, "", ""});
  return step;
}

}  // namespace

TEST(EarlyHold, AContainerThatDoesNotComeHoldsWithTheWordsAndTheRemedyThatFits) {
  struct Case {
    const char* said;
    const char* quoted;
    const char* remedy;
  };
  const Case cases[] = {
      {"kubelet=none\nruntime=none\n", "logged no error about it, nor the container runtime",
       "systemctl restart kubelet, which the procedure does next anyway"},
      {"kubelet=none\nruntime=name k8s_etcd is reserved for id\n",
       "the container runtime: name k8s_etcd is reserved for id", "systemctl restart crio"},
      {"kubelet=Error syncing pod\nruntime=none\nended=code 1: wrong flag\n",
       "the last container ended with code 1: wrong flag", "fix what its last words say"},
      {"kubelet=no space left\nruntime=none\n", "the kubelet logged: no space left",
       "fix what kubelet and runtime say"},
  };
  for (const Case& one : cases) {
    for (const char* member : {"", "2"}) {
      SCOPED_TRACE(one.said);
      Life step = restored();
      step.see(no_etcd("", member));
      step.now_ms += kMinute;
      step.see(no_etcd(one.said, member));
      EXPECT_FALSE(step.held());
      EXPECT_EQ(step.recheck_ms(), step.now_ms + 2 * kMinute) << "nothing else may change";
      step.now_ms += 2 * kMinute;
      step.see(no_etcd(one.said, member));
      ASSERT_TRUE(step.held());
      EXPECT_THAT(step.hold().reason, HasSubstr(one.quoted));
      EXPECT_THAT(step.hold().remedy, HasSubstr(one.remedy));
      step.resume();
      step.see("script=present\nmember=2\ndatabase=present\nsnapshot=gone\nmissing=\netcd=1\n");
      EXPECT_FALSE(step.held());
    }
  }
}

TEST(EarlyHold, ALookThatAsksTheKubeletOnlyIsWaitedForToTheDeadline) {
  Life step = restored();
  step.see(no_etcd("kubelet=none\n"));
  step.now_ms += 9 * kMinute;
  step.see(no_etcd("kubelet=none\n"));
  EXPECT_FALSE(step.held());
}

TEST(EarlyHold, AnApiServerThatNobodyStartsHoldsAndOneThatStartsAgainAndAgainIsGivenTenMinutes) {
  for (const bool ends : {false, true}) {
    Life step("approve-csrs");
    const std::string said = std::string("kubelet=none\nruntime=none\n") +
                             (ends ? "ended=code 1: context deadline exceeded\n" : "");
    step.see("", 1);
    step.see(said, 1);
    step.now_ms += 2 * kMinute;
    step.see(said, 1);
    EXPECT_EQ(step.held(), !ends);
    step.now_ms += 8 * kMinute;
    if (ends) step.see(said, 1);
    ASSERT_TRUE(step.held());
    EXPECT_THAT(step.hold().reason, HasSubstr("no kube-apiserver container has been running"));
  }
}
