// Runs without hosts that are gone for good: that they are off is asked before anything is begun
// and again right before the restore script, and their Node objects are deleted before anything
// waits for them. The looks run in networks of their own (scripts.hpp).
#include <gmock/gmock.h>

#include "tests/states/stand_ins.hpp"

using core::Verdict;
using scripts::in_namespace;
using scripts::kAsked;
using scripts::Step;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Verdict::Kind;

namespace {

constexpr const char* kScripts =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts";

// A run without master-1 and master-2; of the first also another address.
core::RunStarted without(const std::string& address = "192.0.2.12",
                         std::vector<std::string> more = {}) {
  core::RunStarted start = story::only_the_recovery_host();
  start.absent[0].address = address;
  start.absent[0].node_addresses = std::move(more);
  return start;
}

// A step of that run in the recovery host's lane.
struct Lane {
  explicit Lane(std::string_view name, const core::RunStarted& start = without())
      : step(name, scripts::kToday, start) {}
  core::StepContext context() const {
    return {step.state, step.state.start->inventory.hosts[0], 1, {}};
  }
  std::string look() const { return step.spec.look(context()); }
  std::string act() const { return step.spec.act(context()); }
  Verdict judge(const std::string& out, int code = 0) {
    const core::Observed seen{"master-0", std::string(step.spec.name), code, out, "", false};
    step.state.note(core::Fact{step.state.facts + 1, 1, 1, seen});
    return step.spec.judge(context(), seen);
  }
  Step step;
};

std::string silent() {
  return "absent=master-1 192.0.2.12 2379 silent\nabsent=master-2 192.0.2.13 2379 silent\n";
}

// A network in which 198.51.100.1 is this host, and nobody has another address of its own.
constexpr const char* kNetwork =
    "ip link set lo up; ip link add v0 type veth peer name v1; ip addr add 198.51.100.1/24 dev v0; "
    "ip link set v0 up; ip link set v1 up\n";

// A server that accepts connections on a port of every address.
std::string listens(int port) {
  return "rm -f /var/lib/listens\n/usr/bin/python3 -ISc 'import signal, socket\n"
         "s = socket.create_server((\"\", " +
         std::to_string(port) +
         "))\nopen(\"/var/lib/listens\", \"w\").close()\nsignal.pause()' &\n"
         "until [ -e /var/lib/listens ]; do :; done\n";
}

std::string etcd_env(const std::string& address) {
  return std::string("mkdir -p ") + kScripts +
         "\nprintf 'export NODE_master_1_ETCD_NAME=\"master-1\"\\nexport NODE_master_1_IP=\"" +
         address +
         "\"\\nexport NODE_master_10_IP=\"203.0.113.7\"\\nexport OTHER=\"$(reboot)\"\\n' > " +
         kScripts + "/etcd.env\n";
}

}  // namespace

// ---- what the looks ask
// ---------------------------------------------------------------------------

TEST(AbsentHosts, AnOpenPortOfEtcdIsSeenAndOnesThatRefuseAreToo) {
  const std::string out =
      in_namespace(kNetwork + listens(2379), Lane("inspect-host", without("127.0.0.1")).look(), "")
          .out;
  EXPECT_THAT(out, AllOf(HasSubstr("absent=master-1 127.0.0.1 2379 open\n"),
                         HasSubstr("absent=master-1 127.0.0.1 2380 refused\n"),
                         HasSubstr("absent=master-1 127.0.0.1 6443 refused\n"),
                         HasSubstr("absent=master-1 127.0.0.1 10250 refused\n")));
}

TEST(AbsentHosts, AnAddressThatNobodyHasIsSilentAndANameThatNobodyKnowsIsUntried) {
  const std::string out =
      in_namespace(kNetwork,
                   Lane("inspect-host", without("198.51.100.9", {"no.such.invalid"})).look(), "")
          .out;
  EXPECT_THAT(out, AllOf(HasSubstr("absent=master-1 198.51.100.9 2379 silent\n"),
                         HasSubstr("absent=master-1 198.51.100.9 10250 silent\n"),
                         HasSubstr("absent=master-1 no.such.invalid 2380 untried "),
                         HasSubstr("absent=master-2 192.0.2.13 2379 untried ")))
      << "we have no route to the last one, which says nothing about it";
}

TEST(AbsentHosts, ANameAtWhoseAddressNobodyAnswersIsUntriedSinceItMayNotHaveBeenLookedUp) {
  EXPECT_THAT(
      in_namespace(std::string(kNetwork) + "echo '198.51.100.9 gone.example' > /var/lib/hosts\n" +
                       "mount --bind /var/lib/hosts /etc/hosts\n",
                   Lane("inspect-host", without("gone.example")).look(), "")
          .out,
      HasSubstr("absent=master-1 gone.example 2379 untried no answer, and it is a name\n"));
}

TEST(AbsentHosts, TheAddressThatEtcdItselfHasForTheNodeIsAskedToo) {
  const std::string out = in_namespace(kNetwork + listens(2380) + etcd_env("198.51.100.1"),
                                       Lane("inspect-host", without("no.such.invalid")).look(), "")
                              .out;
  EXPECT_THAT(out, AllOf(HasSubstr("absent=master-1 198.51.100.1 2380 open\n"),
                         Not(HasSubstr("absent=master-1 203.0.113.7"))));
}

TEST(AbsentHosts, ARunThatIsWithoutNoneAsksNobody) {
  for (const char* name : {"inspect-host", "confirm-quiet", "run-restore-script"}) {
    const std::string look = Lane(name, story::three_hosts()).look();
    EXPECT_THAT(look, HasSubstr("absent=''\n")) << name;
    EXPECT_THAT(in_namespace("", look, "").out, Not(HasSubstr("absent="))) << name;
  }
}

TEST(AbsentHosts, TheHostsAreAskedRightBeforeTheScriptAndNotWhileItsEffectIsAwaited) {
  Lane restore("run-restore-script");
  EXPECT_THAT(restore.look(), HasSubstr("absent='master-1,master-1,192.0.2.12 "
                                        "master-2,master-2,192.0.2.13'\n"));
  const core::RunJob job{"master-0", "run-restore-script", "master-0", "j", "", 0};
  restore.step.state.note(core::Effect(job), 1);
  EXPECT_THAT(restore.look(), HasSubstr("absent=''\n"));
  // It never began, so it begins anew.
  restore.step.state.note(core::Fact{
      restore.step.state.facts + 1, 1, 1,
      core::JobFound{"master-0", "run-restore-script", "j", core::Finding::never_began}});
  EXPECT_THAT(restore.look(), HasSubstr("absent='master-1,"));
}

TEST(AbsentHosts, AnAddressThatIsNoneNeverReachesAScript) {
  const std::string look = Lane("inspect-host", without("192.0.2.12", {"a b,c;d", "-x"})).look();
  EXPECT_THAT(look, HasSubstr("absent='master-1,master-1,192.0.2.12 master-2"));
}

// ---- what is made of it
// ----------------------------------------------------------------------------

TEST(AbsentHosts, OneThatAnswersIsNamedWithThePortAndTheWayOut) {
  for (const char* name : {"inspect-host", "confirm-quiet"}) {
    SCOPED_TRACE(name);
    const Verdict held = Lane(name).judge(
        "absent=master-1 192.0.2.12 2380 open\nabsent=master-2 192.0.2.13 2379 silent\n");
    EXPECT_EQ(held.kind, Kind::wrong);
    EXPECT_THAT(held.detail, HasSubstr("master-1 (192.0.2.12), excluded with --without, is not "
                                       "off: 192.0.2.12:2380 (etcd), asked from master-0"));
    EXPECT_THAT(held.detail, Not(HasSubstr("master-2")));
    EXPECT_THAT(held.remedy, EndsWith("power master-1 off and keep it off; then resume"));
    EXPECT_THAT(held.remedy, HasSubstr("without --without master-1"));
    EXPECT_EQ(Lane(name).judge(silent()).kind, Kind::holds);
  }
}

TEST(AbsentHosts, AMachineThatRefusesTheConnectionIsNotOff) {
  const Verdict held =
      Lane("confirm-quiet").judge(silent() + "absent=master-2 192.0.2.13 10250 refused\n");
  EXPECT_EQ(held.kind, Kind::wrong);
  EXPECT_THAT(held.detail, HasSubstr("192.0.2.13:10250 (refuses the connection)"));
}

TEST(AbsentHosts, OneOfWhichNothingWasFoundOutIsNotTakenForOff) {
  const Verdict none = Lane("confirm-quiet").judge("absent=master-1 192.0.2.12 2379 silent\n");
  EXPECT_EQ(none.kind, Kind::wrong);
  EXPECT_THAT(none.detail, HasSubstr("whether master-2 (192.0.2.13), excluded with --without"));
  const Verdict untried =
      Lane("confirm-quiet")
          .judge(
              "absent=master-1 192.0.2.12 2379 silent\nabsent=master-2 m2 2379 untried unknown\n");
  EXPECT_THAT(untried.detail, HasSubstr("m2:2379 untried unknown"));
  EXPECT_THAT(untried.remedy, HasSubstr("nodeAddresses"));
  EXPECT_THAT(untried.remedy, Not(HasSubstr("resume"))) << "the run is to be abandoned";
}

TEST(AbsentHosts, WordsOfAHostWithoutABoundAreCut) {
  const Verdict held = Lane("confirm-quiet")
                           .judge("absent=master-1 " + std::string(90'000, 'x') + " 1 open\n" +
                                  "absent=master-1\nabsent=master-1 \nabsent=master-1 a b\n");
  EXPECT_EQ(held.kind, Kind::wrong);
  EXPECT_LT(held.detail.size(), 1'000U);
  std::string many;
  for (int port = 1; port < 1'000; ++port)
    many += "absent=master-1 192.0.2.12 " + std::to_string(port) + " open\n";
  EXPECT_LT(Lane("confirm-quiet").judge(many).detail.size(), 1'000U);
}

TEST(AbsentHosts, TheRestoreScriptIsNotStartedWhileOneAnswers) {
  story::Story s;
  s.tell(story::only_the_recovery_host());
  s.see("master-0", "boot_id=b\nhostname=h\nuser_id=0\n");
  s.see("master-0", silent());
  s.see("master-0", "");
  s.pass_weigh();
  s.see("master-0", "");
  s.finish_job("master-0");
  s.see("master-0", s.owned());
  s.pass_stage_backup();
  s.confirm();
  EXPECT_EQ(s.step_of("master-0"), "run-restore-script") << "there is no other host to be stopped";
  s.see("master-0",
        story::Story::before_restore() + silent() + "absent=master-1 192.0.2.12 2379 open\n");
  EXPECT_FALSE(s.has<core::RunJob>("master-0"));
  EXPECT_EQ(s.state().find("master-0", "run-restore-script")->stage, core::StepStage::held);
  s.tell(core::ResumeAsked{"tester", "0", "", true});
  s.see("master-0", story::Story::before_restore() + silent());
  EXPECT_TRUE(s.has<core::RunJob>("master-0"));
}

TEST(AbsentHosts, ANodeThatTheRunIsWithoutIsKnownAndAnyOtherIsNot) {
  Lane inspect("inspect-host");
  EXPECT_EQ(inspect.judge(silent() + "node=master-0\nnode=master-1\nnode=master-2\n").kind,
            Kind::holds);
  const Verdict held = inspect.judge(silent() + "node=master-0\nnode=master-7\n");
  EXPECT_EQ(held.kind, Kind::wrong);
  EXPECT_THAT(held.detail, HasSubstr("not in the inventory: master-7"));
}

TEST(AbsentHosts, AMachineThatSaysItIsAnAbsentNodeIsNotTakenForAnother) {
  const Verdict held = Lane("inspect-host").judge(silent() + "who_etcd=master-1\n");
  EXPECT_EQ(held.kind, Kind::wrong);
  EXPECT_THAT(held.detail, HasSubstr("etcd's manifest on this machine says that it is master-1"));
}

// A host that answers, only slowly, is not one that is gone: it has the patience of the inventory,
// and each attempt is longer than the one before.
TEST(AbsentHosts, AHostThatIsSlowToLetUsInIsTriedForLongerThanOneThatIsNotThere) {
  for (const bool slow : {true, false}) {
    story::Story s;
    s.start();
    const auto lose = [&] {
      s.tell(core::LinkLost{"master-1", "reach-host", false, "no answer in time", slow});
    };
    lose();
    s.now_ms += 20'000;
    if (s.has<core::Wait>("master-1")) s.take<core::Wait>("master-1");
    s.tell(core::Ticked{"master-1", "reach-host"});
    lose();
    EXPECT_EQ(s.state().find("master-1", "reach-host")->stage == core::StepStage::held, !slow);
    s.now_ms += s.state().start->inventory.timing.link_patience_ms;
    if (!slow) continue;
    s.tell(core::Ticked{"master-1", "reach-host"});
    lose();
    EXPECT_EQ(s.state().find("master-1", "reach-host")->stage, core::StepStage::held);
  }
}

TEST(AbsentHosts, AnOutageInWhichTheHostWasThereIsASlowOneHoweverItsTriesEnd) {
  story::Story s;
  s.start();
  s.tell(core::LinkLost{"master-1", "reach-host", false, "no answer in time", true});
  s.now_ms += 25'000;
  s.tell(core::Ticked{"master-1", "reach-host"});
  s.tell(core::LinkLost{"master-1", "reach-host", false, "connection reset by peer", false});
  EXPECT_NE(s.state().find("master-1", "reach-host")->stage, core::StepStage::held);
  s.now_ms += s.state().start->inventory.timing.link_patience_ms;
  s.tell(core::Ticked{"master-1", "reach-host"});
  s.tell(core::LinkLost{"master-1", "reach-host", false, "connection reset by peer", false});
  ASSERT_EQ(s.state().find("master-1", "reach-host")->stage, core::StepStage::held);
  EXPECT_THAT(s.state().find("master-1", "reach-host")->remedy, Not(HasSubstr("--without")))
      << "it lives";
  // A resume knows nothing of that any more: the host may have died meanwhile.
  s.tell(core::ResumeAsked{"tester", "0", "", true});
  s.tell(core::LinkLost{"master-1", "reach-host", false, "no route", false});
  s.now_ms += 25'000;
  s.tell(core::Ticked{"master-1", "reach-host"});
  s.tell(core::LinkLost{"master-1", "reach-host", false, "no route", false});
  EXPECT_THAT(s.state().find("master-1", "reach-host")->remedy, HasSubstr("--without master-1"));
}

TEST(AbsentHosts, AHostThatDoesNotAnswerIsOfferedToBeLeftOutAndTheRecoveryHostIsNot) {
  for (const auto& [host, offered] : {std::pair("master-1", true), std::pair("master-0", false)}) {
    story::Story s;
    s.start();
    s.tell(core::LinkLost{host, "reach-host", false, "no route"});
    s.now_ms += 24 * 3'600'000;
    s.tell(core::LinkLost{host, "reach-host", false, "no route"});
    const std::string remedy = s.state().find(host, "reach-host")->remedy;
    EXPECT_EQ(remedy.find("--without master-1") != std::string::npos, offered) << remedy;
  }
}

// ---- their Node objects
// ---------------------------------------------------------------------------

TEST(DeleteAbsentNodes, OfARunThatIsWithoutNoneHoldsAtOnceAndAsksNobody) {
  Lane step("delete-absent-nodes", story::three_hosts());
  EXPECT_EQ(step.judge("").kind, Kind::holds);
  EXPECT_EQ(in_namespace(scripts::api_answers("{}"), step.look(), "ls /var/lib/asked 2>&1").out,
            "code=0\nls: cannot access '/var/lib/asked': No such file or directory\n");
}

TEST(DeleteAbsentNodes, ANodeIsDeletedOnceTheApiHasSeenItsKubeletFallSilent) {
  Lane step("delete-absent-nodes");
  const Verdict early = step.judge("node=master-1 True\nnode=master-2 Unknown\n");
  EXPECT_EQ(early.kind, Kind::not_yet);
  EXPECT_THAT(early.detail, HasSubstr("waiting for the Node of master-1 to become Unknown"));
  EXPECT_THAT(early.remedy, HasSubstr("Power it off"));
  EXPECT_EQ(step.judge("node=master-1 Unknown\nnode=master-2 Unknown\n").kind, Kind::needs_act);
  const Verdict done = step.judge("");
  EXPECT_EQ(done.kind, Kind::holds);
  EXPECT_THAT(done.detail, HasSubstr("no Node object of master-1 (192.0.2.12), master-2"));
  EXPECT_EQ(step.judge("node=master-0 Unknown\n").kind, Kind::holds) << "it is none of the absent";
  EXPECT_EQ(step.judge("", 1).kind, Kind::not_yet) << "an API that does not answer lists nothing";
}

// After a boot a kubelet says False for a while: no network plugin yet.
TEST(DeleteAbsentNodes, ANodeWhoseKubeletSaysThatItIsNotReadyHasAKubeletAndIsKept) {
  Lane step("delete-absent-nodes");
  const Verdict back = step.judge("node=master-1 False\nnode=master-2 Unknown\n");
  EXPECT_EQ(back.kind, Kind::not_yet);
  EXPECT_THAT(back.detail, HasSubstr("the Node of master-1 to become"));
}

TEST(DeleteAbsentNodes, OnlyTheNamedNodesAreAskedForAndDeleted) {
  const Lane step("delete-absent-nodes");
  const std::string ready = R"({"metadata":{"name":"master-1"},"status":{"conditions":[)"
                            R"({"type":"DiskPressure","status":"True"},)"
                            R"({"type":"Ready","status":"Unknown"}]}})";
  EXPECT_THAT(in_namespace(scripts::api_answers(ready), step.look(), "").out,
              HasSubstr("node=master-1 Unknown\n"));
  const std::string nothing = in_namespace(scripts::api_answers(""), step.look(), kAsked).out;
  EXPECT_THAT(nothing, AllOf(Not(HasSubstr("node=")), HasSubstr("code=0\n"),
                             HasSubstr("[get][node][master-2][--ignore-not-found][-o][json]")));
  const std::string asked = in_namespace(scripts::api_answers("gone"), step.act(), kAsked).out;
  EXPECT_THAT(asked, AllOf(HasSubstr("[delete][node][master-1][--ignore-not-found][--wait=false]"),
                           HasSubstr("[delete][node][master-2][--ignore-not-found][--wait=false]"),
                           Not(HasSubstr("master-0]")), Not(HasSubstr("machine"))));
}

TEST(DeleteAbsentNodes, AnApiThatFailsIsNoEmptyList) {
  const Lane step("delete-absent-nodes");
  const std::string fails = scripts::api_answers("") + scripts::stand_in("oc", "exit 1");
  EXPECT_THAT(in_namespace(fails, step.look(), "").out, HasSubstr("code=1\n"));
  EXPECT_THAT(in_namespace(fails, step.act(), "").out, HasSubstr("code=1\n"));
}

// ---- the ends
// --------------------------------------------------------------------------------------

TEST(AbsentHosts, TheEndsCountTheHostsThatAreThere) {
  Lane members("etcd-members");
  const auto listed = [](const std::string& more) {
    return "{\"members\":[{\"name\":\"master-0\",\"learner\":false}" + more +
           "]}\n{\"health\":[{\"endpoint\":\"a\",\"health\":true}]}\n";
  };
  EXPECT_EQ(members.judge(listed("")).kind, Kind::holds);
  EXPECT_EQ(members.judge(listed(R"(,{"name":"master-1","learner":false})")).kind, Kind::not_yet)
      << "an absent host is no member";
  EXPECT_EQ(
      Lane("etcd-pods").judge(R"([{"name":"etcd-master-0","phase":"Running","ready":true}])").kind,
      Kind::holds);
}

TEST(AbsentHosts, OperatorsThatDoNotSettleAreToldWhoIsMissing) {
  Lane settled("operators-settled");
  const Verdict waiting = settled.judge(R"({"count":30,"unsettled":["etcd"]})");
  EXPECT_EQ(waiting.kind, Kind::not_yet);
  EXPECT_THAT(waiting.remedy, HasSubstr("master-1 (192.0.2.12), master-2 (192.0.2.13)"));
  EXPECT_THAT(waiting.remedy, HasSubstr("resume " + story::only_the_recovery_host().run_id +
                                        " --end-with-findings"));
  Lane whole("operators-settled", story::three_hosts());
  EXPECT_THAT(whole.judge(R"({"count":30,"unsettled":["etcd"]})").remedy,
              Not(HasSubstr("re-create")));
}
