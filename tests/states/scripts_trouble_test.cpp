// The scripts among trouble: more objects than an answer holds, objects that go away, operators and
// kubelets that say what is wrong. As scripts_tools_test.cpp: a real sh, and stand-ins for tools.
#include <gmock/gmock.h>

#include "tests/sim/csr_samples.hpp"
#include "tests/sim/host.hpp"
#include "tests/states/stand_ins.hpp"

using scripts::api_answers;
using scripts::crictl;
using scripts::in_namespace;
using scripts::kAsked;
using scripts::stand_in;
using scripts::Step;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = core::Verdict::Kind;

// Hundreds of workers ask again and again, and the kubelets of the inventory wait among them.
TEST(ApiScripts, AnyNumberOfPendingCsrsFitsAndTheInventorysComeFirst) {
  Step step("approve-csrs");
  const std::string many = R"sh(jq -cn --argjson own "$own" --argjson other "$other" '
    def csr($name; $minute): {metadata: {name: $name, creationTimestamp:
        "2026-11-26T10:\($minute + 10):00Z"},
      spec: {signerName: .signer, username, groups, usages, request}};
    {items: [(range(600) as $i | $other | csr("csr-\($i)"; 40)),
      (range(60) as $i | $own | csr("csr-old-\($i)"; 1)), ($own | csr("csr-new"; 2))]}' )sh";
  const std::string before = api_answers("") + stand_in("oc", "cat /var/lib/csrs") + "own='" +
                             sim::csr_item("own", "master-1", false) + "'\nother='" +
                             sim::csr_item("other", "", false) + "'\n" + many + "> /var/lib/csrs\n";
  std::string out = in_namespace(before, step.look(), "").out;
  EXPECT_LT(out.size(), core::kObservationBytesMax / 2);
  ASSERT_THAT(out, EndsWith("code=0\n"));
  out.resize(out.size() - 7);
  EXPECT_THAT(out, AllOf(StartsWith(R"({"pending":[{"name":"csr-new",)"),
                         HasSubstr(R"("left_out":611,"of_other_signers":0})")));
  EXPECT_EQ(step.judge(out), Kind::needs_act);
}

// A kubelet's first request names its node only within the document: a longest name is read too.
TEST(ApiScripts, ACsrOfTheLongestNameComesFirstTooAndIsValid) {
  sim::longest_names = true;
  core::RunStarted start = story::three_hosts();
  start.inventory.recovery_host = sim::host_name(0);
  for (int i = 0; i < 3; ++i) {
    core::Host& host = start.inventory.hosts.at(static_cast<std::size_t>(i));
    host.name = host.node_name = sim::host_name(i);
  }
  Step step("approve-csrs", scripts::kToday, start);
  const std::string many = R"sh(jq -cn --argjson own "$own" --argjson other "$other" '
    def csr($name; $minute): {metadata: {name: $name, creationTimestamp:
        "2026-11-26T10:\($minute + 10):00Z"},
      spec: {signerName: .signer, username, groups, usages, request}};
    {items: [(range(600) as $i | $other | csr("csr-\($i)"; 40)), ($own | csr("csr-own"; 1))]}' )sh";
  for (const bool serving : {false, true}) {
    const std::string own = sim::csr_item("own", sim::host_name(1), serving);
    std::string out = in_namespace(api_answers("") + stand_in("oc", "cat /var/lib/csrs") + "own='" +
                                       own + "'\nother='" + sim::csr_item("other", "", false) +
                                       "'\n" + many + "> /var/lib/csrs\n",
                                   step.look(), "")
                          .out;
    ASSERT_THAT(out, EndsWith("code=0\n"));
    out.resize(out.size() - 7);
    EXPECT_THAT(out, StartsWith(R"({"pending":[{"name":"csr-own",)")) << serving;
    EXPECT_EQ(step.judge(out), Kind::needs_act) << serving;
  }
  sim::longest_names = false;
}

// What a host or a requestor made too long is no request any more, and nothing that was cut passes.
TEST(ApiScripts, AnOversizedCsrIsCutAndRefused) {
  Step step("approve-csrs");
  const std::string one = R"sh(jq -cn --argjson own "$own" '{items: [$own |
      {metadata: {name}, spec: {signerName: .signer, username, usages,
        groups: (.groups + ["a", "b", "c", "d", "e", "system:masters"]),
        request: .request}}]}' )sh";
  const std::string before = api_answers("") + stand_in("oc", "cat /var/lib/csrs") + "own='" +
                             sim::csr_item("own", "master-1", false) + "'\n" + one +
                             "> /var/lib/csrs\n";
  const std::string out = in_namespace(before, step.look(), "").out;
  EXPECT_THAT(out, HasSubstr(R"("groups":["more than 8"])"));
  EXPECT_NE(step.judge(out.substr(0, out.find("code="))), Kind::needs_act);
}

// A kubelet that asks anew withdraws what it asked before; others go when their time is over.
TEST(ApiScripts, ACsrThatIsGoneIsNoFailureAndTheOthersAreApproved) {
  const std::string oc = R"sh(case "$*" in
    *"approve csr-b csr-a" | *"approve csr-b") echo "csr-b not found" >&2; exit 1 ;;
    *"get csr csr-b --ignore-not-found -o name") ;;
    *approve*) echo "approved $*" >> /var/lib/asked ;;
    *) exit 1 ;;
  esac)sh";
  Step step("approve-csrs");
  step.judge("{\"pending\":[" + sim::csr_item("csr-b", "master-1", false) + "," +
             sim::csr_item("csr-a", "master-2", true) + "]}");
  const std::string gone =
      in_namespace(api_answers("") + stand_in("oc", oc), step.act(), kAsked).out;
  EXPECT_THAT(gone, AllOf(HasSubstr("csr-b is gone\ncode=0\n"), HasSubstr("approve csr-a\n")));
  const std::string refused = R"sh(case "$*" in
    *approve*csr-b*) exit 1 ;;
    *"get csr csr-b "*) echo certificatesigningrequest/csr-b ;;
    *approve*) echo "approved $*" >> /var/lib/asked ;;
  esac)sh";
  EXPECT_THAT(in_namespace(api_answers("") + stand_in("oc", refused), step.act(), kAsked).out,
              AllOf(HasSubstr("code=1\n"), HasSubstr("approve csr-a\n")));
}

// One answer for the operator's resource and another for the nodes; each list has one too many.
TEST(ApiScripts, AnOperatorThatIsDegradedAndANodeThatIsNotReadyAreQuoted) {
  Step step("await-etcd-rollout");
  const std::string oc = R"sh(case "$*" in
    *"get nodes -l node-role.kubernetes.io/master -o json")
      echo '{"items":[{"metadata":{"name":"master-2"},"status":{"conditions":[{"type":"Ready",
        "status":"Unknown","reason":"NodeStatusUnknown","message":"Kubelet stopped posting."}]}},
        {"metadata":{"name":"master-1"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}]}' ;;
    *) echo '{"status":{"conditions":[{"type":"EtcdEndpointsDegraded","status":"True","reason":"E",
        "message":"stale"},{"type":"NodeControllerDegraded","status":"False"}]}}' ;;
  esac)sh";
  EXPECT_THAT(in_namespace(api_answers("") + stand_in("oc", oc), step.look(), "").out,
              HasSubstr(R"("failures":[],"degraded":[{"type":"EtcdEndpointsDegraded","reason":"E",)"
                        R"("message":"stale"}],"not_ready":[{"name":"master-2",)"
                        R"("reason":"NodeStatusUnknown","message":"Kubelet stopped posting."}]})"));
  // The nodes are asked for by the way: without an answer the operator's own is still one.
  const std::string silent = R"sh(case "$*" in *nodes*) exit 1 ;; *) echo '{}' ;; esac)sh";
  EXPECT_THAT(in_namespace(api_answers("") + stand_in("oc", silent), step.look(), "").out,
              HasSubstr("\"not_ready\":[]}\ncode=0\n"));
}

TEST(ApiScripts, ClusterOperatorsWithoutEndFitAndTheFirstSayWhatIsWrong) {
  Step step("operators-settled");
  const std::string many = R"sh(jq -cn '{items: [range(3000) | {metadata: {name: "operator-\(.)"},
    status: {conditions: [{type: "Available", status: "True"},
      {type: "Progressing", status: "True", message: "p"},
      {type: "Degraded", status: "True", reason: "R", message: ("m" * 5000)}]}}]}' > /var/lib/many
)sh";
  std::string out =
      in_namespace(api_answers("") + stand_in("oc", "cat /var/lib/many") + many, step.look(), "")
          .out;
  EXPECT_LT(out.size(), 10'000u);
  ASSERT_THAT(out, EndsWith("code=0\n"));
  out.resize(out.size() - 7);
  const core::Verdict verdict = step.verdict(out);
  EXPECT_EQ(verdict.kind, Kind::not_yet);
  EXPECT_THAT(verdict.detail, AllOf(HasSubstr("2940 more than operator-0, operator-1"),
                                    HasSubstr("operator-0 is degraded and progressing: mmm")));
}

// An older idea of the nodes came back with the snapshot, and their daemons act on it.
TEST(ApiScripts, ANodeThatTheMachineConfigOperatorIsAboutToRebootIsANote) {
  const std::string oc = R"sh(case "$*" in
    *"get pods "*) echo '{"items":[{"metadata":{"name":"etcd-master-1"},"status":{"phase":"Running",
        "containerStatuses":[{"ready":true}]}}]}' ;;
    *"get nodes -l node-role.kubernetes.io/master -o json") cat /var/lib/nodes ;;
    *) exit 1 ;;
  esac)sh";
  const std::string nodes = R"sh(jq -n '
    def node($name; $current; $desired; $state; $reason): {metadata: {name: $name, annotations:
      {"machineconfiguration.openshift.io/currentConfig": $current,
       "machineconfiguration.openshift.io/desiredConfig": $desired,
       "machineconfiguration.openshift.io/state": $state,
       "machineconfiguration.openshift.io/reason": $reason}}};
    {items: [node("master-0"; "rendered-b"; "rendered-b"; "Done"; ""), {metadata: {name: "bare"}},
      node("master-2"; "rendered-a"; "rendered-b"; "Working"; ""),
      node("master-1"; "rendered-b"; "rendered-b"; "Degraded"; "unexpected on-disk state")]}' > /var/lib/nodes
)sh";
  for (const char* name : {"single-etcd-pod", "etcd-pods"}) {
    SCOPED_TRACE(name);
    Step step(name);
    std::string out =
        in_namespace(api_answers("") + stand_in("oc", oc) + nodes, step.look(), "").out;
    ASSERT_THAT(out, AllOf(StartsWith(R"([{"name":"etcd-master-1",)"), EndsWith("code=0\n")));
    out.resize(out.size() - 7);
    EXPECT_THAT(
        step.verdict(out).detail,
        HasSubstr("reboots nodes one by one: master-1 (Degraded: unexpected on-disk state), "
                  "master-2 (Working, from rendered-a to rendered-b)"));
    const std::string silent =
        in_namespace(api_answers("") + stand_in("oc", oc), step.look(), "").out;
    EXPECT_THAT(silent, AllOf(Not(HasSubstr("machine_configs")), EndsWith("code=0\n")));
  }
  const std::string pods = R"([{"name":"etcd-master-1","phase":"Running","ready":true}])";
  Step single("single-etcd-pod");
  EXPECT_EQ(single.judge(pods + "\n"), Kind::holds);
  for (const char* line : {"machine_configs=", "machine_configs=[", "machine_configs={}\n",
                           "machine_configs=[]", "machine_configs=5"}) {
    const core::Verdict verdict = single.verdict(pods + "\n" + line);
    EXPECT_EQ(verdict.kind, Kind::holds) << line;
    EXPECT_THAT(verdict.detail, Not(HasSubstr("note"))) << line;
  }
}

// Those that say that waiting is useless are quoted whatever else is wrong, and so is what is done.
TEST(ApiScripts, OfManyConditionsThoseThatAreFinalComeFirstAndWhatIsLeftOutIsCounted) {
  const Step step("await-etcd-rollout");
  const std::string oc = R"sh(case "$*" in
    *nodes*) jq -cn '{items: [range(9) | {metadata: {name: "node-\(.)"}}]}' ;;
    *) jq -cn '{status: {
        nodeStatuses: [range(8) | {nodeName: "node-\(.)", lastFailedRevision: 9}],
        conditions: ([range(8) | {type: "A\(.)Degraded", status: "True", message: ("m" * 5000)}] +
      [{type: "RevisionControllerDegraded", status: "True", reason: "R"},
       {type: "EtcdEndpointsDegraded", status: "True", reason: "E"},
       {type: "NodeInstallerProgressing", status: "True", reason: "P", message: ("2 nodes " * 500)},
       {type: "OtherProgressing", status: "False"}, {status: "True"}])}}' ;;
  esac)sh";
  std::string out = in_namespace(api_answers("") + stand_in("oc", oc), step.look(), "").out;
  EXPECT_LT(out.size(), 10'000u);
  EXPECT_THAT(
      out,
      AllOf(HasSubstr(R"("degraded":[{"type":"EtcdEndpointsDegraded","reason":"E","message":""},)"
                      R"({"type":"RevisionControllerDegraded",)"),
            HasSubstr("\"degraded_left_out\":4"), HasSubstr("\"not_ready_left_out\":3"),
            HasSubstr("\"failures_left_out\":2"),
            HasSubstr(R"("progressing":[{"type":"NodeInstallerProgressing",)"),
            EndsWith("code=0\n")));
}

namespace {

// An API that answers for the etcd operator's resource, and has no pods.
const std::string kEtcdOperator = R"sh(case "$*" in
  *"get etcd cluster -o json") echo '{"status":{"conditions":[
    {"type":"EtcdMembersDegraded","status":"True","reason":"UnhealthyMembers","message":"master-2 is unhealthy"},
    {"type":"EtcdMembersProgressing","status":"True","reason":"M","message":"starting"},
    {"type":"NodeControllerDegraded","status":"False"}]}}' ;;
  *"get pods "*) echo '{"items":[]}' ;;
  *) exit 1 ;;
esac)sh";

}  // namespace

// It takes the members in and makes the pods, and up to forty minutes are waited for it.
TEST(ApiScripts, WhileMembersOrPodsAreAwaitedTheEtcdOperatorsOwnWordsAreQuoted) {
  const std::string words =
      "; the operator reports EtcdMembersDegraded (UnhealthyMembers): master-2 is unhealthy; the "
      "operator is at work: EtcdMembersProgressing (M): starting";
  const std::string one = R"({"members":[{"name":"master-0"}]})";
  const std::string oc = api_answers("") + stand_in("oc", kEtcdOperator);
  for (const char* name : {"etcd-members", "etcd-pods"}) {
    SCOPED_TRACE(name);
    Step step(name);
    std::string out = in_namespace(oc + crictl("etcdctl", one), step.look(), "").out;
    ASSERT_THAT(out, EndsWith("code=0\n"));
    out.resize(out.size() - 7);
    const core::Verdict verdict = step.verdict(out);
    EXPECT_EQ(verdict.kind, Kind::not_yet);
    EXPECT_THAT(verdict.detail, EndsWith(words)) << out;
    const std::string silent =
        in_namespace(
            api_answers("") +
                stand_in("oc",
                         name == std::string("etcd-pods")
                             ? "case \"$*\" in *pods*) echo '{\"items\":[]}' ;; *) exit 1 ;; esac"
                             : "exit 1") +
                crictl("etcdctl", one),
            step.look(), "")
            .out;
    EXPECT_THAT(silent, AllOf(Not(HasSubstr("operator=")), EndsWith("code=0\n")));
  }
  Step members("etcd-members");
  EXPECT_THAT(in_namespace(oc + crictl("none"), members.look(), "").out,
              AllOf(HasSubstr("operator={\"degraded\":[{\"type\":\"EtcdMembersDegraded\""),
                    EndsWith("code=1\n")));
  EXPECT_THAT(in_namespace(oc, Step("single-etcd-pod").look(), "").out, Not(HasSubstr("operator=")))
      << "it is not waited for there";
}

TEST(ApiScripts, OperatorsThatAreIllBeforeTheGateAreNotedAndWhatIsLeftOutIsCounted) {
  const std::string oc = R"sh(case "$*" in
    *clusteroperators*) jq -cn --argjson more "$(cat /var/lib/more)" '
      def op($name; $is): {metadata: {name: $name}, status: {conditions: [$is | to_entries[] |
        {type: .key, status: .value, reason: (.key + "Why"), message: ("m" * 5000)}]}};
      {items: ([op("well"; {Available: "True", Progressing: "True", Degraded: "False"}),
        op("dns"; {Available: "True", Progressing: "True", Degraded: "True"}),
        op("auth"; {Available: "False", Progressing: "False", Degraded: "False"})] +
        [range($more) | op("more-\(.)"; {Available: "False"})])}' ;;
    *infrastructure*) exit 1 ;;
    *) echo '{"spec":{"clusterID":"i"}}' ;;
  esac)sh";
  Step step("compare-cluster");
  const auto look = [&](const char* more) {
    return in_namespace(
               api_answers("") + stand_in("oc", oc) + "echo " + more + " > /var/lib/more\n",
               step.look(), "")
        .out;
  };
  EXPECT_EQ(look("0"),
            "cluster_id=i\nversion=\n"
            R"(unsettled=[{"name":"auth","off":[{"type":"Available","reason":"AvailableWhy"}]},)"
            R"({"name":"dns","off":[{"type":"Degraded","reason":"DegradedWhy"},)"
            R"({"type":"Progressing","reason":"ProgressingWhy"}]}])"
            "\ncode=0\n");
  const std::string many = look("3000");
  EXPECT_LT(many.size(), 20'000u);
  EXPECT_THAT(many, HasSubstr("\nunsettled_left_out=2942\ncode=0\n"));
  const core::Verdict verdict = step.verdict(many);
  EXPECT_EQ(verdict.kind, Kind::holds);
  EXPECT_THAT(verdict.detail,
              AllOf(HasSubstr("not settled before the restore: auth: not available (AvailableWhy); "
                              "dns: degraded (DegradedWhy), progressing (ProgressingWhy); more-0"),
                    EndsWith("and 2942 more")));
}

TEST(ApiScripts, OfManyNodesWithPendingMachineConfigsTheNumberThatIsLeftOutIsSaid) {
  const std::string oc = R"sh(case "$*" in
    *pods*) echo '{"items":[]}' ;;
    *nodes*) jq -cn '{items: [range(9) | {metadata: {name: "master-\(.)", annotations:
      {"machineconfiguration.openshift.io/state": "Degraded"}}}]}' ;;
    *) exit 1 ;;
  esac)sh";
  Step step("etcd-pods");
  const std::string out = in_namespace(api_answers("") + stand_in("oc", oc), step.look(), "").out;
  EXPECT_THAT(out, HasSubstr("\nmachine_configs_left_out=3\ncode=0\n"));
  EXPECT_THAT(step.verdict(out).detail,
              HasSubstr("master-5 (Degraded) and 3 more. The run goes on"));
}

// Of each node the revision that it failed to install, unless it has passed it.
TEST(ApiScripts, AnInstallerThatFailedIsToldWithItsNodeRevisionAndReason) {
  const Step step("await-etcd-rollout");
  const std::string oc = R"sh(echo '{"status":{"latestAvailableRevision":9,"nodeStatuses":[
    {"nodeName":"master-1","currentRevision":8,"lastFailedRevision":9,"lastFailedReason":"InstallerFailed",
     "lastFailedRevisionErrors":["installer: Error: exit status 1","no space left"]},
    {"nodeName":"master-2","currentRevision":9,"lastFailedRevision":7}]}}')sh";
  EXPECT_THAT(in_namespace(api_answers("") + stand_in("oc", oc), step.look(), "").out,
              HasSubstr(R"("failures":[{"name":"master-1","revision":9,"reason":"InstallerFailed",)"
                        R"("message":"installer: Error: exit status 1 no space left"}])"));
}

// Each condition of the three that is off, also one that an operator does not have.
TEST(ApiScripts, OfAnOperatorThatHasNotSettledEachConditionThatIsOffIsTold) {
  const Step step("operators-settled");
  const std::string answer =
      R"({"items":[{"metadata":{"name":"b"},"status":{"conditions":[{"type":"Available","status":"True"},)"
      R"({"type":"Progressing","status":"True"},{"type":"Degraded","status":"True","message":"m"}]}},)"
      R"({"metadata":{"name":"a"}}]})";
  EXPECT_THAT(in_namespace(api_answers(answer), step.look(), "").out,
              HasSubstr(R"("off":[{"name":"a","is":["Available","Degraded","Progressing"]},)"
                        R"({"name":"b","is":["Degraded","Progressing"]}])"));
}

namespace {

// A journalctl that has one log for the kubelet and one for the runtime.
std::string logs(const std::string& kubelet, const std::string& runtime) {
  return stand_in("journalctl", "case \"$*\" in\n*kubelet.service*) cat <<'LOG'\n" + kubelet +
                                    "\nLOG\n;;\n*crio.service*) cat <<'LOG'\n" + runtime +
                                    "\nLOG\n;;\nesac");
}

// A crictl that lists one ended container NAME, made `age` seconds ago, with these last words.
std::string ended(const std::string& name, int age, const std::string& words) {
  return stand_in("crictl",
                  "case \"$*\" in\n  \"ps -a --label io.kubernetes.container.name=" + name +
                      " -o json\")\n    at=$(($(/bin/date +%s) - " + std::to_string(age) +
                      "))\n    echo \"{\\\"containers\\\":[{\\\"id\\\":\\\"0123abcd\\\","
                      "\\\"state\\\":\\\"CONTAINER_EXITED\\\",\\\"createdAt\\\":"
                      "\\\"${at}000000000\\\"}]}\" ;;\n"
                      "  'inspect 0123abcd') echo '{\"status\":{\"exitCode\":1}}' ;;\n"
                      "  'logs --tail 3 0123abcd') cat <<'LOG'\n" +
                      words + "\nLOG\n;;\nesac");
}

const std::string kLater = stand_in("date", "expr 61 + \"$(/bin/date +%s)\"");

}  // namespace

// What the kubelet and the runtime logged about a container that does not come: about this pod, in
// each form that they name it in, and not about its namespace's others or who cannot reach it.
TEST(HostScripts, WhatKubeletAndRuntimeSayOfEtcdIsQuotedOnceItsManifestIsAMinuteOld) {
  const std::string before =
      crictl("none") + "touch /etc/kubernetes/manifests/etcd-pod.yaml\n" +
      logs(
          R"log(I1126 10:00:00.000001    1234 kubelet.go:1] etcd-master-1 is no error
E1126 10:00:01.123456    1234 pod_workers.go:191] Error syncing pod 0a-1b ("etcd-master-1_openshift-etcd(0a-1b)"), skipping: name is reserved
E1126 10:00:02.123456    1234 pod_workers.go:191] Error syncing pod other
W1126 10:00:03.123456    1234 kuberuntime.go:1] "odd" pod="openshift-etcd/etcd-master-1"
E1126 10:00:31.654321    1234 pod_workers.go:191] Error syncing pod 0a-1b ("etcd-master-1_openshift-etcd(0a-1b)"), skipping: name is reserved
E1126 10:00:32.000000    1234 file.go:1] Can't process manifest file "/etc/kubernetes/manifests/etcd-pod.yaml": bad
E1126 10:00:33.000000    1234 x.go:1] "Error syncing pod" pod="openshift-etcd/etcd-quorum-guard-77d-x" err="is reserved"
E1126 10:00:34.000000    1234 x.go:1] "Error syncing pod" pod="openshift-etcd/installer-3-master-1"
E1126 10:00:35.000000    1234 x.go:1] kube-apiserver-master-1: etcdserver: leader changed
E1126 10:00:36.000000    1234 x.go:1] "Error syncing pod" pod="openshift-etcd/etcd-master-10"
E1126 10:00:37.000000    1234 x.go:1] pod "backup-etcd-master-1_openshift-etcd(1)" is reserved)log",
          R"(time="2026-11-26 10:00:01Z" level=info msg="Creating container: openshift-etcd/etcd-master-1/etcd"
time="2026-11-26 10:00:01Z" level=error msg="name k8s_etcd_etcd-master-1_openshift-etcd_0a-1b_0 is reserved for )" +
              std::string(64, 'a') + R"("
time="2026-11-26 10:00:02Z" level=error msg="of another"
time="2026-11-26 10:00:02Z" level=warning msg="k8s_POD_etcd-master-1_openshift-etcd_0a-1b_0 is odd"
time="2026-11-26 10:00:03Z" level=error msg="name k8s_guard_etcd-quorum-guard-77d-x_openshift-etcd_2_0 is reserved"
time="2026-11-26 10:00:04Z" level=error msg="name k8s_installer_installer-3-master-1_openshift-etcd_3_0 is reserved"
time="2026-11-26 10:00:31Z" level=error msg="name k8s_etcd_etcd-master-1_openshift-etcd_0a-1b_0 is reserved for )" +
              std::string(64, 'b') + "\"");
  const std::string said =
      "kubelet=file.go:1] Can't process manifest file \"/etc/kubernetes/manifests/etcd-pod.yaml\": "
      "bad | kuberuntime.go:1] \"odd\" pod=\"openshift-etcd/etcd-master-1\" | pod_workers.go:191] "
      "Error syncing pod 0a-1b (\"etcd-master-1_openshift-etcd(0a-1b)\"), skipping: name is "
      "reserved\n"
      "runtime=level=error msg=\"name k8s_etcd_etcd-master-1_openshift-etcd_0a-1b_0 is reserved "
      "for "
      "<id>\" | level=warning msg=\"k8s_POD_etcd-master-1_openshift-etcd_0a-1b_0 is odd\"\n";
  for (const char* name : {"run-restore-script", "etcd-container-running"}) {
    SCOPED_TRACE(name);
    Step step(name);
    EXPECT_THAT(in_namespace(before, step.look(), "").out, Not(HasSubstr("kubelet=")));
    EXPECT_THAT(in_namespace(before + kLater, step.look(), "").out,
                AllOf(HasSubstr(said), Not(HasSubstr("ended="))));
    EXPECT_THAT(
        in_namespace(before + kLater + stand_in("journalctl", "exit 1"), step.look(), "").out,
        HasSubstr("kubelet=none\nruntime=none\n"));
    EXPECT_THAT(in_namespace(before + kLater + crictl("etcd"), step.look(), "").out,
                Not(HasSubstr("kubelet=")));
  }
}

// As a unit of systemd has it, podman of 2020 does nothing without a home.
TEST(HostScripts, PodmanIsTriedOnTheRecoveryHostAsAJobCallsIt) {
  Step step("inspect-host");
  const auto look_at = [&](std::size_t host, const std::string& before) {
    const core::StepContext context{step.state, step.state.start->inventory.hosts[host], 1};
    return in_namespace(before, step.spec.look(context), "").out;
  };
  const std::string env =
      "d=/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts\nmkdir -p $d\n"
      "echo 'export ETCD_IMAGE=\"quay.example/etcd@sha256:aa\"' > $d/etcd.env\n";
  const auto podman = [&](const std::string& body) {
    return env + "unset HOME\nexport XDG_RUNTIME_DIR=/x\n" + stand_in("podman", body);
  };
  const std::string of_2020 = R"sh([ -n "$HOME" ] || { echo 'could not get HOME' >&2; exit 125; }
[ -z "$XDG_RUNTIME_DIR" ] || { echo "it has more than a job" >&2; exit 125; }
[ "$*" = "image exists quay.example/etcd@sha256:aa" ] || exit 126)sh";
  EXPECT_THAT(look_at(0, podman(of_2020)), Not(HasSubstr("podman")));
  EXPECT_THAT(look_at(0, podman(of_2020 + "\nexit 1")), HasSubstr("podman_image=missing\n"));
  const std::string broken = "echo first; echo 'database is locked' >&2; exit 125";
  EXPECT_THAT(look_at(0, podman(broken)),
              HasSubstr("podman=exit code 125: database is locked\ncode=0\n"));
  EXPECT_THAT(look_at(1, podman(broken)), Not(HasSubstr("podman")));
  EXPECT_THAT(look_at(0, podman("exit 0") + stand_in("timeout", "exit 124")),
              HasSubstr("podman=it does not answer within 30 s\n"));
  EXPECT_THAT(look_at(0, env), Not(HasSubstr("podman")));
}

// The runtime goes on listing the pod before, which the restore script has stopped.
TEST(HostScripts, TheLastWordsOfAContainerAreThoseOfOneThatWasMadeForThisManifest) {
  const std::string manifest = "touch /etc/kubernetes/manifests/etcd-pod.yaml\n" + logs("", "");
  const std::string words = "first\nsecond\nflag provided but not defined: -x\nusage";
  for (const char* name : {"run-restore-script", "etcd-container-running"}) {
    SCOPED_TRACE(name);
    Step step(name);
    EXPECT_THAT(
        in_namespace(manifest + kLater + ended("etcd", -30, words), step.look(), "").out,
        HasSubstr("runtime=none\nended=code 1: second | flag provided but not defined: -x | "
                  "usage\n"));
    EXPECT_THAT(in_namespace(manifest + kLater + ended("etcd", 30, words), step.look(), "").out,
                AllOf(HasSubstr("runtime=none\n"), Not(HasSubstr("ended="))));
  }
}

// Only on the API's own host, and only where it does not answer because nobody runs it.
TEST(ApiScripts, AnApiThatDoesNotAnswerIsExplainedByTheHostWhereItShouldRun) {
  const std::string dead = api_answers("") + stand_in("oc", "echo refused >&2; exit 1") + kLater +
                           "touch /etc/kubernetes/manifests/kube-apiserver-pod.yaml\n" +
                           logs(
                               "E1126 10:00:01.1  1 x.go:1] kube-apiserver-master-1 is ill\n"
                               "E1126 10:00:02.1  1 x.go:1] kube-apiserver is ill",
                               "");
  Step step("approve-csrs");
  EXPECT_THAT(in_namespace(dead + crictl("none"), step.look(), "").out,
              AllOf(HasSubstr("kubelet=x.go:1] kube-apiserver-master-1 is ill\nruntime=none\n"),
                    EndsWith("code=1\n")));
  EXPECT_THAT(in_namespace(dead + crictl("kube-apiserver"), step.look(), "").out,
              AllOf(Not(HasSubstr("kubelet=")), EndsWith("code=1\n")));
  const Step elsewhere("approve-csrs", scripts::kToday,
                       scripts::with_api(core::ApiVia::workstation, "oc", "/x"));
  EXPECT_THAT(in_namespace(dead + crictl("none"), elsewhere.look(), "").out,
              AllOf(Not(HasSubstr("kubelet=")), EndsWith("code=1\n")));
}
