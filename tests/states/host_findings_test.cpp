// What stands against a restore on a host: all of it at once, each with its evidence and remedy.
#include <chrono>

#include "tests/states/stand_ins.hpp"

using core::Verdict;
using scripts::in_namespace;
using scripts::says;
using scripts::Step;

namespace {

struct Inspection {
  explicit Inspection(std::size_t host) : number(host) {}
  core::StepContext context() const {
    return {step.state, step.state.start->inventory.hosts[number], now_ms,
            states::newest_profile().scripts};
  }
  Verdict judge(const std::string& out) const {
    return step.spec.judge(context(), {"h", "inspect-host", 0, out, "", false});
  }
  std::string look() const { return step.spec.look(context()); }

  Step step{"inspect-host"};
  std::size_t number;
  std::int64_t now_ms = 1'000'000'000;
};

}  // namespace

TEST(Inspection, EveryFindingIsNamedAtOnceWithItsRemedy) {
  const Inspection recovery(0);
  const Verdict verdict = recovery.judge(
      "lack=crictl\nclock_ms=1000099000\nfree_bytes=1048576\ndown=kubelet\ndown=crio\n"
      "reboot=scheduled in systemd\nstray=perf.tmp\nextra=etcd-pod.yaml.bak\n"
      "script=1b1f1e3bd8ea3132\nnode=master-9\npodman=exit code 125: could not get HOME\n");
  ASSERT_EQ(verdict.kind, Verdict::Kind::wrong);
  for (const char* words :
       {"missing on master-0: crictl", "the clock is 99 s ahead of", "1 MiB free and needs 256 MiB",
        "kubelet is not active", "crio is not active", "a reboot is pending: scheduled in systemd",
        "/var/lib/etcd contains perf.tmp", "contains etcd-pod.yaml.bak",
        "from release 4.18 to 4.20", "not in the inventory: master-9",
        "fails as a job calls it (exit code 125: could not get HOME)"}) {
    EXPECT_TRUE(says(verdict.detail, words)) << words << " in: " << verdict.detail;
  }
  for (const char* words : {"chronyc", "free up space", "systemctl start", "shutdown -c",
                            "move it out", "that release's own procedure", "start a new one"}) {
    EXPECT_TRUE(says(verdict.remedy, words)) << words << " in: " << verdict.remedy;
  }
}

TEST(Inspection, TheLostAndFoundOfADiskOfEtcdsOwnMayBeRemovedWhileItIsEmpty) {
  const Verdict verdict = Inspection(0).judge("stray=lost+found\n");
  ASSERT_EQ(verdict.kind, Verdict::Kind::wrong);
  for (const char* words : {"rmdir /var/lib/etcd/lost+found", "fsck recreates it"})
    EXPECT_TRUE(says(verdict.remedy, words)) << words << " in: " << verdict.remedy;
}

TEST(Inspection, WhatIsOnlyWorthKnowingIsANoticeAndHoldsNobody) {
  const Inspection other(1);
  const Verdict verdict = other.judge(
      "clock_ms=999970000\nfree_bytes=99999999999\nkeepalived=yes\nleft=/var/lib/etcd-backup\n"
      "kubelet_pki_s=200\nbackup_s=100\nscript=0123456789abcdef\npodman_image=missing\n");
  ASSERT_EQ(verdict.kind, Verdict::Kind::holds) << verdict.detail;
  for (const char* words :
       {"keepalived", "/var/lib/etcd-backup is left over", "renewed after the backup",
        "not a known upstream version", "podman does not have etcd's image"}) {
    EXPECT_TRUE(says(verdict.detail, words)) << words << " in: " << verdict.detail;
  }
  EXPECT_EQ(other.judge("kubelet_pki_s=50\nbackup_s=100\nscript=ab5959c1ab1354d7\n").detail,
            "all prerequisites are met");
}

// A host says its time in seconds since the epoch, whatever its zone calls them.
TEST(Inspection, AHostInAnotherZoneHasTheSameClockAndOneInAnotherYearIsNamed) {
  using std::chrono::system_clock;
  const auto judged = [](const std::string& before) {
    Inspection inspection(1);
    const std::string out = in_namespace(before, inspection.look(), "").out;
    inspection.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            system_clock::now().time_since_epoch())
                            .count();
    EXPECT_TRUE(says(out, "\nclock_ms=")) << out;
    return inspection.judge(out);
  };
  for (const char* zone : {"UTC0", "XXX-14", "XXX+12"})
    EXPECT_FALSE(says(judged(std::string("export TZ=") + zone).detail, "clock")) << zone;
  for (const char* year : {"365 days", "365 days ago"}) {
    const Verdict verdict = judged(
        scripts::stand_in("date", std::string("[ \"$1\" != +%s%3N ] || exec /bin/date -d '") +
                                      year + "' \"$1\"\nexec /bin/date \"$@\""));
    ASSERT_EQ(verdict.kind, Verdict::Kind::wrong);
    const std::size_t at = verdict.detail.find("the clock is 3153");
    ASSERT_NE(at, std::string::npos) << verdict.detail;
    EXPECT_TRUE(says(verdict.detail.substr(at, 60), says(year, "ago") ? "s behind" : "s ahead of"))
        << verdict.detail;
    EXPECT_TRUE(says(verdict.remedy, "chronyc makestep"));
  }
}

// The machines' time goes on steadily; the host's is compared with what the workstation's clock
// says now, after somebody has set it.
TEST(Inspection, AHostIsComparedWithTheWorkstationsClockAsItWasSet) {
  Inspection other(1);
  other.step.state.note(core::Fact{2, 2, 1, core::ClockStepped{7'200'000}});
  EXPECT_EQ(other.judge("clock_ms=1007200000\n").kind, Verdict::Kind::holds)
      << "both are two hours ahead";
  EXPECT_TRUE(says(other.judge("clock_ms=1000000000\n").detail,
                   "the clock is 7200 s behind the workstation's"));
}

TEST(Inspection, NumbersThatNoHostPrintsAreNoFindings) {
  const Inspection recovery(0);
  EXPECT_EQ(recovery
                .judge("clock_ms=soon\nfree_bytes=-\nmemory_bytes=99999999999999999999999\n"
                       "kubelet_pki_s=x\nbackup_s=\n")
                .kind,
            Verdict::Kind::holds);
}

// The recovery host needs room for the copy, the script's own and the restored data at once.
TEST(Inspection, TheRecoveryHostNeedsRoomThreeTimesOver) {
  Inspection recovery(0);
  auto start = std::make_shared<core::RunStarted>(*recovery.step.state.start);
  start->backup.files[0].size_bytes = 1ULL << 30;
  recovery.step.state.start = start;
  EXPECT_TRUE(says(recovery.judge("free_bytes=3221225472\n").detail, "needs 3328 MiB"));
  EXPECT_EQ(recovery.judge("free_bytes=3489660928\n").kind, Verdict::Kind::holds);
  Inspection other(1);
  other.step.state.start = start;
  EXPECT_EQ(other.judge("free_bytes=1342177280\n").kind, Verdict::Kind::holds);
}

TEST(Inspection, TheLookSeesTheFilesOfARealHost) {
  const Inspection recovery(0);
  const std::string out =
      in_namespace(
          "cd /etc/kubernetes/manifests; touch notes.txt .hidden "
          "keepalived.yaml; mkdir -p /var/lib/etcd/member /var/lib/etcd/lost+found "
          "/var/lib/etcd-backup; mkdir -p /var/lib/kubelet/pki; touch -d @1234567890 "
          "/var/lib/kubelet/pki/kubelet-client-current.pem",
          recovery.look(), "")
          .out;
  for (const char* line : {"no_pod=notes.txt\n", "stray=lost+found\n", "keepalived=yes\n",
                           "left=/var/lib/etcd-backup\n", "kubelet_pki_s=1234567890\n",
                           "free_bytes=", "memory_bytes=", "clock_ms=", "backup_s=", "code=0\n"}) {
    EXPECT_TRUE(says(out, line)) << line << " in: " << out;
  }
  EXPECT_FALSE(says(out, "stray=member")) << out;
  EXPECT_FALSE(says(out, ".hidden")) << out;
  // What only the recovery host needs is not asked of another.
  const std::string other = in_namespace("", Inspection(1).look(), "").out;
  EXPECT_TRUE(says(other, "clock_ms=")) << other;
  EXPECT_FALSE(says(other, "lack=/usr/local/bin/cluster-restore.sh")) << other;
  EXPECT_TRUE(says(out, "lack=/usr/local/bin/cluster-restore.sh")) << out;
}

TEST(Inspection, TwoFilesThatAreOnePodAreFoundByContentOnEveryHost) {
  const std::string json =
      "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"labels\":{\"name\":\"x\"},"
      "\"name\":\"etcd\",\"namespace\":\"openshift-etcd\"},\"spec\":{\"containers\":[{"
      "\"name\":\"c\",\"command\":[\"{ \\\\\" :\"]}]}}";
  const std::string yaml =
      "# saved before the change\napiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    name: x\n"
      "  name: \"kube-apiserver\"  # the pod\n  namespace: openshift-kube-apiserver\n"
      "spec:\n  containers:\n  - name: etcd\n";
  const std::string files = "cd /etc/kubernetes/manifests; cat > etcd-pod.yaml << 'EOF'\n" + json +
                            "\nEOF\n" + "cat > kube-apiserver-pod.yaml << 'EOF'\n" + yaml + "EOF\n";
  for (const std::size_t host : {0u, 2u}) {
    SCOPED_TRACE(host);
    const Inspection inspection(host);
    const std::string usual = in_namespace(files, inspection.look(), "").out;
    EXPECT_TRUE(says(usual, "\npod=openshift-etcd/etcd etcd-pod.yaml\n")) << usual;
    EXPECT_TRUE(
        says(usual, "\npod=openshift-kube-apiserver/kube-apiserver kube-apiserver-pod.yaml\n"))
        << usual;
    EXPECT_FALSE(says(inspection.judge(usual).detail, "is the pod"));
    // A third party's pod, a folder and what the kubelet does not read are nobody's copy.
    const std::string copies =
        in_namespace(files +
                         "cp etcd-pod.yaml 'etcd-pod (copy).yaml'; cp kube-apiserver-pod.yaml "
                         "saved.json; cp etcd-pod.yaml .etcd-pod.yaml.swp; mkdir old; cp "
                         "etcd-pod.yaml old/; sed s/openshift-etcd/third-party/ etcd-pod.yaml "
                         "> theirs.json; mkfifo pipe",
                     inspection.look(), "")
            .out;
    const Verdict verdict = inspection.judge(copies);
    ASSERT_EQ(verdict.kind, Verdict::Kind::wrong);
    EXPECT_TRUE(says(verdict.detail,
                     "/etc/kubernetes/manifests/etcd-pod (copy).yaml is the pod "
                     "openshift-etcd/etcd, as etcd-pod.yaml should be"))
        << verdict.detail;
    EXPECT_TRUE(says(verdict.detail, "manifests/saved.json is the pod openshift-kube-apiserver"))
        << verdict.detail;
    EXPECT_TRUE(says(verdict.remedy, "when kube-apiserver-pod.yaml is moved away"))
        << verdict.remedy;
    for (const char* innocent : {"theirs.json", ".swp", "old", "pipe"})
      EXPECT_FALSE(says(verdict.detail, innocent)) << innocent << " in: " << verdict.detail;
  }
}

TEST(Inspection, TheOnlyFileOfAPodMayNotHaveAnotherName) {
  const Inspection other(1);
  EXPECT_EQ(other.judge("pod=openshift-etcd/etcd etcd.yaml\n").kind, Verdict::Kind::wrong);
  EXPECT_EQ(other.judge("pod=openshift-etcd/etcd-master-1 etcd.yaml\n").kind, Verdict::Kind::wrong);
  EXPECT_EQ(other.judge("pod=openshift-etcd/etcd-defrag defrag.yaml\n").kind, Verdict::Kind::holds);
  EXPECT_EQ(other
                .judge("pod=openshift-kube-scheduler/openshift-kube-scheduler "
                       "kube-scheduler-pod.yaml\npod=openshift-etcd/etcd\n")
                .kind,
            Verdict::Kind::wrong)
      << "a file without a name";
  EXPECT_TRUE(says(other.judge("no_pod=notes.txt\n").detail, "notes.txt, from which"));
}

// Ways of writing YAML that only a parser reads: a guess that it is no pod would be wrong.
TEST(Inspection, AFileThatIsNotUnderstoodAndNamesEtcdsNamespaceIsNoMereNotice) {
  const Inspection recovery(0);
  const std::string out =
      in_namespace(
          "cd /etc/kubernetes/manifests\n"
          "printf '\\357\\273\\277kind: Pod\\nmetadata:\\n  name: etcd\\n  namespace: "
          "openshift-etcd\\n' > bom.yaml\n"
          "printf 'kind: Pod\\nmetadata: {name: etcd, namespace: openshift-etcd}\\n' > flow.yaml\n"
          "printf ' kind: Pod\\n metadata:\\n  name: etcd\\n  namespace: openshift-etcd\\n' > "
          "indented.yaml\n"
          "{ head -c 300000 /dev/zero | tr '\\0' '#'; printf '\\nkind: Pod\\nmetadata:\\n  name: "
          "kube-apiserver\\n  namespace: openshift-kube-apiserver\\n'; } > long.yaml\n"
          "echo 'no pod' > notes.txt\n",
          recovery.look(), "")
          .out;
  for (const char* line :
       {"pod=openshift-etcd/etcd bom.yaml\n", "pod=unclear flow.yaml\n",
        "pod=unclear indented.yaml\n", "pod=unclear long.yaml\n", "no_pod=notes.txt\n"})
    EXPECT_TRUE(says(out, line)) << line << " in: " << out;
  const Verdict verdict = recovery.judge("pod=unclear flow.yaml\n");
  EXPECT_EQ(verdict.kind, Verdict::Kind::wrong);
  EXPECT_TRUE(says(verdict.detail, "which pod /etc/kubernetes/manifests/flow.yaml is"))
      << verdict.detail;
}

// Behind a hundred other files, and before the end of what an answer may hold.
TEST(Inspection, ASecondFileOfAPodIsSeenBehindAnyNumberOfOthersAndTheseAreCounted) {
  const Inspection recovery(0);
  const std::string out =
      in_namespace(
          "cd /etc/kubernetes/manifests\nfor i in $(seq 150); do echo x > a-$i.txt; done\n"
          "printf 'kind: Pod\\nmetadata:\\n  name: etcd\\n  namespace: openshift-etcd\\n' > "
          "z.yaml\ncd /var/lib/etcd\nseq 10000 | xargs touch\n",
          recovery.look(), "")
          .out;
  EXPECT_LT(out.size(), 10'000u);
  EXPECT_TRUE(says(out, "\npod=openshift-etcd/etcd z.yaml\nno_pod=a-")) << out;
  for (const char* line : {"\nno_pod_left_out=130\n", "\nstray=1\n", "\nstray_left_out=9980\n"})
    EXPECT_TRUE(says(out, line)) << line << " in: " << out;
  const Verdict verdict = recovery.judge(out);
  EXPECT_EQ(verdict.kind, Verdict::Kind::wrong);
  EXPECT_TRUE(says(verdict.detail, "z.yaml is the pod openshift-etcd/etcd")) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail, "/var/lib/etcd contains 9980 more files")) << verdict.detail;
  EXPECT_TRUE(says(recovery.judge("no_pod_left_out=130\n").detail,
                   "contains 130 more files, from which the kubelet makes no pod"));
  EXPECT_EQ(recovery.judge("pod_left_out=1\n").kind, Verdict::Kind::wrong);
}

TEST(Inspection, AToolThatIsMissingIsSaidToBeMissingInThePathOfRoot) {
  const Inspection other(1);
  const std::string out = in_namespace("PATH=/usr/sbin:/usr/bin:/sbin:/bin", other.look(), "").out;
  EXPECT_TRUE(says(out, "\npath=/usr/sbin:/usr/bin:/sbin:/bin\n")) << out;
  EXPECT_TRUE(says(other.judge("lack=crictl\npath=/sbin:/bin\n").detail,
                   "missing on master-1: crictl (root's PATH over SSH is /sbin:/bin)"));
  EXPECT_EQ(other.judge("lack=/a/file\npath=/sbin:/bin\n").detail, "missing on master-1: /a/file");
  EXPECT_EQ(other.judge("lack=crictl\n").detail, "missing on master-1: crictl");
}
