// The scripts that ask crictl, oc, systemctl and the owner's file, run by a real sh with stand-ins
// for those tools: what they ask, and that the judges understand what they print. Invariant: as in
// scripts.hpp.
#include <gmock/gmock.h>

#include "tests/sim/csr_samples.hpp"
#include "tests/states/stand_ins.hpp"

using scripts::api_answers;
using scripts::crictl;
using scripts::in_namespace;
using scripts::kAsked;
using scripts::stand_in;
using scripts::Step;
using scripts::with_api;
using testing::AllOf;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = core::Verdict::Kind;

TEST(HostScripts, AHostIsOwnedReachedAndReleasedByItsRunAndRefusesAnother) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step own("own-host", profile), release("release-host", profile), reach("reach-host", profile);
    core::RunStarted other_start = story::three_hosts();
    other_start.run_id = "run2";
    const Step other("own-host", profile, other_start);
    const std::string before = "mkdir -p /var/lib/restorectl\n";
    EXPECT_EQ(own.judge(in_namespace(before, own.look(), "").out), Kind::needs_act);
    const std::string owned = before + "(" + own.act() + ")\n";
    EXPECT_EQ(own.judge(in_namespace(owned, own.look(), "").out), Kind::holds);
    EXPECT_EQ(release.judge(in_namespace(owned, release.look(), "").out), Kind::needs_act);
    EXPECT_THAT(in_namespace(owned, other.act(), "").out,
                AllOf(HasSubstr("owner_run=run1\n"), HasSubstr("code=1\n")));
    const std::string released = owned + "(" + release.act() + ")\n";
    EXPECT_EQ(release.judge(in_namespace(released, release.look(), "").out), Kind::holds);
    EXPECT_THAT(in_namespace(released, other.act(), "").out, StartsWith("code=0\n"));
    const std::string reached = in_namespace(owned, reach.look(), "").out;
    EXPECT_THAT(reached, AllOf(StartsWith("owner_run=run1\n"), HasSubstr("\nboot_id="),
                               HasSubstr("\nhostname="), HasSubstr("\nuser_id=0\n")));
    EXPECT_EQ(reach.judge(reached), Kind::holds);
  }
}

TEST(HostScripts, AContainerThatRunsIsSeenAndACrictlThatFailsIsNoAnswer) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step etcd("etcd-stopped", profile), apiserver("apiserver-stopped", profile);
    for (Step* step : {&etcd, &apiserver}) {
      EXPECT_EQ(in_namespace(crictl("other"), step->look(), "").out, "code=0\n");
      EXPECT_THAT(in_namespace(stand_in("crictl", "exit 3"), step->look(), "").out,
                  HasSubstr("code=1\n"));
    }
    EXPECT_EQ(in_namespace(crictl("etcd-metrics"), etcd.look(), "").out,
              "running=etcd-metrics\ncode=0\n");
    EXPECT_THAT(in_namespace(crictl("kube-apiserver"), apiserver.look(), "").out,
                AllOf(StartsWith("running=kube-apiserver\n"), EndsWith("code=0\n")));
    EXPECT_EQ(
        etcd.judge(in_namespace("touch /etc/kubernetes/manifests/etcd-pod.yaml\n" + crictl("none"),
                                etcd.look(), "")
                       .out),
        Kind::wrong);
    EXPECT_EQ(
        in_namespace("touch /etc/kubernetes/manifests/kube-apiserver-pod.yaml\n" + crictl("none"),
                     apiserver.look(), "")
            .out,
        "manifest=back\ncode=0\n");
  }
}

TEST(HostScripts, AQuietHostHasNoManifestNoContainerAndNoData) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("confirm-quiet", profile);
    EXPECT_EQ(in_namespace(crictl("none"), step.look(), "").out, "code=0\n");
    const std::string alive = in_namespace(
                                  "mkdir -p /var/lib/etcd/member\ntouch "
                                  "/etc/kubernetes/manifests/kube-apiserver-pod.yaml\n" +
                                      crictl("etcd kube-apiserver"),
                                  step.look(), "")
                                  .out;
    EXPECT_THAT(alive,
                StartsWith("alive=manifest kube-apiserver-pod.yaml\nalive=container etcd\n"));
    EXPECT_THAT(alive, HasSubstr("alive=container kube-apiserver\n"));
    EXPECT_THAT(alive, EndsWith("alive=data\ncode=0\n"));
    EXPECT_EQ(step.judge(alive), Kind::wrong);
    EXPECT_THAT(in_namespace(stand_in("crictl", "exit 3"), step.look(), "").out,
                HasSubstr("code=1\n"));
  }
}

TEST(HostScripts, TheKubeletIsShownAndRestarted) {
  for (const char* profile : scripts::kProfiles) {
    for (const char* name : {"restart-kubelet", "restart-recovery-kubelet"}) {
      SCOPED_TRACE(std::string(profile) + " " + name);
      const Step step(name, profile);
      const std::string systemctl = stand_in("systemctl", "echo \"$*\"");
      EXPECT_EQ(in_namespace(systemctl, step.look(), "").out,
                "show kubelet.service -p LoadState -p ActiveState -p InvocationID\ncode=0\n");
      EXPECT_EQ(in_namespace(systemctl, step.act(), "").out, "restart kubelet.service\ncode=0\n");
    }
  }
}

TEST(HostScripts, EtcdsOwnWordsOnItsMembersAreReadInItsContainer) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step need("weigh-need", profile), members("etcd-members", profile),
        container("etcd-container-running", profile);
    EXPECT_EQ(
        in_namespace("mkdir -p /var/lib/etcd/member/snap; touch /var/lib/etcd/member/snap/db\n" +
                         crictl("etcdctl"),
                     need.look(), "")
            .out,
        "healthy=1\nmembers=2\ndata=present\ncode=0\n");
    EXPECT_EQ(in_namespace(crictl("none"), need.look(), "").out, "code=0\n");
    EXPECT_EQ(
        in_namespace(crictl("etcdctl", R"({"members":[{"name":"b","isLearner":true},{}]})"),
                     members.look(), "")
            .out,
        "{\"members\":[{\"name\":\"\",\"learner\":false},{\"name\":\"b\",\"learner\":true}]}\n"
        "{\"health\":[{\"endpoint\":\"https://a\",\"health\":false},"
        "{\"endpoint\":\"https://b\",\"health\":true}]}\ncode=0\n");
    EXPECT_EQ(in_namespace(crictl("none"), members.look(), "").out,
              "no etcdctl container runs\ncode=1\n");
    EXPECT_EQ(in_namespace(crictl("etcd"), container.look(), "").out, "running=1\ncode=0\n");
    EXPECT_EQ(in_namespace(crictl("none"), container.look(), "").out, "running=0\ncode=0\n");
  }
}

TEST(ApiScripts, TheLooksCutTheApisAnswersToWhatTheJudgesRead) {
  struct Look {
    const char* step;
    const char* asks;
    const char* answer;
    const char* prints;
    const char* prints_today = prints;
  };
  const Look looks[] = {
      {"approve-csrs", "[get][csr][-o][json]",
       R"({"items":[{"metadata":{"name":"b"},"spec":{"signerName":"s","username":"u","groups":["g"],"usages":["x"],"request":"cg=="},"status":{}},{"metadata":{"name":"a"},"status":{"conditions":[{}]}}]})",
       R"([{"name":"b","signer":"s","username":"u","groups":["g"],"usages":["x"],"request":"cg=="}])",
       R"({"pending":[],"left_out":0,"of_other_signers":1})"},
      {"single-etcd-pod", "[get][pods][-n][openshift-etcd][-l][k8s-app=etcd][-o][json]",
       R"({"items":[{"metadata":{"name":"b"},"status":{"phase":"Running","containerStatuses":[{"ready":true}]}},{"metadata":{"name":"a"},"status":{"phase":"Pending"}}]})",
       R"([{"name":"a","phase":"Pending","ready":false},{"name":"b","phase":"Running","ready":true}])"},
      {"operators-settled", "[get][clusteroperators][-o][json]",
       R"({"items":[{"metadata":{"name":"good"},"status":{"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"False"},{"type":"Degraded","status":"False"}]}},{"metadata":{"name":"bad"}}]})",
       R"({"count":2,"unsettled":["bad"]})",
       R"({"count":2,"unsettled":["bad"],"left_out":0,"off":[{"name":"bad","is":["Available","Degraded","Progressing"]}],"why":[{"name":"bad","type":"","reason":"","message":""}]})"},
      {"await-apiserver-rollout", "[get][kubeapiserver][cluster][-o][json]",
       R"({"spec":{"forceRedeploymentReason":"r"},"status":{"latestAvailableRevision":7,"nodeStatuses":[{"nodeName":"n","currentRevision":6}],"conditions":[{"type":"NodeInstallerProgressing","status":"True","reason":"x","message":"m","more":1},{"type":"other"}]}})",
       R"({"reason":"r","latest":7,"nodes":[{"name":"n","now":6,"target":0,"failed":0}],"progress":[{"status":"True","reason":"x","message":"m"}]})",
       R"({"reason":"r","latest":7,"nodes":[{"name":"n","now":6,"target":0,"failed":0}],"progress":[{"status":"True","reason":"x","message":"m"}],"progressing":[{"type":"NodeInstallerProgressing","reason":"x","message":"m"}],"failures":[],"degraded":[],"not_ready":[]})"},
  };
  for (const char* profile : scripts::kProfiles) {
    for (const Look& look : looks) {
      SCOPED_TRACE(std::string(profile) + " " + look.step);
      const Step step(look.step, profile);
      const std::string out = in_namespace(api_answers(look.answer), step.look(), kAsked).out;
      const char* prints =
          profile == std::string_view(scripts::kToday) ? look.prints_today : look.prints;
      EXPECT_THAT(out, StartsWith(prints + std::string("\ncode=0\n")));
      EXPECT_THAT(out, HasSubstr("/localhost.kubeconfig][--request-timeout=20s]" +
                                 std::string(look.asks) + "\n"));
      const std::string dead = api_answers("") + stand_in("oc", "echo refused >&2; exit 1");
      EXPECT_EQ(in_namespace(dead, step.look(), "").out, "refused\nrefused\ncode=1\n");
    }
  }
}

namespace {

// The stand-in of that name, once more, which now warns on stderr before it does the same.
std::string warning(const std::string& name, const std::string& words) {
  const std::string quiet = "'/var/lib/my tools/" + name + ".quiet'";
  return "mv '/var/lib/my tools/" + name + "' " + quiet + "\n" +
         stand_in(name, "echo '" + words + "' >&2\nexec " + quiet + " \"$@\"");
}

// What a judge gets: stderr is kept apart from it.
std::string judged_output(const std::string& before, const Step& step) {
  return in_namespace(before, "( " + step.look() + " ) 2> /var/lib/stderr",
                      "grep -c deprecated /var/lib/stderr > /dev/null && echo warned")
      .out;
}

}  // namespace

TEST(HostScripts, ACrictlThatWarnsOfItsDefaultsIsReadAsOneThatDoesNot) {
  const std::string lists =
      crictl("etcd etcd-metrics etcdctl kube-apiserver", R"({"members":[{"name":"a"}]})");
  const std::string warns = warning(
      "crictl",
      "time=\"2026-11-23T10:15:00Z\" level=warning msg=\"runtime connect using default endpoints: "
      "[unix:///var/run/dockershim.sock unix:///run/crio/crio.sock]. As the default settings are "
      "now deprecated, you should set the endpoint instead.\"");
  for (const char* profile : scripts::kProfiles) {
    for (const char* name : {"etcd-stopped", "apiserver-stopped", "confirm-quiet", "weigh-need",
                             "etcd-members", "etcd-container-running", "run-restore-script"}) {
      SCOPED_TRACE(std::string(profile) + " " + name);
      const Step step(name, profile);
      const std::string usual = judged_output(lists, step);
      EXPECT_THAT(usual, AllOf(HasSubstr("="), EndsWith("code=0\n")));
      EXPECT_THAT(judged_output(lists + warns, step), AnyOf(usual, usual + "warned\n"));
      // A line of a warning is no container.
      const std::string without = judged_output(crictl("none"), step);
      EXPECT_THAT(judged_output(crictl("none") + warns, step),
                  AnyOf(without, without + "warned\n"));
    }
    const Step members("etcd-members", profile);
    EXPECT_THAT(judged_output(lists + warns, members), EndsWith("warned\n")) << "it did warn";
  }
  const Step alarms("disarm-alarms");
  EXPECT_THAT(judged_output(lists + warns, alarms),
              AllOf(StartsWith("etcd=answers\n"), EndsWith("code=0\nwarned\n")));
}

TEST(ApiScripts, AnOcThatWarnsOfTheClustersVersionIsReadAsOneThatDoesNot) {
  struct Look {
    const char* step;
    const char* answer;
  };
  const Look looks[] = {
      {"approve-csrs", R"({"items":[]})"},
      {"single-etcd-pod", R"({"items":[{"metadata":{"name":"a"},"status":{"phase":"Running"}}]})"},
      {"etcd-pods", R"({"items":[{"metadata":{"name":"a"},"status":{"phase":"Running"}}]})"},
      {"operators-settled", R"({"items":[{"metadata":{"name":"bad"}}]})"},
      {"await-etcd-rollout", R"({"status":{"latestAvailableRevision":7}})"},
      {"await-apiserver-rollout", R"({"status":{"latestAvailableRevision":7}})"},
      {"compare-cluster", R"({"spec":{"clusterID":"i"},"status":{"desired":{"version":"4.7.1"}}})"},
  };
  for (const char* profile : {scripts::kToday}) {
    for (const std::string command : {"oc", "kubectl"}) {
      const std::string warns =
          warning(command,
                  "WARNING: version difference between client (1.31) and server (1.20) exceeds the "
                  "supported minor version skew of +/-1, or is deprecated");
      for (const Look& look : looks) {
        SCOPED_TRACE(std::string(profile) + " " + command + " " + look.step);
        const Step step(look.step, profile, with_api(core::ApiVia::recovery_host, command));
        const std::string answers = api_answers(look.answer, command);
        const std::string usual = judged_output(answers, step);
        EXPECT_THAT(usual, AllOf(Not(StartsWith("code")), EndsWith("code=0\n")));
        const std::string warned = judged_output(answers + warns, step);
        EXPECT_THAT(warned, AnyOf(usual, usual + "warned\n"));
        if (std::string_view(look.step) != "compare-cluster") {
          EXPECT_THAT(warned, EndsWith("warned\n")) << "it did warn";
        }
      }
    }
  }
}

TEST(ApiScripts, TheClustersWordsAreAskedAndItsSilenceIsAnAnswer) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("compare-cluster", profile);
    EXPECT_EQ(in_namespace(api_answers(R"({"spec":{"clusterID":"i"},"status":{"desired":)"
                                       R"({"version":"4.7.1"},"infrastructureName":"prod"}})"),
                           step.look(), "")
                  .out,
              "cluster_id=i\nversion=4.7.1\ninfrastructure=prod\ncode=0\n");
    EXPECT_EQ(in_namespace(stand_in("oc", "exit 1"), step.look(), "").out, "api=silent\ncode=0\n");
  }
}

// Before the gate, where it does no harm: an API that cannot be asked would count as a silent one.
TEST(ApiScripts, WhereAProgramIsMissingTheClusterIsNotCompared) {
  const Step step("compare-cluster");
  const std::string answers = api_answers(R"({"spec":{"clusterID":"i"}})");
  for (const char* broken : {"jq", "oc"}) {
    const std::string out =
        in_namespace(answers + stand_in(broken, "exit 127"), step.look(), "").out;
    EXPECT_THAT(out,
                broken == std::string("jq") ? HasSubstr("code=1\n") : HasSubstr("api=silent\n"));
  }
  const std::string garbled =
      stand_in("oc", "case \"$*\" in *clusterversion*) echo '<html>' ;; *) echo '{}' ;; esac");
  EXPECT_THAT(in_namespace(answers + garbled, step.look(), "").out, HasSubstr("code=1\n"))
      << "what cannot be read was not compared";
  const Step elsewhere("compare-cluster", scripts::kToday,
                       with_api(core::ApiVia::workstation, "no-such-kubectl", "/kubeconfig"));
  EXPECT_THAT(in_namespace(answers, elsewhere.look(), "").out,
              AllOf(HasSubstr("code=1\n"), Not(HasSubstr("api=silent"))));
  Step judge("compare-cluster");
  EXPECT_THAT(judge.verdict("version=4.7.0\n").detail, HasSubstr("was not compared"));
}

TEST(ApiScripts, AHostAsksTheApiForTheProxyWithItsOwnKubeconfigWhateverTheWorkstationHas) {
  const std::string act =
      Step("note-proxy", scripts::kToday, with_api(core::ApiVia::workstation, "kubectl", "/mine"))
          .act();
  EXPECT_THAT(in_namespace(api_answers(R"({"spec":{"httpProxy":"http://s"}})"), act,
                           "cat /var/lib/restorectl/run1/proxy.env")
                  .out,
              HasSubstr("# source: the API\nHTTP_PROXY=http://s\n"));
}

TEST(ApiScripts, TheProxyIsKeptByTheApisWordOrByTheHostsOwnFile) {
  const std::string answer =
      R"x({"spec":{"httpProxy":"http://s"},"status":{"httpsProxy":"http://a b$(c)"}})x";
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("note-proxy", profile);
    const std::string kept = "cat /var/lib/restorectl/run1/proxy.env";
    EXPECT_EQ(in_namespace(api_answers(answer), step.act(), kept).out,
              "code=0\n# source: the API\nHTTP_PROXY=http://s\nHTTPS_PROXY=http://a b$(c)\n"
              "NO_PROXY=\n");
    const std::string dead = stand_in("oc", "exit 1");
    EXPECT_EQ(in_namespace(dead, step.act(), kept).out,
              "code=0\n# source: none, since the API does not answer\n");
    EXPECT_EQ(step.judge(in_namespace(dead + "(" + step.act() + ")", step.look(), "").out),
              Kind::holds);
    EXPECT_EQ(step.judge(in_namespace("", step.look(), "").out), Kind::needs_act);
  }
}

TEST(ApiScripts, ARedeploymentIsAskedForWithTheRunsReason) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("force-etcd-redeployment", profile);
    EXPECT_THAT(in_namespace(api_answers("patched"), step.act(), kAsked).out,
                AllOf(StartsWith("patched\ncode=0\n"),
                      HasSubstr("[patch][etcd][cluster][--type=merge][-p][{\"spec\":"
                                "{\"forceRedeploymentReason\":\"restorectl-run1-etcd\"}}]\n")));
  }
}

TEST(ApiScripts, EachValidCsrIsApprovedByNameWithOcAndWithKubectl) {
  for (const char* profile : scripts::kProfiles) {
    for (const std::string command : {"oc", "kubectl"}) {
      SCOPED_TRACE(std::string(profile) + " " + command);
      Step step("approve-csrs", profile, with_api(core::ApiVia::recovery_host, command));
      step.judge("[" + sim::csr_item("csr-b", "master-1", false) + "," +
                 sim::csr_item("csr-a", "master-2", true) + "," +
                 sim::csr_item("csr-x", "", false) + "]");
      EXPECT_THAT(in_namespace(api_answers("ok", command), step.act(), kAsked).out,
                  HasSubstr(std::string("s]") + (command == "oc" ? "[adm]" : "") +
                            "[certificate][approve][csr-b][csr-a]\n"));
    }
  }
}

// Paths of the operator's own choice: with a blank, with a quote.
TEST(ApiScripts, ACommandAndAKubeconfigWithABlankAreOneWordEach) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("etcd-pods", profile,
                    with_api(core::ApiVia::workstation, "/var/lib/my tools/kubectl",
                             "/home/o'x y/$kube config"));
    EXPECT_THAT(in_namespace(api_answers(R"({"items":[]})", "kubectl"), step.look(), kAsked).out,
                StartsWith("[]\ncode=0\n[--kubeconfig=/home/o'x y/$kube config]"
                           "[--request-timeout=20s][get][pods][-n][openshift-etcd][-l]"
                           "[k8s-app=etcd][-o][json]\n"));
  }
}

TEST(ApiScripts, TheInspectionLooksForTheCommandAsOneWord) {
  const auto look_with = [](const std::string& command, const std::string& before) {
    const Step step("inspect-host", scripts::kToday,
                    with_api(core::ApiVia::recovery_host, command));
    const core::StepContext context{step.state, step.state.start->inventory.hosts[0], 1};
    return in_namespace(before, step.spec.look(context), "").out;
  };
  EXPECT_THAT(look_with("/var/lib/my tools/oc", api_answers("")), Not(HasSubstr("tools/oc")));
  EXPECT_THAT(look_with("/var/lib/my tools/oc", ""), HasSubstr("lack=/var/lib/my tools/oc\n"));
}

TEST(CopyScripts, EachFileIsNamedWithItsDigestAndOthersAreCounted) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    core::RunStarted start = story::three_hosts();
    start.backup.files[0].name = "snap shot'.db";
    const Step step("copy-backup", profile, start);
    EXPECT_EQ(in_namespace("", step.look(), "").out, "code=0\n");
    EXPECT_EQ(in_namespace("d=/var/lib/restorectl/run1/backup\nmkdir -p $d\n"
                           "printf abc > \"$d/snap shot'.db\"\ntouch $d/.part $d/other\n",
                           step.look(), "")
                  .out,
              "snap shot'.db=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
              "files=2\ncode=0\n");
  }
}
