// The steps' own sh scripts, run by a real sh in a mount namespace with
// a /var/lib and an /etc/kubernetes of its own: renames that are atomic,
// a data directory that is a mount, and mounts that must be refused.
#include "tests/states/scripts.hpp"

using Kind = core::Verdict::Kind;

namespace {

using scripts::Ended;
using scripts::in_namespace;
using scripts::Step;

}  // namespace

TEST(Scripts, AManifestIsRenamedBesideTheKubeletsFolderAndNotIntoIt) {
  for (const char* profile : scripts::kProfiles) {
    for (const std::string pod : {"etcd", "apiserver"}) {
      SCOPED_TRACE(profile + (" " + pod));
      const Step step("move-" + pod + "-manifest", profile);
      const std::string file = (pod == "etcd" ? "" : "kube-") + pod + "-pod.yaml";
      const Ended ended = in_namespace("echo pod > /etc/kubernetes/manifests/" + file, step.act(),
                                       "cat /etc/kubernetes/restorectl-run1/" + file +
                                           "; ls -A /etc/kubernetes/manifests | wc -l");
      EXPECT_EQ(ended.out, "code=0\npod\n0\n");
    }
  }
}

TEST(Scripts, ARenameNeverOverwritesAndNeverCrossesAMount) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("move-etcd-manifest", profile);
    Ended ended = in_namespace(
        "echo new > /etc/kubernetes/manifests/etcd-pod.yaml; mkdir "
        "/etc/kubernetes/restorectl-run1; "
        "echo old > /etc/kubernetes/restorectl-run1/etcd-pod.yaml",
        step.act(),
        "cat /etc/kubernetes/restorectl-run1/etcd-pod.yaml "
        "/etc/kubernetes/manifests/etcd-pod.yaml");
    EXPECT_NE(ended.out.find("code=1\nold\nnew\n"), std::string::npos) << ended.out;
    ended = in_namespace(
        "echo pod > /etc/kubernetes/manifests/etcd-pod.yaml; mkdir "
        "/etc/kubernetes/restorectl-run1; "
        "mount -t tmpfs t /etc/kubernetes/restorectl-run1",
        step.act(), "cat /etc/kubernetes/manifests/etcd-pod.yaml");
    EXPECT_NE(ended.out.find("different mounts"), std::string::npos) << ended.out;
    EXPECT_NE(ended.out.find("code=1\npod\n"), std::string::npos) << ended.out;
  }
}

TEST(Scripts, TheLooksOfARenameTellBeforeFromAfter) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("move-etcd-manifest", profile);
    const std::string present =
        in_namespace("echo pod > /etc/kubernetes/manifests/etcd-pod.yaml", step.look(), "").out;
    EXPECT_EQ(step.judge(present), Kind::needs_act);
    const std::string moved =
        in_namespace("echo pod > /etc/kubernetes/manifests/etcd-pod.yaml; (" + step.act() + ")",
                     step.look(), "")
            .out;
    EXPECT_EQ(step.judge(moved), Kind::holds);
  }
}

TEST(Scripts, AnOrdinaryDataDirectoryIsRenamedWhole) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("move-data-directory", profile);
    const std::string data =
        "mkdir -p /var/lib/etcd/member/snap; echo db > /var/lib/etcd/member/snap/db";
    EXPECT_EQ(step.judge(in_namespace(data, step.look(), "").out), Kind::needs_act);
    const Ended ended = in_namespace(
        data, step.act(),
        "cat /var/lib/restorectl-run1/etcd/member/snap/db; [ -e /var/lib/etcd ] || echo gone");
    EXPECT_EQ(ended.out, "code=0\ndb\ngone\n");
    EXPECT_EQ(step.judge(in_namespace(data + "; (" + step.act() + ")", step.look(), "").out),
              Kind::holds);
  }
}

TEST(Scripts, ADataDirectoryThatIsAMountKeepsItsMemberInsideTheMount) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("move-data-directory", profile);
    const std::string data =
        "mount -t tmpfs t /var/lib/etcd; mkdir -p /var/lib/etcd/member/snap; echo db > "
        "/var/lib/etcd/member/snap/db";
    EXPECT_EQ(step.judge(in_namespace(data, step.look(), "").out), Kind::needs_act);
    const Ended ended = in_namespace(data, step.act(),
                                     "cat /var/lib/etcd/restorectl-run1/member/snap/db; [ -e "
                                     "/var/lib/etcd/member ] || echo gone");
    EXPECT_EQ(ended.out, "code=0\ndb\ngone\n");
    EXPECT_EQ(step.judge(in_namespace(data + "; (" + step.act() + ")", step.look(), "").out),
              Kind::holds);
  }
}

TEST(Scripts, ADataDirectoryThatCameBackIsSeen) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("move-data-directory", profile);
    const std::string back =
        "mkdir -p /var/lib/etcd/member; (" + step.act() + "); mkdir -p /var/lib/etcd/member";
    EXPECT_EQ(step.judge(in_namespace(back, step.look(), "").out), Kind::wrong);
  }
}

// The proxy's password is kept on the host for the script and never shown.
TEST(Scripts, AProxysPasswordIsNotShownByTheLook) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("note-proxy", profile);
    const Ended ended = in_namespace(
        "mkdir -p /var/lib/restorectl/run1; printf 'HTTPS_PROXY=http://user:secret@proxy:3128\\n' "
        "> "
        "/var/lib/restorectl/run1/proxy.env",
        step.look(), "");
    EXPECT_EQ(ended.out.find("secret"), std::string::npos) << ended.out;
    EXPECT_NE(ended.out.find("HTTPS_PROXY=http://***@proxy:3128"), std::string::npos) << ended.out;
    EXPECT_EQ(step.judge(ended.out), Kind::holds);
  }
}

// The restore script gets the proxy's values as they are, and what an earlier restore left is kept.
TEST(Scripts, TheRestoreScriptGetsItsProxyAndFindsNothingToDestroy) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    Step step("run-restore-script", profile);
    const std::string before =
        "mount -t tmpfs t /usr/local/bin; printf '#!/bin/sh\\necho \"script $1 [$HTTPS_PROXY] "
        "[$NO_PROXY]\"\\n' > /usr/local/bin/cluster-restore.sh; "
        "chmod +x /usr/local/bin/cluster-restore.sh; mkdir -p /var/lib/restorectl/run1 "
        "/var/lib/etcd-backup/member; "
        "printf 'HTTPS_PROXY=http://u:p$(id)@proxy\\nNO_PROXY=a b;c\\n' > "
        "/var/lib/restorectl/run1/proxy.env";
    const Ended ended = in_namespace(before, step.act(),
                                     "ls -d /var/lib/etcd-backup-before-run1-1/member; [ -e "
                                     "/var/lib/etcd-backup ] || echo clear");
    EXPECT_NE(
        ended.out.find("script /var/lib/restorectl/run1/backup [http://u:p$(id)@proxy] [a b;c]"),
        std::string::npos)
        << ended.out;
    EXPECT_NE(ended.out.find("/var/lib/etcd-backup-before-run1-1/member\nclear"), std::string::npos)
        << ended.out;
  }
}

TEST(Scripts, TheLookAfterTheRestoreNamesTheStaticPodsThatAreNotBack) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("run-restore-script", profile);
    const Ended ended = in_namespace(
        "mkdir -p /var/lib/fake; printf '#!/bin/sh\\nexit 0\\n' > /var/lib/fake/crictl; "
        "chmod +x /var/lib/fake/crictl; PATH=/var/lib/fake:$PATH; cd /etc/kubernetes/manifests; "
        "touch etcd-pod.yaml kube-apiserver-pod.yaml kube-scheduler-pod.yaml",
        step.look(), "");
    EXPECT_NE(ended.out.find("missing= kube-controller-manager-pod.yaml\n"), std::string::npos)
        << ended.out;
  }
}

// Seen in memory only, a rename is taken back by a power loss: then it must be no witness.
TEST(Scripts, ARenameThatCannotBeMadeDurableIsNoWitness) {
  for (const char* profile : scripts::kProfiles) {
    SCOPED_TRACE(profile);
    const Step step("move-etcd-manifest", profile);
    const std::string moved =
        "mkdir /etc/kubernetes/restorectl-run1; touch "
        "/etc/kubernetes/restorectl-run1/etcd-pod.yaml";
    EXPECT_NE(in_namespace(moved, step.look(), "").out.find("to=present\ncode=0"),
              std::string::npos);
    const std::string no_sync =
        "; mkdir /var/lib/fake; printf '#!/bin/sh\\nexit 1\\n' > /var/lib/fake/sync; "
        "chmod +x /var/lib/fake/sync; PATH=/var/lib/fake:$PATH";
    const Ended ended = in_namespace(moved + no_sync, step.look(), "");
    EXPECT_EQ(ended.out.find("to=present"), std::string::npos) << ended.out;
    EXPECT_NE(ended.out.find("code=1"), std::string::npos) << ended.out;
  }
}
