// Whether the backup fits the hosts: the looks on real files, the judges' words, and a rehearsal
// with the real etcdctl.
#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/states/scripts.hpp"

using core::Verdict;
using scripts::Ended;
using scripts::in_namespace;
using scripts::Step;

namespace {

core::BackupContent& content_of(Step& step) {
  auto start = std::make_shared<core::RunStarted>(*step.state.start);
  core::BackupContent& content = start->backup.content;
  step.state.start = std::move(start);
  return content;
}

// A host with two revisions of etcd's resources, in YAML and in JSON, as the operators write them.
const std::string kHost =
    "top=/etc/kubernetes/static-pod-resources\n"
    "for revision in 9 10; do mkdir -p $top/etcd-pod-$revision/configmaps/etcd-pod "
    "$top/etcd-pod-$revision/configmaps/etcd-serving-ca\n"
    "printf 4.7.$revision > $top/etcd-pod-$revision/configmaps/etcd-pod/version\n"
    "echo ca$revision > $top/etcd-pod-$revision/configmaps/etcd-serving-ca/ca-bundle.crt\n"
    "printf 'spec:\\n  containers:\\n  - image: quay.example/x@sha256:aa%s\\n    imagePullPolicy: "
    "Always\\n' $revision > $top/etcd-pod-$revision/etcd-pod.yaml; done\n"
    "mkdir -p $top/kube-scheduler-pod-7\n"
    "echo '{\"containers\":[{\"image\": \"mirror.example/y@sha256:bb\",\"imagePullPolicy\":"
    "\"Always\"}]}' > $top/kube-scheduler-pod-7/kube-scheduler-pod.yaml\n";

core::Observed seen(const std::string& out) {
  return {"master-1", "compare-release", 0, out, "", false};
}

Verdict verdict(Step& step, const std::string& out) {
  return step.spec.judge(step.context(), seen(out));
}

}  // namespace

TEST(CompareRelease, TheNewestRevisionOnTheHostIsComparedByVersionAndImage) {
  Step step("compare-release");
  const std::string out = in_namespace(kHost, step.look(), "").out;
  EXPECT_NE(out.find("etcd.version=4.7.10\n"), std::string::npos) << out;
  EXPECT_NE(out.find("etcd.image=quay.example/x@sha256:aa10\n"), std::string::npos) << out;
  EXPECT_NE(out.find("kube-scheduler.image=mirror.example/y@sha256:bb\n"), std::string::npos)
      << out;
  EXPECT_EQ(out.find("Always"), std::string::npos) << out;

  core::BackupContent& content = content_of(step);
  content.pods = {{"etcd", "3", "4.7.10", {"quay.example/x@sha256:aa10"}},
                  {"kube-scheduler", "7", "", {"quay.example/y@sha256:bb"}},
                  {"kube-apiserver", "7", "4.7.10", {"quay.example/z@sha256:cc"}}};
  Verdict same = verdict(step, out);
  EXPECT_EQ(same.kind, Verdict::Kind::holds) << same.detail;
  EXPECT_NE(same.detail.find("of 2 static pods match"), std::string::npos) << same.detail;

  content.pods[0].version = "4.7.9";
  content.pods[1].images = {"quay.example/y@sha256:b0"};
  const Verdict other = verdict(step, out);
  EXPECT_EQ(other.kind, Verdict::Kind::wrong);
  EXPECT_NE(
      other.detail.find("etcd: version 4.7.9 in the backup, 4.7.10 on the host (revision 10)"),
      std::string::npos)
      << other.detail;
  EXPECT_NE(other.detail.find("sha256:b0 in the backup, sha256:bb on the host"), std::string::npos)
      << other.detail;
  EXPECT_NE(other.remedy.find("--accept other-release"), std::string::npos) << other.remedy;

  content.accepted = {"other-release"};
  const Verdict accepted = verdict(step, out);
  EXPECT_EQ(accepted.kind, Verdict::Kind::holds);
  EXPECT_NE(accepted.detail.find("accepted with --accept: etcd: version 4.7.9"), std::string::npos);
}

// An earlier restore took the operators back; what they had written after the backup stays on the
// disk, perhaps of another release, and has the highest numbers.
TEST(CompareRelease, TheLiveRevisionIsComparedAndNotOneFromTheFuture) {
  const Step step("compare-release");
  const std::string path = "/etc/kubernetes/static-pod-resources/etcd-pod-";
  for (const std::string& live :
       {"{\"labels\":{\"app\":\"etcd\",\"revision\":\"3\"},\"hostPath\":{\"path\":\"" + path +
            "9\"}}",
        std::string("{\"labels\":{\"revision\":\"9\"}}"),
        std::string("metadata:\n  labels:\n    revision: \"9\"\n")}) {
    const std::string manifest =
        "cat > /etc/kubernetes/manifests/etcd-pod.yaml << 'EOF'\n" + live + "\nEOF\n";
    const std::string out = in_namespace(kHost + manifest, step.look(), "").out;
    EXPECT_NE(out.find("etcd.revision=9\netcd.version=4.7.9\n"), std::string::npos) << out;
    EXPECT_NE(out.find("etcd.image=quay.example/x@sha256:aa9\n"), std::string::npos) << out;
  }
  // Without a manifest, and with one that names a revision which is gone, by time.
  const std::string older = "touch -d 2020-01-01 " + path + "10\n";
  for (const std::string manifest :
       {"", "echo 'revision: \"7\"' > /etc/kubernetes/manifests/etcd-pod.yaml\n"}) {
    const std::string out = in_namespace(kHost + older + manifest, step.look(), "").out;
    EXPECT_NE(out.find("etcd.version=4.7.9\n"), std::string::npos) << out;
  }
}

// A restored snapshot keeps the version of its cluster, and an older etcd ends at once with that.
TEST(CompareRelease, AnEtcdThatIsOlderThanTheSnapshotsClusterIsSaid) {
  Step step("compare-release");
  const std::string crictl =
      "mkdir /var/lib/tools\ncat > /var/lib/tools/crictl << 'END'\n#!/bin/sh\ncase \"$*\" in\n"
      "  'ps -q --label io.kubernetes.container.name=etcd') echo 0123 ;;\n"
      "  'exec 0123 etcd --version') printf 'etcd Version: 3.4.14\\nGit SHA: x\\n' ;;\n"
      "  *) exit 1 ;;\nesac\nEND\nchmod +x /var/lib/tools/crictl\nPATH=/var/lib/tools:$PATH\n";
  const std::string out = in_namespace(crictl + kHost, step.look(), "").out;
  EXPECT_NE(out.find("etcd.server=3.4.14\ncode=0\n"), std::string::npos) << out;
  EXPECT_NE(in_namespace(kHost, step.look(), "").out.find("etcd.server=unknown\n"),
            std::string::npos)
      << "no crictl";
  core::BackupContent& content = content_of(step);
  for (const char* version : {"3.5.0", "4.0.0", "3.10.0"}) {
    content.etcd_version = version;
    const Verdict older = verdict(step, out);
    ASSERT_EQ(older.kind, Verdict::Kind::wrong) << version;
    EXPECT_NE(older.detail.find("etcd 3.4.14 on the host, which is older"), std::string::npos)
        << older.detail;
    EXPECT_NE(older.remedy.find("--accept other-release"), std::string::npos) << older.remedy;
  }
  for (const char* version : {"3.4.0", "3.4.99", "3.3.0", "2.9.9", "", "3", "x.y", "3.-1.0"}) {
    content.etcd_version = version;
    EXPECT_EQ(verdict(step, out).kind, Verdict::Kind::holds) << version;
  }
  content.etcd_version = "3.5.0";
  for (const char* server : {"", "soon", "3", "99999999999999999999.1"})
    EXPECT_EQ(verdict(step, std::string("etcd.server=") + server + "\n").kind, Verdict::Kind::holds)
        << server;
}

// Quorum is lost, and the only one that could say it does not live.
TEST(CompareRelease, WhereNoEtcdLivesItIsSaidThatTheClusterVersionWasNotCompared) {
  Step step("compare-release");
  const std::string crictl =
      "mkdir /var/lib/tools\nprintf '#!/bin/sh\\n' > /var/lib/tools/crictl\n"
      "chmod +x /var/lib/tools/crictl\nPATH=/var/lib/tools:$PATH\n";
  const std::string out = in_namespace(crictl + kHost, step.look(), "").out;
  EXPECT_NE(out.find("etcd.server=none\n"), std::string::npos) << out;
  EXPECT_EQ(verdict(step, out).detail.find("not compared"), std::string::npos)
      << "the snapshot has none";
  content_of(step).etcd_version = "3.4.0";
  const Verdict silent = verdict(step, out);
  EXPECT_EQ(silent.kind, Verdict::Kind::holds);
  EXPECT_NE(silent.detail.find("; the snapshot's cluster version, 3.4.0, was not compared with the "
                               "host's etcd: no etcd container runs that could say its version"),
            std::string::npos)
      << silent.detail;
  EXPECT_NE(verdict(step, "etcd.server=unknown\n").detail.find("not compared"), std::string::npos);
  for (const char* said : {"etcd.server=3.4.14\n", ""})
    EXPECT_EQ(verdict(step, said).detail.find("not compared"), std::string::npos) << said;
}

TEST(CompareRelease, AnotherCasNameIsAnotherClustersUntilTheOperatorSaysOtherwise) {
  Step step("compare-release");
  const std::string out = in_namespace(kHost, step.look(), "").out;
  core::BackupContent& content = content_of(step);
  content.etcd_ca_sha256 = std::string(64, 'e');
  content.accepted = {"other-release"};
  const Verdict other = verdict(step, out);
  EXPECT_EQ(other.kind, Verdict::Kind::wrong);
  EXPECT_NE(other.detail.find("etcd CA"), std::string::npos) << other.detail;
  EXPECT_NE(other.remedy.find("--accept other-cluster"), std::string::npos) << other.remedy;
  content.accepted = {"other-cluster"};
  EXPECT_EQ(verdict(step, out).kind, Verdict::Kind::holds);
}

TEST(CompareRelease, AHostWithNothingToCompareIsSaidToBeSo) {
  Step step("compare-release");
  content_of(step).pods = {{"etcd", "3", "4.7.10", {"x@sha256:aa"}}};
  const Ended ended = in_namespace("", step.look(), "");
  EXPECT_EQ(ended.out, "etcd.server=unknown\ncode=0\n");
  const Verdict nothing = verdict(step, ended.out);
  EXPECT_EQ(nothing.kind, Verdict::Kind::holds);
  EXPECT_NE(nothing.detail.find("no static pod resources"), std::string::npos) << nothing.detail;
}

TEST(CompareCluster, TheApisOwnWordsAreComparedAndItsSilenceIsSaid) {
  Step step("compare-cluster");
  core::BackupContent& content = content_of(step);
  content.cluster_id = "id-a";
  content.cluster_version = "4.7.1";
  content.infrastructure_name = "prod-1";
  EXPECT_EQ(verdict(step, "cluster_id=id-a\nversion=4.7.1\ninfrastructure=prod-1\n").kind,
            Verdict::Kind::holds);
  const Verdict silent = verdict(step, "api=silent\n");
  EXPECT_EQ(silent.kind, Verdict::Kind::holds);
  EXPECT_NE(silent.detail.find("does not answer"), std::string::npos);
  const Verdict other = verdict(step, "cluster_id=id-b\nversion=4.7.2\ninfrastructure=prod-1\n");
  EXPECT_EQ(other.kind, Verdict::Kind::wrong);
  EXPECT_NE(other.detail.find("id-a in the backup, id-b in the API"), std::string::npos);
  EXPECT_NE(other.detail.find("4.7.1 in the backup, 4.7.2 in the API"), std::string::npos);
  EXPECT_NE(other.remedy.find("--accept other-cluster --accept other-release"), std::string::npos);
  content.accepted = {"other-release"};
  const Verdict still = verdict(step, "cluster_id=id-b\nversion=4.7.2\n");
  EXPECT_EQ(still.kind, Verdict::Kind::wrong);
  EXPECT_EQ(still.detail.find("4.7.2"), std::string::npos) << still.detail;
}

class Rehearsal : public ::testing::Test {
 protected:
  // Puts the bytes where the copied snapshot is; both mounts of the namespace hide our own
  // /var/lib.
  std::string with_snapshot(const std::string& bytes, const std::string& before = "") {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
    std::ofstream(file, std::ios::binary)
        << bytes << std::string_view(reinterpret_cast<const char*>(digest), sizeof digest);
    return before + "\nmkdir -p /var/lib/restorectl/run1/backup\ncp " + file +
           " /var/lib/restorectl/run1/backup/snapshot_2026-11-23_101500.db\n";
  }
  static std::string real() {
    std::ostringstream bytes;
    bytes << std::ifstream(std::string(RESTORECTL_TOP) + "/tests/fuzz/corpus/snapshot/branches",
                           std::ios::binary)
                 .rdbuf();
    return bytes.str();
  }
  void TearDown() override { std::filesystem::remove(file); }

  Step step{"rehearse-restore"};
  std::string file = "/tmp/restorectl-rehearsal-" + std::to_string(::getpid());
};

TEST_F(Rehearsal, ARealSnapshotIsRestoredOnTrialAndNothingOfItIsLeft) {
  const Ended ended = in_namespace(with_snapshot(real()), step.act(),
                                   "( " + step.look() + " )\nls /var/lib/restorectl/run1");
  EXPECT_NE(ended.out.find("code=0\nrestored="), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("\nbackup\nrehearsal.result\n"), std::string::npos) << ended.out;
  EXPECT_EQ(step.judge(ended.out), Verdict::Kind::holds);
  EXPECT_EQ(step.judge(""), Verdict::Kind::needs_act);
}

TEST_F(Rehearsal, ASnapshotThatEtcdctlRefusesFailsWithItsWords) {
  std::string bytes = real();
  const std::string signed_first = with_snapshot(bytes);
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(9000).put('\x7f');
  const Ended ended = in_namespace(signed_first, step.act(), "ls /var/lib/restorectl/run1");
  EXPECT_NE(ended.out.find("expected sha256"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("nothing was stopped or moved\ncode=1\nbackup\n"), std::string::npos)
      << ended.out;
}

TEST_F(Rehearsal, WithoutRoomOrEtcdctlItIsLeftOutAndSaid) {
  Ended ended = in_namespace(with_snapshot(real(),
                                           "mkdir /var/lib/restorectl; mount -t tmpfs -o size=4m t "
                                           "/var/lib/restorectl"),
                             step.act(), step.look());
  EXPECT_NE(ended.out.find("skipped=it needs "), std::string::npos) << ended.out;
  EXPECT_EQ(step.judge(ended.out), Verdict::Kind::holds);
  ended = in_namespace(with_snapshot(real(), "mount --bind /dev/null /usr/bin/etcdctl"), step.act(),
                       step.look());
  EXPECT_NE(ended.out.find("skipped=the host has no etcdctl"), std::string::npos) << ended.out;
}

// A tool of that name, first in PATH.
std::string tool(const std::string& name, const std::string& body) {
  return "mkdir -p /var/lib/fake; cat > /var/lib/fake/" + name + " << 'END'\n#!/bin/sh\n" + body +
         "\nEND\nchmod +x /var/lib/fake/" + name + "; PATH=/var/lib/fake:$PATH\n";
}

// etcd 3.6 took `snapshot restore` out of etcdctl; the backup may be as good as any.
TEST_F(Rehearsal, AnEtcdctlOfAnotherGenerationIsNoVerdictOnTheBackup) {
  for (const std::string body :
       {"echo 'Error: unknown flag: --data-dir' >&2; exit 1",
        "echo 'NAME: snapshot'; echo 'USAGE: etcdctl snapshot <subcommand>'; exit 1",
        "echo 'Usage: etcdctl snapshot'; exit 0", "exit 126"}) {
    SCOPED_TRACE(body);
    const Ended ended = in_namespace(with_snapshot(real(), tool("etcdctl", body)), step.act(),
                                     "( " + step.look() + " )\nls /var/lib/restorectl/run1");
    EXPECT_NE(ended.out.find("code=0\nskipped=/var/lib/fake/etcdctl cannot restore snapshots"),
              std::string::npos)
        << ended.out;
    EXPECT_NE(ended.out.find("\nbackup\nrehearsal.result\n"), std::string::npos) << ended.out;
    EXPECT_EQ(step.judge(ended.out), Verdict::Kind::holds);
  }
}

TEST_F(Rehearsal, AnEtcdutlIsPreferredAndWhateverToolCanDoItIsTaken) {
  const std::string old =
      tool("etcdctl", "echo \"$0\" > /var/lib/asked; echo 'unknown command'; exit 1");
  const std::string real_tool = "exec /usr/bin/etcdctl \"$@\"";
  Ended ended = in_namespace(with_snapshot(real(), old + tool("etcdutl", real_tool)), step.act(),
                             "( " + step.look() + " )\ncat /var/lib/asked");
  EXPECT_NE(ended.out.find("code=0\nrestored="), std::string::npos) << ended.out;
  EXPECT_EQ(ended.out.find("fake/etcdctl"), std::string::npos) << ended.out;
  // The tools of an earlier restore are asked first, and the host's where these are of no use.
  ended = in_namespace(
      with_snapshot(real(), old + tool("etcdutl", real_tool) +
                                "mkdir -p /etc/kubernetes/static-pod-resources/bin; cp "
                                "/var/lib/fake/etcdctl /etc/kubernetes/static-pod-resources/bin/"),
      step.act(), "( " + step.look() + " )\ncat /var/lib/asked");
  EXPECT_NE(ended.out.find("code=0\nrestored="), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("static-pod-resources/bin/etcdctl"), std::string::npos) << ended.out;
}
