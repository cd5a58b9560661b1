// Whether etcd and kube-apiserver have stopped, by more than the runtime's word: the looks are run
// among real processes and real sockets, in namespaces of their own (scripts.hpp).
#include <gmock/gmock.h>

#include "tests/states/scripts.hpp"

using scripts::in_namespace;
using scripts::Step;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Kind = core::Verdict::Kind;

namespace {

// crictl that lists a container for each of these names.
std::string crictl(const std::string& listed) {
  return "mkdir -p /var/lib/bin\ncat > /var/lib/bin/crictl <<'END'\n#!/bin/sh\nfor name in " +
         listed +
         "; do [ \"$*\" != \"ps -q --label io.kubernetes.container.name=$name\" ] || echo "
         "0123abcd; done\nEND\nchmod +x /var/lib/bin/crictl\nPATH=/var/lib/bin:$PATH\n";
}

constexpr const char* kData =
    "mkdir -p /var/lib/etcd/member/snap\n: > /var/lib/etcd/member/snap/db\n";
constexpr const char* kDatabase = "9< /var/lib/etcd/member/snap/db";

// A process of that name, which has what `opens` opens, and whose id stands in $pid. It has begun
// once it has its name.
std::string process(const std::string& name, const std::string& opens = "",
                    const std::string& by = "") {
  return "mkdir -p /var/lib/bin; ln -sf \"$(command -v sleep)\" /var/lib/bin/" + name + "\n" + by +
         " /var/lib/bin/" + name + " 1000 " + opens + " &\npid=$!\nuntil read -r comm < " +
         "/proc/$pid/comm && [ \"$comm\" = " + name + " ]; do :; done\n";
}

// A process of that name that listens on a port of all addresses; $pid is its id.
std::string listener(const std::string& name, int port, const std::string& family = "AF_INET") {
  return "mkdir -p /var/lib/bin; ln -sf /usr/bin/python3 /var/lib/bin/" + name + "\nrm -f " +
         "/var/lib/listens\n/var/lib/bin/" + name +
         " -ISc 'import signal, socket\ns = socket.socket(socket." + family + ")\ns.bind((\"\", " +
         std::to_string(port) +
         "))\ns.listen()\nopen(\"/var/lib/listens\", \"w\").close()\nsignal.pause()' &\npid=$!\n"
         "until [ -e /var/lib/listens ]; do :; done\n";
}

// What the step's look prints there, with the process's id as PID.
std::string seen_by(const Step& step, const std::string& before) {
  const std::string out = in_namespace(before, step.look(), "echo pid=$pid").out;
  const std::size_t tail = out.rfind("code=0\npid=");
  if (tail == std::string::npos) return out;
  std::string pid = out.substr(tail + 11);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  std::string seen = out.substr(0, tail);
  for (std::size_t at; !pid.empty() && (at = seen.find(" " + pid)) != std::string::npos;)
    seen.replace(at + 1, pid.size(), "PID");
  return seen;
}

std::string with_number(std::string printed) {
  for (std::size_t at; (at = printed.find("PID")) != std::string::npos;)
    printed.replace(at, 3, "4711");
  return printed;
}

}  // namespace

TEST(Witness, AnEtcdThatTheRuntimeForgotHasNotStopped) {
  for (const char* name : {"etcd-stopped", "confirm-quiet"}) {
    SCOPED_TRACE(name);
    Step step(name);
    const std::string seen = seen_by(step, crictl("none") + kData + process("etcd", kDatabase));
    EXPECT_THAT(seen, HasSubstr("orphan=etcd PID\n"));
    const core::Verdict verdict = step.verdict("orphan=etcd 4711\n");
    EXPECT_EQ(verdict.kind, Kind::not_yet);
    EXPECT_THAT(verdict.detail, HasSubstr("process etcd (pid 4711) is still running"));
    EXPECT_THAT(verdict.remedy, HasSubstr("kill 4711"));
  }
}

TEST(Witness, AnEtcdWhoseDataWasMovedOrDeletedUnderItIsStillSeen) {
  Step step("confirm-quiet");
  const std::string alive = crictl("none") + kData + process("etcd", kDatabase);
  EXPECT_EQ(seen_by(step, alive + "mkdir /var/lib/restorectl-run1; mv /var/lib/etcd "
                                  "/var/lib/restorectl-run1/etcd\n"),
            "orphan=etcd PID\n");
  EXPECT_EQ(seen_by(step, alive + "rm -r /var/lib/etcd\n"), "orphan=etcd PID\n");
}

// etcd-metrics is a process of that name, too; and others run an etcd of their own in a pod.
TEST(Witness, AnEtcdOfAnotherKindIsNoWitness) {
  Step step("etcd-stopped");
  EXPECT_EQ(seen_by(step, crictl("none") + kData + process("etcd")), "");
  EXPECT_EQ(seen_by(step, crictl("none") + kData + process("etcd", kDatabase, "unshare --net")),
            "");
  EXPECT_EQ(seen_by(step, crictl("none") + kData + process("etcdctl", kDatabase)), "");
  EXPECT_EQ(step.judge(""), Kind::holds);
}

TEST(Witness, APortOfEtcdThatIsStillListenedOnIsNamedWithItsOwner) {
  Step step("etcd-stopped");
  EXPECT_EQ(seen_by(step, crictl("none") + listener("etcd", 2379)), "port=2379 PID etcd\n");
  EXPECT_EQ(seen_by(step, crictl("none") + listener("other", 2380, "AF_INET6")),
            "port=2380 PID other\n");
  EXPECT_EQ(seen_by(step, crictl("none") + listener("etcd", 2381)), "");
  const core::Verdict verdict = step.verdict("port=2379 4711 other\n");
  EXPECT_EQ(verdict.kind, Kind::not_yet);
  EXPECT_THAT(verdict.detail, HasSubstr("port 2379 is still in use by other (pid 4711)"));
  EXPECT_THAT(verdict.remedy, HasSubstr("ss -ltnp 'sport = :2379'"));
  EXPECT_EQ(step.judge("port=2379 ? ?\n"), Kind::not_yet);
}

TEST(Witness, AnApiServerThatTheRuntimeForgotHasNotStopped) {
  Step step("apiserver-stopped");
  EXPECT_EQ(seen_by(step, crictl("none") + process("kube-apiserver")),
            "orphan=kube-apiserver PID\n");
  const std::string seen = seen_by(step, crictl("none") + listener("kube-apiserver", 6443));
  EXPECT_EQ(seen, "orphan=kube-apiserver PID\nport=6443 PID kube-apiserver\n");
  EXPECT_EQ(step.judge(with_number(seen)), Kind::not_yet);
  EXPECT_EQ(step.judge("port=6443 ? ?\n"), Kind::not_yet);
}

// A load balancer on the same host may take the API's port once it is free.
TEST(Witness, AnotherProgramOnTheApisPortIsNoApiServer) {
  Step step("apiserver-stopped");
  const std::string seen = seen_by(step, crictl("none") + listener("haproxy", 6443));
  EXPECT_EQ(seen, "port=6443 PID haproxy\n");
  EXPECT_EQ(step.judge(with_number(seen)), Kind::holds);
}

TEST(Witness, AContainerThatStaysListedAfterItsProcessIsToldFromOneThatStops) {
  for (const std::string name : {"etcd", "kube-apiserver"}) {
    SCOPED_TRACE(name);
    Step step(name == "etcd" ? "etcd-stopped" : "apiserver-stopped");
    EXPECT_EQ(seen_by(step, crictl(name)), "running=" + name + "\nstuck=" + name + "\n");
    EXPECT_EQ(seen_by(step, crictl(name) + process(name)), "running=" + name + "\n");
    const core::Verdict stuck = step.verdict("running=" + name + "\nstuck=" + name + "\n");
    EXPECT_EQ(stuck.kind, Kind::not_yet);
    EXPECT_THAT(stuck.detail, HasSubstr("its process is gone"));
    EXPECT_THAT(stuck.remedy, HasSubstr("systemctl restart crio"));
    const core::Verdict stopping = step.verdict("running=" + name + "\n");
    EXPECT_EQ(stopping.kind, Kind::not_yet);
    EXPECT_THAT(stopping.remedy, Not(HasSubstr("crio")));
  }
}

// Where the runtime names control groups after containers, these decide, whatever a process is
// called: the container's shell before it becomes etcd, and the monitor that outlives it.
TEST(Witness, AContainersControlGroupTellsWhetherItLives) {
  const auto in_group = [](const std::string& group) {
    return "echo '0::/kubepods.slice/" + group +
           ".scope' > /var/lib/group; mount --bind /var/lib/group /proc/$pid/cgroup\n";
  };
  Step step("etcd-stopped");
  EXPECT_EQ(seen_by(step, crictl("etcd") + process("sh") + in_group("crio-0123abcd")),
            "running=etcd\n");
  EXPECT_EQ(seen_by(step, crictl("etcd") + process("conmon") + in_group("crio-conmon-0123abcd")),
            "running=etcd\nstuck=etcd\n");
  EXPECT_EQ(seen_by(step, crictl("etcd") + process("etcd") + in_group("crio-4567")),
            "running=etcd\nstuck=etcd\n");
  EXPECT_EQ(seen_by(step, crictl("etcdctl") + process("sh") + in_group("crio-4567")),
            "running=etcdctl\nstuck=etcdctl\n");
}

TEST(Witness, TheScriptIsNotStartedWhereItWouldWaitWithoutEndOrTakeTheDataFromALivingEtcd) {
  Step step("run-restore-script");
  EXPECT_THAT(seen_by(step, crictl("etcd kube-apiserver")),
              HasSubstr("etcd=1\nstuck=etcd\nstuck=kube-apiserver\n"));
  EXPECT_THAT(seen_by(step, crictl("none") + kData + process("etcd", kDatabase)),
              HasSubstr("etcd=0\norphan=etcd PID\n"));
  EXPECT_EQ(step.judge("script=present\nmember=1\netcd=1\n"), Kind::needs_act);
  EXPECT_EQ(step.judge("script=present\nmember=1\netcd=1\nstuck=kube-apiserver\n"), Kind::not_yet);
  EXPECT_EQ(step.judge("script=present\nmember=1\netcd=0\norphan=etcd 4711\n"), Kind::not_yet);
}

// What a host prints goes into a command that an operator may copy.
TEST(Witness, OnlyANumberIsTakenForTheIdOfAProcess) {
  Step step("etcd-stopped");
  const core::Verdict verdict =
      step.verdict("orphan=etcd 1; reboot\norphan=etcd $(id)\norphan=etcd 12\nport=2379 ;id x\n");
  EXPECT_EQ(verdict.kind, Kind::not_yet);
  EXPECT_THAT(verdict.remedy, AllOf(HasSubstr("kill 12;"), Not(HasSubstr("reboot"))));
}

// A run that was begun with the looks of before goes on with them.
TEST(Witness, AnOlderProfileAsksAndDecidesAsBefore) {
  for (const char* profile : {"okd-4.7/1", "okd-4.7/2"}) {
    SCOPED_TRACE(profile);
    Step step("etcd-stopped", profile);
    EXPECT_EQ(seen_by(step, crictl("none") + kData + process("etcd", kDatabase)), "");
    EXPECT_EQ(step.judge("running=etcd\n"), Kind::not_yet);
  }
}
