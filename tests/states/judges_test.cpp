// What the steps make of what hosts say: stale success, dead APIs, hostile output.
#include <fstream>

#include "states/steps/csr_judge.hpp"
#include "states/steps/scripts.hpp"
#include "tests/sim/csr_samples.hpp"
#include "tests/states/story.hpp"

using core::Verdict;

namespace {

struct World {
  core::RunState state;
  std::int64_t now_ms = 1'000'000;

  World() { state.note(core::Fact{1, 1, 1, story::three_hosts()}); }

  const core::StepSpec& spec(std::string_view name) const {
    return *core::find_step(states::newest_profile().phases, name);
  }
  // What the step says to this output of its look, on the recovery host.
  Verdict judge(std::string_view step, const std::string& out, int code = 0) {
    const core::Observed seen{
        "master-0", std::string(step), code, out, code == 0 ? "" : "connection refused", false};
    state.note(core::Fact{state.facts + 1, now_ms, 1, seen});
    return spec(step).judge({state, state.start->inventory.hosts[0], now_ms}, seen);
  }
  void act(std::string_view step) {
    state.note(core::Effect(core::RunJob{"master-0", std::string(step), "master-0", "j", "", 0}),
               now_ms);
  }
};

std::string etcd_at(int a, int b, int c, const std::string& reason, const std::string& condition,
                    int latest) {
  const auto node = [](const char* name, int revision) {
    return std::string("{\"name\":\"") + name + "\",\"now\":" + std::to_string(revision) + "}";
  };
  return "{\"reason\":\"" + reason + "\",\"latest\":" + std::to_string(latest) + ",\"nodes\":[" +
         node("master-0", a) + "," + node("master-1", b) + "," + node("master-2", c) +
         "],\"progress\":[{\"status\":\"" + (condition.empty() ? "True" : "False") +
         "\",\"reason\":\"" + condition + "\",\"message\":\"m\"}]}";
}

}  // namespace

TEST(Rollout, AStaleAllNodesAtLatestRevisionIsNotSuccess) {
  World w;
  EXPECT_EQ(
      w.judge("force-etcd-redeployment", etcd_at(3, 3, 3, "", "AllNodesAtLatestRevision", 3)).kind,
      Verdict::Kind::needs_act);
  w.act("force-etcd-redeployment");
  EXPECT_EQ(w.judge("await-etcd-rollout",
                    etcd_at(3, 3, 3, "restorectl-run1-etcd", "AllNodesAtLatestRevision", 3))
                .kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(w.judge("await-etcd-rollout", etcd_at(3, 4, 4, "restorectl-run1-etcd", "", 4)).kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(w.judge("await-etcd-rollout",
                    etcd_at(4, 4, 4, "restorectl-run1-etcd", "AllNodesAtLatestRevision", 4))
                .kind,
            Verdict::Kind::holds);
}

// Three revisions follow one another after trouble is cured, and the condition is that of the last
// but one for a moment. Looks of okd-4.7/3 and before did not ask; their runs go on as they did.
TEST(Rollout, RevisionTenOfTwelveIsNotTheEnd) {
  World w;
  w.judge("force-etcd-redeployment", etcd_at(8, 8, 8, "", "AllNodesAtLatestRevision", 8));
  w.act("force-etcd-redeployment");
  const auto seen = [&](const std::string& out, bool today) {
    const std::string more = R"(,"failures":[],"degraded":[],"not_ready":[]})";
    return w.judge("await-etcd-rollout", today ? out.substr(0, out.size() - 1) + more : out);
  };
  const std::string done = "AllNodesAtLatestRevision";
  const std::string reason = "restorectl-run1-etcd";
  const Verdict waiting = seen(etcd_at(10, 10, 10, reason, done, 12), true);
  EXPECT_EQ(waiting.kind, Verdict::Kind::not_yet);
  EXPECT_NE(waiting.detail.find("0 of 3 nodes are at the last revision"), std::string::npos)
      << waiting.detail;
  EXPECT_EQ(seen(etcd_at(12, 12, 10, reason, "", 12), true).kind, Verdict::Kind::not_yet);
  EXPECT_EQ(seen(etcd_at(8, 8, 8, reason, done, 8), true).kind, Verdict::Kind::not_yet);
  EXPECT_EQ(seen(etcd_at(12, 12, 12, reason, done, 12), true).kind, Verdict::Kind::holds);
  EXPECT_EQ(seen(etcd_at(10, 10, 10, reason, done, 12), false).kind, Verdict::Kind::holds);
}

TEST(Rollout, TheSameReasonIsSentAfterAResume) {
  World w;
  const core::StepSpec& spec = w.spec("force-etcd-redeployment");
  const core::StepContext context{w.state, w.state.start->inventory.hosts[0], 1,
                                  states::newest_profile().scripts};
  EXPECT_EQ(spec.act(context), spec.act(context));
  EXPECT_NE(spec.act(context).find("restorectl-run1-etcd"), std::string::npos);
}

TEST(Rollout, AnApiThatDoesNotAnswerIsTriedAgain) {
  World w;
  EXPECT_EQ(w.judge("await-etcd-rollout", "", 1).kind, Verdict::Kind::not_yet);
  EXPECT_EQ(w.judge("force-etcd-redeployment", "not json").kind, Verdict::Kind::not_yet);
}

// Upstream's words: with endpoints of another time the operator cannot reach etcd, and a
// redeployment that is forced again changes nothing.
TEST(Rollout, AWaitQuotesWhatTheOperatorSaysAndWhichNodeItWaitsFor) {
  World w;
  w.judge("force-etcd-redeployment", etcd_at(3, 3, 3, "", "AllNodesAtLatestRevision", 3));
  w.act("force-etcd-redeployment");
  std::string ill = etcd_at(3, 4, 4, "restorectl-run1-etcd", "", 4);
  ill.pop_back();
  const std::string degraded =
      R"(,"degraded":[{"type":"EtcdEndpointsDegraded","reason":"E","message":"no such host"}])";
  const Verdict stale = w.judge("await-etcd-rollout", ill + degraded + R"(,"not_ready":[]})");
  EXPECT_EQ(stale.kind, Verdict::Kind::not_yet);
  EXPECT_NE(stale.detail.find("the operator reports EtcdEndpointsDegraded (E): no such host"),
            std::string::npos)
      << stale.detail;
  EXPECT_NE(stale.remedy.find("resolve what the operator reports"), std::string::npos);
  const Verdict node = w.judge(
      "await-etcd-rollout",
      ill +
          R"(,"degraded":[],"not_ready":[{"name":"master-2","reason":"KubeletNotReady","message":"m"}]})");
  EXPECT_NE(node.detail.find("not Ready: node master-2 (KubeletNotReady): m"), std::string::npos)
      << node.detail;
  EXPECT_NE(node.remedy.find("make it Ready first"), std::string::npos);
  const Verdict plain = w.judge("await-etcd-rollout", ill + "}");
  EXPECT_EQ(plain.remedy, std::string(states::kNodeRemedy));
}

TEST(Rollout, AWaitQuotesWhatTheOperatorIsDoingAndHowMuchIsNotShown) {
  World w;
  w.judge("force-etcd-redeployment", etcd_at(3, 3, 3, "", "AllNodesAtLatestRevision", 3));
  w.act("force-etcd-redeployment");
  std::string rolling = etcd_at(3, 4, 4, "restorectl-run1-etcd", "", 4);
  rolling.pop_back();
  const Verdict waiting = w.judge(
      "await-etcd-rollout",
      rolling +
          R"(,"degraded":[{"type":"XDegraded","reason":"E"}],"degraded_left_out":4,"progressing":)"
          R"([{"type":"NodeInstallerProgressing","reason":"","message":"1 nodes are at revision 3"}]})");
  EXPECT_NE(waiting.detail.find("; the operator reports XDegraded (E); and 4 more like these; the "
                                "operator is at work: NodeInstallerProgressing: 1 nodes are at "
                                "revision 3"),
            std::string::npos)
      << waiting.detail;
}

TEST(Restore, AContainerThatDoesNotComeIsExplainedByTheKubeletAndARestartOfItOffered) {
  World w;
  w.judge("run-restore-script", "script=present\nmember=1\netcd=1\n");
  w.act("run-restore-script");
  const std::string back = "script=present\nmember=2\ndatabase=present\nmissing=\nsnapshot=";
  for (const char* rest : {"waiting\netcd=0\n", "gone\netcd=0\n"}) {
    EXPECT_EQ(w.judge("run-restore-script", back + rest).remedy, "");
    const Verdict silent = w.judge("run-restore-script", back + rest + "kubelet=none\n");
    EXPECT_EQ(silent.kind, Verdict::Kind::not_yet);
    EXPECT_NE(silent.detail.find("the kubelet logged no error about it"), std::string::npos);
    EXPECT_NE(silent.remedy.find("systemctl restart kubelet"), std::string::npos);
    const Verdict reserved =
        w.judge("run-restore-script", back + rest + "kubelet=pod.go:1] name is reserved\n");
    EXPECT_NE(reserved.detail.find("the kubelet logged: pod.go:1] name is reserved"),
              std::string::npos)
        << reserved.detail;
  }
  EXPECT_NE(w.judge("etcd-container-running", "running=0\nkubelet=x\n").detail.find("logged: x"),
            std::string::npos);
}

TEST(SingleMember, AnotherHostsStaleMirrorPodIsWaitedFor) {
  World w;
  EXPECT_EQ(w.judge("single-etcd-pod", R"([{"name":"etcd-master-0","phase":"Running","ready":true},
      {"name":"etcd-master-1","phase":"Running","ready":true}])")
                .kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(
      w.judge("single-etcd-pod", R"([{"name":"etcd-master-0","phase":"Running","ready":true}])")
          .kind,
      Verdict::Kind::holds);
}

// Names may differ in their last character only. A pod of a node has the node's name in its own.
TEST(SingleMember, PodsAndNodesWithTheLongestNamesAreNamedWhole) {
  World w;
  const std::string node = std::string(247, 'n') + "7";
  const std::string detail =
      w.judge("single-etcd-pod", "[{\"name\":\"etcd-" + node +
                                     "\",\"phase\":\"Running\",\"ready\":true}]\n"
                                     "machine_configs=[{\"name\":\"" +
                                     node + "\",\"current\":\"a\",\"desired\":\"b\"}]\n")
          .detail;
  EXPECT_NE(detail.find("etcd-" + node + ";"), std::string::npos) << detail;
  EXPECT_NE(detail.find(": " + node + " ("), std::string::npos) << detail;
}

TEST(VerifyMembers, TwoOfThreeMembersAreNotEnough) {
  World w;
  EXPECT_EQ(w.judge("etcd-members",
                    "{\"members\":[{\"name\":\"master-0\",\"learner\":false}]}\n{\"health\":[{"
                    "\"endpoint\":\"a\",\"health\":true}]}\n")
                .kind,
            Verdict::Kind::not_yet);
  const std::string three =
      "{\"members\":[{\"name\":\"master-0\",\"learner\":false},{\"name\":\"master-1\",\"learner\":"
      "false},{\"name\":\"master-2\",\"learner\":LEARNER}]}\n"
      "{\"health\":[{\"endpoint\":\"a\",\"health\":true},{\"endpoint\":\"b\",\"health\":true},{"
      "\"endpoint\":\"c\",\"health\":true}]}\n";
  std::string learner = three;
  learner.replace(learner.find("LEARNER"), 7, "true");
  EXPECT_EQ(w.judge("etcd-members", learner).kind, Verdict::Kind::not_yet);
  std::string voting = three;
  voting.replace(voting.find("LEARNER"), 7, "false");
  EXPECT_EQ(w.judge("etcd-members", voting).kind, Verdict::Kind::holds);
  const std::string said = R"(operator={"degraded":[{"type":"XDegraded"}],"progressing":[]})";
  EXPECT_EQ(w.judge("etcd-members", voting + said + "\n").kind, Verdict::Kind::holds);
  EXPECT_NE(w.judge("etcd-members", learner + said).detail.find("the operator reports XDegraded"),
            std::string::npos);
  for (const char* broken : {"operator=", "operator=[]\n", "operator={\"degraded\":[5]}"})
    EXPECT_EQ(w.judge("etcd-members", voting + broken).kind, Verdict::Kind::holds) << broken;
}

namespace {

// The last look: operators that have not settled, with what is off about each.
std::string operators(const std::vector<std::pair<std::string, std::string>>& unsettled) {
  std::string names, off, why;
  for (const auto& [name, conditions] : unsettled) {
    const char* comma = names.empty() ? "" : ",";
    names += comma + ("\"" + name) + "\"";
    off += comma + (R"({"name":")" + name) + R"(","is":[)" + conditions + "]}";
    why += comma + (R"({"name":")" + name) + R"(","type":"","message":"says )" + name + "\"}";
  }
  return R"({"count":30,"unsettled":[)" + names + R"(],"left_out":0,"off":[)" + off +
         R"(],"why":[)" + why + "]}";
}

// What was off when the backup was taken.
World with_unsettled(std::vector<core::UnsettledOperator> before) {
  World w;
  core::RunStarted start = story::three_hosts();
  start.backup.content.unsettled = std::move(before);
  w.state = {};
  w.state.note(core::Fact{1, 1, 1, start});
  return w;
}

}  // namespace

// Degraded for weeks, and a good restore could only be abandoned.
TEST(Operators, ThoseThatTheRunItselfRedeploysAreWaitedForWhateverWasBefore) {
  for (const char* name : {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}) {
    World w = with_unsettled({{name, "Degraded", "R"}});
    EXPECT_EQ(w.judge("operators-settled", operators({{name, R"("Degraded")"}})).kind,
              Verdict::Kind::not_yet)
        << name;
  }
}

TEST(Operators, OneThatWasDegradedInTheBackupIsAFindingAndOneThatIsNewIsWaitedFor) {
  World w = with_unsettled({{"machine-config", "Degraded", "RenderConfigFailed"}});
  const Verdict as_before =
      w.judge("operators-settled", operators({{"machine-config", R"("Degraded")"}}));
  EXPECT_EQ(as_before.kind, Verdict::Kind::holds);
  EXPECT_EQ(as_before.findings,
            (std::vector<std::string>{"cluster operator machine-config is degraded: says "
                                      "machine-config (as when the backup was taken)"}));
  EXPECT_NE(
      as_before.detail.find("29 of 30 cluster operators have settled; not waited for, as when "
                            "the backup was taken: cluster operator machine-config"),
      std::string::npos)
      << as_before.detail;
  const Verdict and_new =
      w.judge("operators-settled",
              operators({{"dns", R"("Degraded")"}, {"machine-config", R"("Degraded")"}}));
  EXPECT_EQ(and_new.kind, Verdict::Kind::not_yet);
  EXPECT_TRUE(and_new.findings.empty());
  EXPECT_NE(and_new.detail.find("degraded: dns; dns is degraded: says dns; not waited for, as when "
                                "the backup was taken: machine-config"),
            std::string::npos)
      << and_new.detail;
  EXPECT_NE(and_new.remedy.find("resume run1 --end-with-findings"), std::string::npos);
  // The same operator with another trouble, and the same trouble of another operator.
  EXPECT_EQ(
      w.judge("operators-settled", operators({{"machine-config", R"("Available","Degraded")"}}))
          .kind,
      Verdict::Kind::not_yet);
  EXPECT_EQ(w.judge("operators-settled", operators({{"dns", R"("Degraded")"}})).kind,
            Verdict::Kind::not_yet);
}

TEST(Operators, OneThatOnlyMakesProgressIsWaitedForAndOneThatWasStuckInItIsNot) {
  World w = with_unsettled({{"dns", "Progressing", ""},
                            {"machine-config", "Degraded", ""},
                            {"machine-config", "Progressing", ""}});
  EXPECT_EQ(w.judge("operators-settled", operators({{"dns", R"("Progressing")"}})).kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(w.judge("operators-settled", operators({{"machine-config", R"("Progressing")"}})).kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(
      w.judge("operators-settled", operators({{"machine-config", R"("Degraded","Progressing")"}}))
          .kind,
      Verdict::Kind::holds);
}

namespace {

// What compare-cluster noted before the gate.
void noted_before_gate(World& w, const std::string& out) {
  w.judge("compare-cluster", "cluster_id=c\n" + out);
}

}  // namespace

// The backup is of a better time. What was off right before the restore may be what it cures.
TEST(Operators, OneThatWasDegradedBeforeTheGateIsGivenTenMinutesAndIsAFindingThen) {
  World w;
  noted_before_gate(w, R"(unsettled=[{"name":"dns","off":[{"type":"Degraded","reason":"R"},)"
                       R"({"type":"Progressing","reason":""}]}])"
                       "\nunsettled_left_out=7\n");
  const Verdict at_first =
      w.judge("operators-settled", operators({{"dns", R"("Degraded","Progressing")"}}));
  EXPECT_EQ(at_first.kind, Verdict::Kind::not_yet);
  EXPECT_EQ(at_first.recheck_ms, w.now_ms + 600'000) << "nothing else may change";
  w.now_ms += 300'000;
  w.judge("operators-settled", "", 1);
  w.now_ms += 300'000;
  EXPECT_EQ(w.judge("operators-settled", operators({{"dns", R"("Degraded","Progressing")"}})).kind,
            Verdict::Kind::not_yet)
      << "time in which the API did not answer counts for nothing";
  w.now_ms += 600'000;
  const Verdict as_before =
      w.judge("operators-settled", operators({{"dns", R"("Degraded","Progressing")"}}));
  EXPECT_EQ(as_before.kind, Verdict::Kind::holds);
  EXPECT_EQ(as_before.findings,
            (std::vector<std::string>{"cluster operator dns is degraded and progressing: says dns "
                                      "(as before the gate)"}));
  EXPECT_NE(as_before.detail.find("not waited for, as before the gate: cluster operator dns"),
            std::string::npos)
      << as_before.detail;
  const Verdict and_new = w.judge(
      "operators-settled", operators({{"dns", R"("Degraded")"}, {"ingress", R"("Degraded")"}}));
  EXPECT_EQ(and_new.kind, Verdict::Kind::not_yet);
  EXPECT_NE(and_new.detail.find("; not waited for, as before the gate: dns"), std::string::npos)
      << and_new.detail;
  // The same operator with another trouble.
  EXPECT_EQ(w.judge("operators-settled", operators({{"dns", R"("Available","Degraded")"}})).kind,
            Verdict::Kind::not_yet);
}

TEST(Operators, WhatIsKnownFromTheBackupAndFromBeforeTheGateCountsTogether) {
  World w = with_unsettled({{"dns", "Degraded", ""}});
  noted_before_gate(w, R"(unsettled=[{"name":"ingress","off":[{"type":"Available"}]}])"
                       "\n");
  w.judge("operators-settled", operators({{"ingress", R"("Available")"}}));
  w.now_ms += 600'000;
  const Verdict verdict = w.judge(
      "operators-settled", operators({{"dns", R"("Degraded")"}, {"ingress", R"("Available")"}}));
  EXPECT_EQ(verdict.kind, Verdict::Kind::holds);
  EXPECT_NE(verdict.detail.find("not waited for, as before the gate or as when the backup was "
                                "taken: cluster operator dns"),
            std::string::npos)
      << verdict.detail;
}

TEST(Operators, OfABrokenNoteOrASilentApiBeforeTheGateNothingIsAssumed) {
  for (const char* out : {"", "unsettled=\n", "unsettled=5\n", "unsettled=[5,{},{\"off\":[1]}]\n",
                          "unsettled=[{\"name\":\"dns\",\"off\":\"Degraded\"}]\n"}) {
    World w;
    noted_before_gate(w, out);
    EXPECT_EQ(w.judge("operators-settled", operators({{"dns", R"("Degraded")"}})).kind,
              Verdict::Kind::not_yet)
        << out;
  }
}

// Whatever a journal of before has, its look does not tell which condition is off.
TEST(Operators, OfALookOfAnEarlierProfileEachIsWaitedFor) {
  World w = with_unsettled({{"dns", "Degraded", ""}});
  const Verdict verdict = w.judge(
      "operators-settled",
      R"({"count":30,"unsettled":["dns"],"left_out":0,"why":[{"name":"dns","type":"Degraded","message":"m"}]})");
  EXPECT_EQ(verdict.kind, Verdict::Kind::not_yet);
  EXPECT_NE(verdict.detail.find("dns is degraded: m"), std::string::npos) << verdict.detail;
  EXPECT_EQ(w.judge("operators-settled", R"({"count":30,"unsettled":["dns"]})").kind,
            Verdict::Kind::not_yet);
}

TEST(Operators, ThatALookLeftOutAreWaitedFor) {
  World w = with_unsettled({{"dns", "Degraded", ""}});
  std::string out = operators({{"dns", R"("Degraded")"}});
  out.replace(out.find("\"left_out\":0"), 12, "\"left_out\":1");
  EXPECT_EQ(w.judge("operators-settled", out).kind, Verdict::Kind::not_yet);
}

// A word is for the step that waits when it is given, and ends it whatever has not settled.
TEST(Operators, AtTheOperatorsWordTheRunEndsAndWhatHasNotSettledIsListed) {
  for (const bool old_look : {false, true}) {
    World w = with_unsettled({{"dns", "Degraded", ""}});
    const std::string out =
        old_look ? R"({"count":30,"unsettled":["dns","ingress"]})"
                 : operators({{"dns", R"("Degraded")"}, {"ingress", R"("Available")"}});
    EXPECT_EQ(w.judge("operators-settled", out).kind, Verdict::Kind::not_yet);
    w.state.note(core::Effect(core::Look{"master-0", "etcd-pods", "master-0", "", false, 1, 0, 0}),
                 w.now_ms);
    w.state.note(core::Fact{w.state.facts + 1, w.now_ms, 1,
                            core::ResumeAsked{"me", "0", "", true, "too early"}});
    EXPECT_EQ(w.judge("operators-settled", out).kind, Verdict::Kind::not_yet);
    w.state.note(
        core::Effect(core::Look{"master-0", "operators-settled", "master-0", "", false, 1, 0, 0}),
        w.now_ms);
    w.state.note(core::Fact{w.state.facts + 1, w.now_ms, 1,
                            core::ResumeAsked{"me", "0", "", true, "no load balancer"}});
    EXPECT_EQ(w.judge("operators-settled", "", 1).kind, Verdict::Kind::not_yet)
        << "what has not settled must be known";
    const Verdict ended = w.judge("operators-settled", out);
    EXPECT_EQ(ended.kind, Verdict::Kind::holds);
    ASSERT_EQ(ended.findings.size(), 2u);
    EXPECT_NE(ended.findings[1].find("cluster operator ingress"), std::string::npos);
    EXPECT_NE(
        ended.detail.find("28 of 30 cluster operators have settled; ended with findings, "
                          "as --end-with-findings asks (no load balancer): cluster operator dns"),
        std::string::npos)
        << ended.detail;
  }
}

TEST(Preflight, ANodeThatEtcdKnowsAndTheInventoryLacksIsRefused) {
  World w;
  EXPECT_EQ(w.judge("inspect-host", "node=master-0\nnode=master-1\nnode=master-2\n").kind,
            Verdict::Kind::holds);
  const Verdict verdict = w.judge("inspect-host", "node=master-0\nnode=master-3\n");
  EXPECT_EQ(verdict.kind, Verdict::Kind::wrong);
  EXPECT_NE(verdict.detail.find("master-3"), std::string::npos);
}

TEST(Preflight, MissingScriptIsNamed) {
  World w;
  const Verdict verdict = w.judge("inspect-host", "lack=/usr/local/bin/cluster-restore.sh\n");
  EXPECT_EQ(verdict.kind, Verdict::Kind::wrong);
  EXPECT_NE(verdict.detail.find("cluster-restore.sh"), std::string::npos);
}

TEST(Kubelet, OnlyAnotherInvocationIsARestart) {
  World w;
  EXPECT_EQ(
      w.judge("restart-recovery-kubelet", "LoadState=loaded\nActiveState=active\nInvocationID=1\n")
          .kind,
      Verdict::Kind::needs_act);
  w.act("restart-recovery-kubelet");
  EXPECT_EQ(
      w.judge("restart-recovery-kubelet", "LoadState=loaded\nActiveState=active\nInvocationID=1\n")
          .kind,
      Verdict::Kind::needs_act);
  EXPECT_EQ(w.judge("restart-recovery-kubelet",
                    "LoadState=loaded\nActiveState=activating\nInvocationID=2\n")
                .kind,
            Verdict::Kind::not_yet);
  EXPECT_EQ(
      w.judge("restart-recovery-kubelet", "LoadState=loaded\nActiveState=active\nInvocationID=2\n")
          .kind,
      Verdict::Kind::holds);
}

TEST(Csrs, NoPendingOneHoldsOnlyAfterTheQuietTime) {
  World w;
  w.state.note(core::Effect(core::Look{"master-0", "approve-csrs", "master-0", "", false, 1, 0, 0}),
               w.now_ms);
  const Verdict waiting = w.judge("approve-csrs", "[]\n");
  EXPECT_EQ(waiting.kind, Verdict::Kind::not_yet);
  EXPECT_EQ(waiting.recheck_ms, w.now_ms + 120'000);
  w.now_ms += 120'000;
  EXPECT_EQ(w.judge("approve-csrs", "[]\n").kind, Verdict::Kind::holds);
}

// A node without a serving certificate has no logs and no exec: that is no detail of a success.
TEST(Csrs, ARefusedRequestOfAnInventorysNodeIsAWarningAndAnothersIsNot) {
  World w;
  w.state.note(core::Effect(core::Look{"master-0", "approve-csrs", "master-0", "", false, 1, 0, 0}),
               w.now_ms);
  std::string own = sim::csr_item("csr-own", "master-1", true);
  own.replace(own.find("server auth"), 11, "client auth");
  const std::string other = sim::csr_item("csr-other", "", false);
  const auto answer = [](const std::string& items) {
    return "{\"pending\":[" + items + "],\"left_out\":210,\"of_other_signers\":3}\n";
  };
  w.judge("approve-csrs", answer(other));
  w.now_ms += 120'000;
  const Verdict quiet = w.judge("approve-csrs", answer(other));
  EXPECT_EQ(quiet.kind, Verdict::Kind::holds);
  EXPECT_EQ(quiet.detail.find("warning"), std::string::npos) << quiet.detail;
  EXPECT_NE(quiet.detail.find("210 more CSRs are pending"), std::string::npos) << quiet.detail;
  EXPECT_NE(quiet.detail.find("3 CSRs of other signers"), std::string::npos) << quiet.detail;
  const Verdict warned = w.judge("approve-csrs", answer(own + "," + other));
  EXPECT_EQ(warned.kind, Verdict::Kind::holds);
  EXPECT_NE(warned.detail.find("warning: CSRs of nodes in the inventory were not approved: "
                               "csr-own of node master-1: usages"),
            std::string::npos)
      << warned.detail;
}

// Whatever a failed look printed, it proves nothing;
// and no output, however odd, may end the program.
TEST(Judges, AWarningOfSudoIsNoRefusalAndARefusalIsNamed) {
  core::Observed seen{"master-0", "etcd-stopped", 1, "", "", false};
  seen.err = "sudo: unable to resolve host master-0: Name or service not known\nconnection refused";
  const Verdict failed = states::check_failed(seen, "the etcd members");
  EXPECT_EQ(failed.kind, Verdict::Kind::not_yet);
  EXPECT_TRUE(failed.detail.starts_with("cannot check the etcd members: exit code 1: sudo: "))
      << failed.detail;
  seen.err = "sudo: a password is required\n";
  EXPECT_EQ(states::check_failed(seen, "x").kind, Verdict::Kind::wrong);
}

// A reboot of the recovery host between the restore and etcd's redeployment: its restore pod cannot
// start again, so the API never comes, and the operator must be told that.
TEST(Judges, AnApiThatIsDeadAfterTheRestoreSaysWhatToDoAboutTheRestorePod) {
  for (const char* step : {"approve-csrs", "etcd-container-running", "single-etcd-pod"}) {
    World w;
    const Verdict verdict = w.judge(step, "", 1);
    EXPECT_EQ(verdict.kind, Verdict::Kind::not_yet);
    EXPECT_NE(verdict.remedy.find("abandon this run and start a new one"), std::string::npos)
        << step;
  }
}

TEST(Judges, AFailedLookIsNeverAWitnessAndOddOutputIsSurvived) {
  const std::string garbage[] = {"",
                                 "\0\0",
                                 "[",
                                 "{}",
                                 "[]",
                                 "null",
                                 "[1,2,3]",
                                 "{\"members\":5}\n{\"health\":{}}\n",
                                 std::string(100'000, '['),
                                 "=\n==\n",
                                 "\x1b[2J",
                                 "{\"nodes\":[[]],\"progress\":[[]]}"};
  for (const states::Phase& phase : states::newest_profile().machines) {
    for (const core::StepSpec* step : phase.spec.steps) {
      for (const std::string& text : garbage) {
        for (const int code : {0, 1, 255}) {
          World w;
          const Verdict verdict = w.judge(step->name, text, code);
          if (code != 0) {
            EXPECT_NE(verdict.kind, Verdict::Kind::holds) << step->name << " upon '" << text << "'";
            EXPECT_NE(verdict.kind, Verdict::Kind::needs_act)
                << step->name << " upon '" << text << "'";
          }
        }
      }
    }
  }
}
