#!/usr/bin/env python3
"""The hosts' stand-ins behave as the real parts were seen to behave, bad manners included.

Invariant: every test asks the hosts themselves over ssh, waits for conditions with a deadline, and the
labs it brings up are gone afterwards. Needs root.
"""
import json
import os
import re
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/lab"))
from infra.lab import Lab  # noqa: E402

R, N1, N2 = "master-0", "master-1", "master-2"
KUBECONFIG = ("/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/"
              "localhost.kubeconfig")
MANIFESTS = "/etc/kubernetes/manifests"
BACKUP = "/home/core/backup"
OPERATORS = {"etcd": 3, "kubeapiserver": 7, "kubecontrollermanager": 7, "kubescheduler": 8}
PROGRESSING = "'{range .items[0].status.conditions[?(@.type==\"NodeInstallerProgressing\")]}" \
              "{.reason}|{.message}{end}|{.items[0].status.latestAvailableRevision}'"


class LabCase(unittest.TestCase):
    """A test class with a lab of its own."""

    scale = 0.02

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab("%s-%d" % (cls.__name__.lower()[:11], os.getpid()), say=lambda _words: None)
        cls.lab.down()
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up(cls.scale)

    def root(self, host, command, timeout=120):
        """(code, stdout, stderr) of a command as root."""
        return self.lab.run_as_root(host, command, timeout)

    def must(self, host, command, timeout=120):
        """Its stdout; the test fails if the command does."""
        code, out, err = self.root(host, command, timeout)
        self.assertEqual(0, code, "%s: %s: %s%s" % (host, command, out, err))
        return out

    def oc(self, words, host=R):
        """(code, output) of oc."""
        code, out, err = self.root(host, "oc --kubeconfig=%s --request-timeout=5s %s"
                                   % (KUBECONFIG, words))
        return code, out + err

    def wait(self, what, condition, seconds=60):
        """Awaits a condition; returns its true value."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            self.assertLess(time.monotonic(), deadline, "in vain waited for " + what)
            time.sleep(0.05)

    def ids(self, host, container):
        """Full ids of the running containers of that name."""
        return self.must(host, "crictl ps -q --label io.kubernetes.container.name="
                         + container).split()

    def records(self, host, container):
        """crictl's JSON of all containers of that name, newest first."""
        out = self.must(host, "crictl ps -a -o json --label io.kubernetes.container.name="
                        + container)
        return json.loads(out)["containers"]

    def progress(self, operator):
        """(reason, message, latestAvailableRevision), or None while the API cannot say."""
        code, out = self.oc("get %s -o jsonpath=%s" % (operator, PROGRESSING))
        parts = out.strip().split("|")
        return (parts[0], parts[1], int(parts[2])) if code == 0 and len(parts) == 3 else None

    def progress_of(self, version):
        """What progress() says, of one version that a watch has recorded."""
        condition = next(entry for entry in version["status"]["conditions"]
                         if entry["type"] == "NodeInstallerProgressing")
        return (condition.get("reason", ""), condition["message"],
                version["status"]["latestAvailableRevision"])

    def watch(self, operator):
        """Records each version of an operator's object from now on: two looks may miss one between
        them. Returns what reads the versions so far."""
        seen, unit = "/tmp/watch-" + operator, "watch-" + operator
        self.must(R, "systemd-run --quiet --collect --unit=%s -p StandardOutput=file:%s oc "
                  "--kubeconfig=%s get --raw '/apis/operator.openshift.io/v1/%ss?watch=true'"
                  % (unit, seen, KUBECONFIG, operator))
        self.addCleanup(self.root, R, "systemctl stop " + unit)
        return lambda: [json.loads(line)["object"] for line in
                        self.must(R, "cat %s 2>/dev/null || true" % seen).split("\n")[:-1]]

    def patch(self, operator, reason):
        """Forces a redeployment."""
        code, out = self.oc("patch %s cluster --type=merge -p '{\"spec\":{"
                            "\"forceRedeploymentReason\":\"%s\"}}'" % (operator, reason))
        self.assertEqual(0, code, out)

    def await_rollout(self, operator, revision, seconds=90):
        """Waits until all nodes are at the revision."""
        end = ("AllNodesAtLatestRevision", "3 nodes are at revision %d" % revision, revision)
        self.wait("%s at revision %d" % (operator, revision),
                  lambda: self.progress(operator) == end, seconds)


class TestForms(LabCase):
    """What is printed, and what a healthy cluster answers."""

    def test_crictl_ps_has_the_columns_of_crictl_1_20(self):
        lines = self.must(R, "crictl ps").splitlines()
        # "About a minute ago" is a byte wider than the column is at least.
        self.assertRegex(lines[0], r"^CONTAINER {11}IMAGE {15}CREATED {13,14}STATE {15}NAME +"
                                   r"ATTEMPT {13}POD ID$")
        row = re.compile(r"^[0-9a-f]{13} {7}[0-9a-f]{13} {7}.+ ago +Running +\S+ +\d+ +"
                         r"[0-9a-f]{13}$")
        self.assertEqual(16, len(lines) - 1)
        for line in lines[1:]:
            self.assertRegex(line, row)
        self.assertEqual(lines[0].index("ATTEMPT"), lines[1].rindex(" 0  ") + 1)

    def test_an_empty_listing_is_a_header_or_nothing(self):
        header = self.must(R, "crictl ps --label io.kubernetes.container.name=none")
        self.assertEqual(1, header.count("\n"))
        self.assertTrue(header.startswith("CONTAINER"))
        self.assertEqual("", self.must(R, "crictl ps -q --label a=b"))
        self.assertEqual('{\n  "containers": [\n  ]\n}\n',
                         self.must(R, "crictl ps -o json --label a=b"))

    def test_a_label_matches_exactly_and_a_name_is_a_pattern(self):
        self.assertRegex("\n".join(self.ids(R, "etcd")), r"^[0-9a-f]{64}$")
        self.assertEqual(3, len(self.must(R, "crictl ps -q --name etcd").split()))

    def test_crictl_without_root_fails_with_empty_output(self):
        done = self.lab.ssh(R, "crictl ps", check=False)
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r'level=fatal msg="connect: connect endpoint .*'
                                      r'context deadline exceeded"')

    def test_times_and_exit_codes_are_only_in_inspect(self):
        listed = self.records(R, "etcd-ensure-env-vars")[0]
        self.assertEqual("CONTAINER_EXITED", listed["state"])
        self.assertIsInstance(listed["createdAt"], str)
        self.assertEqual(0, listed["metadata"]["attempt"])
        self.assertNotIn("exitCode", listed)
        status = json.loads(self.must(R, "crictl inspect " + listed["id"][:13]))["status"]
        self.assertEqual((0, "Completed"), (status["exitCode"], status["reason"]))
        running = json.loads(self.must(R, "crictl inspect " + self.ids(R, "etcd")[0]))["status"]
        self.assertEqual("1970-01-01T00:00:00Z", running["finishedAt"])

    def test_a_command_in_a_container_has_its_environment(self):
        etcdctl = self.ids(R, "etcdctl")[0]
        out = self.must(R, "crictl exec %s etcdctl member list -w json" % etcdctl)
        self.assertEqual({R, N1, N2}, {item["name"] for item in json.loads(out)["members"]})
        code, _, err = self.root(R, "crictl exec %s false" % etcdctl)
        self.assertEqual(1, code)
        self.assertIn("command terminated with exit code 1", err)

    def test_pods_tell_the_live_revision_without_the_api(self):
        out = self.must(R, "crictl pods --label revision=3 -o json")
        self.assertEqual(["etcd-" + R], [item["metadata"]["name"]
                                         for item in json.loads(out)["items"]])

    def test_manifests_are_one_json_line_with_a_uid(self):
        text = self.must(R, "cat %s/etcd-pod.yaml" % MANIFESTS)
        self.assertEqual(1, text.count("\n"))
        self.assertIn("uid", json.loads(text)["metadata"])

    def test_a_kubelet_restart_leaves_every_container_alone(self):
        before = self.must(N1, "crictl ps -q")
        self.must(N1, "systemctl restart kubelet.service")
        self.assertEqual(before, self.must(N1, "crictl ps -q"))
        self.assertEqual("active\n", self.must(N1, "systemctl is-active kubelet"))

    def test_a_runtime_restart_leaves_every_container_alone(self):
        before = self.must(N1, "crictl ps -q")
        self.must(N1, "systemctl restart crio.service")
        self.assertEqual(before, self.must(N1, "crictl ps -q"))
        code, out, _ = self.root(N1, "systemctl stop crio.service; crictl ps -q; echo $?; "
                                     "systemctl start crio.service")
        self.assertEqual((0, "1\n"), (code, out), "a stopped runtime is an error, not an absence")

    def test_after_a_reboot_the_pods_are_new_and_the_cluster_is_whole(self):
        before = self.ids(N2, "kube-apiserver")
        self.lab.reboot(N2)
        self.must(R, "python3 -IS /usr/local/lib/restorectl-lab/run.py healthy 60")
        self.assertNotEqual(before, self.ids(N2, "kube-apiserver"))

    def test_a_moved_manifest_stops_its_pod_and_the_same_uid_comes_back_as_attempt_1(self):
        self.must(N2, "mv %s/kube-scheduler-pod.yaml /tmp" % MANIFESTS)
        self.wait("the scheduler's end", lambda: not self.ids(N2, "kube-scheduler"), 10)
        self.assertEqual("CONTAINER_EXITED", self.records(N2, "kube-scheduler")[0]["state"])
        self.must(N2, "mv /tmp/kube-scheduler-pod.yaml %s" % MANIFESTS)
        self.wait("the scheduler", lambda: self.ids(N2, "kube-scheduler"), 10)
        self.assertEqual(1, self.records(N2, "wait-for-host-port")[0]["metadata"]["attempt"])

    def test_bugs_that_can_be_switched_on_last_until_the_restart_that_cures_them(self):
        manifest = MANIFESTS + "/kube-scheduler-pod.yaml"

        def take_away_and_put_back(fault):
            self.lab.break_(fault, N1)
            self.must(N1, "mv %s /tmp" % manifest)
            self.wait("the scheduler's end", lambda: not self.ids(N1, "kube-scheduler"), 10)
            self.must(N1, "mv /tmp/kube-scheduler-pod.yaml %s" % MANIFESTS)

        take_away_and_put_back("ignore-returned")
        # A file that it complains of shows that it has read the directory since.
        self.must(N1, "echo '{' > %s/ignored.bak" % MANIFESTS)
        self.wait("the complaint", lambda: "Can't process manifest file" in self.must(
            N1, "journalctl -u kubelet --no-pager | grep ignored.bak || true"), 10)
        self.assertIn("REMOVE kube-scheduler-pod.yaml", self.must(
            N1, "tail -n 1 /var/log/lab/kubelet.events"))
        self.must(N1, "rm %s/ignored.bak; systemctl restart kubelet" % MANIFESTS)
        self.wait("the scheduler", lambda: self.ids(N1, "kube-scheduler"), 10)
        self.must(N1, "rm /run/restorectl-lab/ignore-returned")

        take_away_and_put_back("reserve-names")
        for unit, words in (("crio", 'level=error msg="name .*k8s_.* is reserved'),
                            ("kubelet", "^E.* Error syncing pod .*kube-scheduler.*is reserved")):
            self.wait("what %s says" % unit, lambda unit=unit, words=words: self.must(
                N1, "journalctl -u %s -o cat --no-pager | grep '%s' || true" % (unit, words)), 10)
        self.assertEqual([], self.ids(N1, "kube-scheduler"))
        self.must(N1, "systemctl restart crio")
        self.wait("the scheduler", lambda: self.ids(N1, "kube-scheduler"), 10)

    def test_a_file_that_is_no_pod_disturbs_nobody(self):
        before = self.ids(N2, "etcd")
        self.must(N2, "echo '{' > %s/broken.bak" % MANIFESTS)
        self.wait("the complaint", lambda: "Can't process manifest file" in self.must(
            N2, "journalctl -u kubelet --no-pager | grep broken.bak || true"), 10)
        self.must(N2, "rm %s/broken.bak" % MANIFESTS)
        self.assertEqual(before, self.ids(N2, "etcd"))

    def test_a_new_reason_makes_one_revision_and_the_same_reason_none(self):
        versions = self.watch("kubescheduler")
        self.wait("the first version", versions)
        self.patch("kubescheduler", "once")
        self.await_rollout("kubescheduler", 9)
        observed = [self.progress_of(version) for version in versions()
                    if version["spec"]["forceRedeploymentReason"] == "once"
                    and version["status"].get("observedGeneration")
                    == version["metadata"]["generation"]]
        self.assertIn(("AllNodesAtLatestRevision", "3 nodes are at revision 8", 8), observed,
                      "the stale success after a patch")
        self.assertIn(("", "2 nodes are at revision 8; 1 nodes are at revision 9", 9), observed)
        self.patch("kubescheduler", "once")
        count = "cat /var/log/lab/operator.revisions 2>/dev/null | grep -c kube-scheduler || true"

        def revisions():
            return sum(int(self.must(host, count)) for host in (R, N1, N2))
        self.assertEqual(1, revisions())
        self.patch("kubecontrollermanager", "later")
        self.await_rollout("kubecontrollermanager", 8)
        self.assertEqual(1, revisions(), "the same reason made a revision after all")
        self.assertEqual(9, self.progress("kubescheduler")[2])

    def test_a_backup_has_the_pair_of_files_and_the_four_pods(self):
        out = self.must(R, "/usr/local/bin/cluster-backup.sh /home/core/b1")
        self.assertEqual(4, out.count("found latest "))
        self.assertIn("snapshot db and kube resources are successfully saved to /home/core/b1",
                      out)
        names = self.must(R, "ls /home/core/b1").split()
        self.assertRegex(" ".join(names), r"^snapshot_(\d{4}-\d\d-\d\d_\d{6})\.db "
                                          r"static_kuberesources_\1\.tar\.gz$")
        self.assertEqual("600\n", self.must(R, "stat -c %a /home/core/b1/static*"))
        listing = self.must(R, "tar -tzf /home/core/b1/static*")
        for pod in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
            self.assertRegex(listing, r"(?m)^static-pod-resources/%s-pod-\d+/%s-pod\.yaml$"
                             % (pod, pod))
            self.assertRegex(listing, r"static-pod-resources/%s-pod-\d+/secrets/." % pod)

    def test_the_scripts_refuse_what_they_must_refuse(self):
        self.assertEqual(1, self.lab.ssh(R, "/usr/local/bin/cluster-restore.sh x",
                                         check=False).returncode)
        code, out, _ = self.root(R, "/usr/local/bin/cluster-restore.sh")
        self.assertEqual(1, code)
        self.assertTrue(out.startswith("Path to the directory containing backup files is req"))
        code, out, _ = self.root(R, "mkdir -p /tmp/empty; /usr/local/bin/cluster-restore.sh "
                                    "/tmp/empty")
        self.assertEqual(1, code)
        self.assertIn("etcd snapshot  does not exist", out)


class TestRestore(LabCase):
    """The documented procedure by hand, and then once more, which destroys."""

    def quiesce(self, host):
        """Steps 4a to 4g of the document."""
        for manifest, containers in (("etcd", ("etcd", "etcdctl", "etcd-metrics")),
                                     ("kube-apiserver", ("kube-apiserver",))):
            self.must(host, "mv %s/%s-pod.yaml /tmp" % (MANIFESTS, manifest))
            for name in containers:
                self.wait("the end of " + name, lambda: not self.ids(host, name), 30)
        self.must(host, "mv /var/lib/etcd/ /tmp")

    def approve(self, count):
        """Approves CSRs until so many are issued."""
        def issued():
            code, out = self.oc("get csr --no-headers")
            for line in out.splitlines() if code == 0 else []:
                if line.endswith("Pending"):
                    code, text = self.oc("adm certificate approve " + line.split()[0])
                    self.assertRegex(text, r"^certificatesigningrequest\.certificates\.k8s\.io/"
                                           r"\S+ approved")
            return out.count("Approved,Issued") == count
        self.wait("%d issued certificates" % count, issued, 60)

    def check_requests(self):
        """The requests have the fields that an approver has to check."""
        _, out = self.oc("get csr -o json")
        specs = {item["spec"]["signerName"]: item["spec"] for item in json.loads(out)["items"]}
        client = specs["kubernetes.io/kube-apiserver-client-kubelet"]
        account = "openshift-machine-config-operator"
        self.assertEqual("system:serviceaccount:%s:node-bootstrapper" % account,
                         client["username"])
        self.assertEqual({"system:serviceaccounts", "system:serviceaccounts:" + account,
                          "system:authenticated"}, set(client["groups"]))
        self.assertEqual({"digital signature", "key encipherment", "client auth"},
                         set(client["usages"]))
        serving = specs["kubernetes.io/kubelet-serving"]
        self.assertEqual("system:node:" + N1, serving["username"])
        self.assertLessEqual({"system:nodes", "system:authenticated"}, set(serving["groups"]))
        text = self.must(R, "echo %s | base64 -d | openssl req -noout -text -subject"
                         % serving["request"])
        self.assertIn("DNS:master-1, IP Address:192.0.2.12", text)
        self.assertIn("O = system:nodes, CN = system:node:master-1", text)

    def script(self):
        """Runs the restore script; returns its standard output."""
        code, out, err = self.root(R, "/usr/local/bin/cluster-restore.sh " + BACKUP)
        self.assertEqual(0, code, out + err)
        self.assertTrue(out.rstrip().endswith(
            "static-pod-resources/kube-scheduler-pod-8/kube-scheduler-pod.yaml"), out)
        return out

    def healthy(self):
        """How many members answer."""
        code, out, _ = self.root(R, "crictl exec $(crictl ps -q --label io.kubernetes.container."
                                    "name=etcdctl) etcdctl endpoint health --cluster -w json")
        return sum(item["health"] for item in json.loads(out)) if code == 0 else 0

    def test_1_the_documented_procedure_takes_the_cluster_back_in_time(self):
        self.must(R, "/usr/local/bin/cluster-backup.sh " + BACKUP)
        self.assertEqual(0, self.oc("create configmap later --from-literal=a=b")[0])
        self.lab.lose_quorum()
        self.must(N1, "rm /var/lib/kubelet/pki/*.pem")
        self.assertIn("dataDir has been destroyed and must be removed from the cluster", self.wait(
            "the wiped member's words", lambda: self.must(
                N1, "grep -h destroyed /var/log/pods/*/etcd/*.log || true"), 20))
        self.quiesce(N1)
        self.quiesce(N2)
        out = self.script()
        self.assertRegex(out, r"(?m)^Waiting for container etcdctl to stop\n\.+complete$")
        self.assertRegex(out, r'(?m)^\{"hash":\d+,"revision":\d+,"totalKey":\d+,"totalSize":\d+')
        self.assertIn("Moving etcd data-dir /var/lib/etcd/member to /var/lib/etcd-backup", out)
        self.wait("the API", lambda: self.oc("get --raw /readyz") == (0, "ok"))
        self.assertEqual(1, self.records(R, "setup")[0]["metadata"]["attempt"],
                         "the manifest of the backup has the uid of the stopped pod")
        for host in (R, N1, N2):
            self.must(host, "systemctl restart kubelet.service")
        self.approve(2)
        self.check_requests()
        self.assertIn("NotFound", self.oc("get configmap later")[1])
        for operator, revision in OPERATORS.items():
            self.assertEqual(revision, self.wait(operator, lambda: self.progress(operator))[2])
            self.patch(operator, "recovery-by-hand")
            self.await_rollout(operator, revision + 1)
        self.wait("three healthy members", lambda: self.healthy() == 3)
        self.assertIn("NotFound", self.oc("get configmap later")[1])
        self.assertEqual("1\n", self.must(R, "wc -l < /var/log/lab/cluster-restore.starts"))

    def test_2_a_second_run_destroys_what_the_first_one_saved(self):
        live = self.must(R, "sha256sum < /home/core/assets/manifests-stopped/etcd-pod.yaml")
        inode = self.must(R, "stat -c %i /var/lib/etcd-backup/member")
        out = self.script()
        self.assertIn("removing previous backup /var/lib/etcd-backup/member", out)
        self.assertNotEqual(inode, self.must(R, "stat -c %i /var/lib/etcd-backup/member"))
        self.assertNotEqual(live, self.must(
            R, "sha256sum < /home/core/assets/manifests-stopped/etcd-pod.yaml"))
        self.wait("the restored etcd", lambda: self.root(
            R, "test ! -e /var/lib/etcd-backup/snapshot.db -a -d /var/lib/etcd/member/snap")[0]
            == 0)
        self.must(R, "kill -9 $(crictl inspect $(crictl ps -q --label io.kubernetes.container."
                     "name=etcd) | jq .info.pid)")
        self.wait("the restore pod's crash loop", lambda: "please delete the contents" in self.must(
            R, "cat /var/log/pods/*/etcd/1.log 2>/dev/null || true"), 20)

    def test_3_a_broken_tarball_is_noticed_when_everything_is_stopped(self):
        self.must(R, "mkdir /root/bad; cp %s/snapshot* /root/bad; echo no > "
                     "/root/bad/static_kuberesources_x.tar.gz" % BACKUP)
        code, out, _ = self.root(R, "/usr/local/bin/cluster-restore.sh /root/bad")
        self.assertEqual(2, code)
        self.assertNotIn("starting", out)
        self.assertEqual("", self.must(R, "ls " + MANIFESTS))


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("needs root")
    unittest.main()
