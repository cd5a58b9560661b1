"""What must be refused: each with host, step, evidence and the next command, and no host changed."""
import os
import re
import shutil
import signal
import subprocess
import unittest

from common import LabCase, LabError, await_true
from infra.shell import run


class Refusals(LabCase):
    lab_name = "e2e-refuse"

    def refused(self, done, code, *words):
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        for word in words:
            self.assertIn(word, text)

    def abandon(self):
        run = self.scenario.run_directory().name
        self.assertEqual(self.scenario.run("abandon", run, "--reason", "the test goes on").returncode, 0)

    def test_each_defect_is_named_and_nothing_is_changed(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        before = self.tree()
        steps = [self.no_sudo, self.unreachable, self.no_script, self.everything_at_once, self.second_start, self.backup_without_pair,
                 self.bad_inventories, self.one_machine_twice, self.swapped_addresses, self.changed_host_key]
        for step in steps:
            with self.subTest(step.__name__):
                step(scenario, lab)
        after = self.tree()
        for host in before:
            self.assertEqual(before[host].splitlines(), after[host].splitlines())
        # The member behind the link that was cut needs a moment to hear from its peers again.
        await_true(self.all_healthy, 60, "three healthy members", 0.5)
        # It stops etcd on two hosts, so it is the last.
        self.a_runtime_that_is_wrong_about_etcd(scenario, lab)

    def all_healthy(self):
        try:
            return self.scenario.healthy_members() == 3
        except LabError:
            return False

    def no_sudo(self, scenario, lab):
        lab.break_("no-sudo", "master-1")
        self.refused(scenario.start(), 3, "master-1", "reach-host", "sudo", "resume")
        lab.mend("no-sudo", "master-1")
        self.abandon()

    def unreachable(self, scenario, lab):
        lab.link("master-2", "down")
        self.refused(scenario.start(), 3, "master-2", "reach-host", "cannot reach", "resume", "--without master-2")
        lab.link("master-2", "up")
        self.abandon()

    def no_script(self, scenario, lab):
        lab.break_("no-script")
        self.refused(scenario.start(), 3, "master-0", "inspect-host", "cluster-restore.sh", "resume")
        lab.mend("no-script")
        self.abandon()

    def everything_at_once(self, scenario, lab):
        """Several defects on every host: one start names them all."""
        version = "$(ls -vd /etc/kubernetes/static-pod-resources/etcd-pod-[0-9]* | tail -n 1)/configmaps/etcd-pod/version"
        lab.root_must("master-0", "touch /var/lib/etcd/perf.tmp; mv /usr/local/bin/cluster-restore.sh /root/")
        lab.root_must("master-1", "systemctl stop kubelet; cd /etc/kubernetes/manifests; cp -p etcd-pod.yaml etcd-pod-old.yaml")
        lab.root_must("master-2", f"cp -p {version} /root/version; printf 4.7.99 > {version}")
        self.refused(scenario.start(), 3, "/var/lib/etcd contains perf.tmp", "cluster-restore.sh", "kubelet is not active",
                     "manifests/etcd-pod-old.yaml is the pod openshift-etcd/etcd", "4.7.99 on the host", "--accept other-release")
        lab.root_must("master-0", "rm /var/lib/etcd/perf.tmp; mv /root/cluster-restore.sh /usr/local/bin/")
        lab.root_must("master-1", "rm /etc/kubernetes/manifests/etcd-pod-old.yaml; systemctl start kubelet")
        lab.root_must("master-2", f"cat /root/version > {version}")
        self.abandon()

    def second_start(self, scenario, lab):
        # One host is slow: whoever reads on which hosts the journal is finds them in order all the same.
        slow = "/usr/local/sbin/sha256sum"
        lab.root_must("master-0", f"printf '#!/bin/sh\\nsleep 0.5\\nexec /usr/bin/sha256sum \"$@\"\\n' > {slow}; chmod 755 {slow}")
        self.refused(subprocess.run(self.scenario.start_argv()[:-1], env=scenario.env(), capture_output=True, text=True,
                                    stdin=subprocess.DEVNULL), 3, "the run is held",
                     "the complete journal is also on master-0, master-1, master-2")
        lab.root_must("master-0", f"rm {slow}")
        self.refused(scenario.start(), 4, "R1204: ", "unfinished run", "resume", "abandon")
        # By now every host obeys that run. Abandoned, it leaves them free, and says so; said again, nothing is left to do.
        run = scenario.run_directory().name
        for host in lab.hosts:
            self.assertIn("state=driven", lab.root_must(host, "cat /var/lib/restorectl/owner"))
        self.refused(scenario.run("abandon", run, "--reason", "the test goes on"), 0, *(f"{host}: released" for host in lab.hosts))
        for host in lab.hosts:
            self.assertIn("state=ended", lab.root_must(host, "cat /var/lib/restorectl/owner"))
        self.refused(scenario.run("abandon", run, "--reason", "once more"), 0, "is abandoned")

    def backup_without_pair(self, scenario, lab):
        lone = lab.dir / "lone"
        lone.mkdir()
        shutil.copy(next((lab.dir / "backup").glob("snapshot_*.db")), lone)
        done = scenario.run("start", "-i", str(lab.dir / "inventory.yaml"), "--backup", str(lone), "--yes")
        self.refused(done, 2, "exactly one pair", "0 archive(s)")

    def bad_inventories(self, scenario, lab):
        good = (lab.dir / "inventory.yaml").read_text()
        cases = [(good.replace("name: master-2", "name: master-1"), "listed twice"),
                 (good.replace("recoveryHost: master-0", "recoveryHost: master-9"), "recoveryHost"),
                 (good.replace("recoveryHost:", "recoverHost:"), "unknown key")]
        for text, words in cases:
            path = lab.dir / "bad.yaml"
            path.write_text(text)
            done = scenario.run("start", "-i", str(path), "--backup", str(lab.dir / "backup"), "--yes")
            self.refused(done, 2, "bad.yaml:", words)

    def listing(self):
        """What a restore would move or end: names of files, what runs, and what lies in /run."""
        look = ("find /etc/kubernetes /var/lib/etcd -printf '%y %i %p\\n' | LC_ALL=C sort; "
                "ls -A /run /var/lib | LC_ALL=C sort; crictl ps -q | LC_ALL=C sort")
        return {host: self.scenario.lab.root_must(host, look) for host in self.scenario.lab.hosts}

    def refused_untouched(self, changes, *words):
        """A start by another inventory is refused, and no host differs from before in anything."""
        lab = self.scenario.lab
        text = (lab.dir / "inventory.yaml").read_text()
        for old, new in changes:
            self.assertEqual(text.count(old), 1, text)
            text = text.replace(old, new)
        path = lab.dir / "mixed-up.yaml"
        path.write_text(text)
        before = self.listing()
        done = self.scenario.run("start", "-i", str(path), "--backup", str(lab.dir / "backup"), "--yes")
        self.refused(done, 3, *words)
        self.assertEqual(self.listing(), before)
        self.abandon()

    def one_machine_twice(self, scenario, lab):
        """A second address of master-1 stands where master-2's should: the real master-2 would live on."""
        run("ip", "-n", lab.ns("master-1"), "addr", "add", "192.0.2.99/24", "dev", "eth0")
        key = (lab.root("master-1") / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
        with (lab.dir / "known_hosts").open("a") as known:
            known.write(f"192.0.2.99 {key}")
        self.refused_untouched([("192.0.2.13", "192.0.2.99")], "reach-host", "is the same machine as master-",
                               "correct the inventory")
        run("ip", "-n", lab.ns("master-1"), "addr", "del", "192.0.2.99/24", "dev", "eth0")

    def swapped_addresses(self, scenario, lab):
        for one, other in (("192.0.2.12", "192.0.2.13"), ("192.0.2.11", "192.0.2.12")):
            self.refused_untouched([(one, "SWAPPED"), (other, one), ("SWAPPED", other)], "inspect-host",
                                   "is another node: etcd's manifest", "the kubelet's certificate on this machine says that it is",
                                   "correct the inventory")

    def changed_host_key(self, scenario, lab):
        lab.break_("hostkey", "master-2")
        self.refused(scenario.start(), 3, "master-2", "host key", "ssh-keygen", "resume")
        # The lab itself must trust the new key again to look at the host.
        known = (lab.dir / "known_hosts").read_text().splitlines()
        key = (lab.root("master-2") / "etc/ssh/ssh_host_ed25519_key.pub").read_text().strip()
        known = [line for line in known if "master-2" not in line] + [f"192.0.2.13,master-2 {key}"]
        (lab.dir / "known_hosts").write_text("\n".join(known) + "\n")
        self.abandon()

    def a_runtime_that_is_wrong_about_etcd(self, scenario, lab):
        """On one host it has lost a container that lives, on the other it lists one whose process is gone: nobody's data
        is moved until etcd has ended, by what restorectl says must be done."""
        lab.break_("forget-etcd", "master-1")
        lab.break_("keep-etcd", "master-2")
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        self.addCleanup(process.kill)

        def saw(host, words):
            return lambda f: f["type"] == "observed" and (f["host"], f["step"]) == (host, "etcd-stopped") and words in f["out"]
        orphan = scenario.await_fact(saw("master-1", "orphan=etcd "), "the process that the runtime forgot", process)
        scenario.await_fact(saw("master-2", "stuck=etcd"), "the container that the runtime keeps", process)
        pid = re.search(r"orphan=etcd (\d+)", orphan["out"]).group(1)
        status = scenario.run("status").stdout
        for words in (f"process etcd (pid {pid}) is still running and has the etcd data directory open",
                      "lists container etcd as running, but its process is gone"):
            self.assertIn(words, status)
        self.assertEqual(lab.root_must("master-1", f"cat /proc/{pid}/comm; crictl ps -q --label io.kubernetes.container.name=etcd"),
                         "etcd\n")
        code, _, err = lab.run_as_root("master-2", "crictl stop $(crictl ps -q --label io.kubernetes.container.name=etcd)")
        self.assertEqual((code, "DeadlineExceeded" in err), (1, True), err)

        def is_verified(host):
            return lambda f: f["type"] == "step_verified" and (f["host"], f["step"]) == (host, "etcd-stopped")
        for host in ("master-1", "master-2"):
            self.assertFalse(any(map(is_verified(host), scenario.facts())))
            lab.root_must(host, "test -d /var/lib/etcd/member && ! ls -d /var/lib/restorectl-*/etcd 2>/dev/null")
        lab.root_must("master-1", f"kill {pid}")
        lab.root_must("master-2", "systemctl restart crio")
        for host in ("master-1", "master-2"):
            scenario.await_fact(is_verified(host), f"etcd's end on {host}", process)
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)
        self.abandon()


class JournalRefusals(LabCase):
    lab_name = "e2e-journal"

    def test_a_journal_that_is_locked_damaged_or_of_other_tables_is_refused(self):
        scenario = self.scenario
        scenario.prepare()
        process = scenario.popen(scenario.start_argv()[:-1], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda f: any(i["type"] == "ask_operator" for i in f["intents"]), "the question", process)
        locked = scenario.run("resume")
        self.assertEqual(locked.returncode, 4, locked.stdout + locked.stderr)
        self.assertIn("status", locked.stderr)
        process.stdin.close()
        self.assertEqual(process.wait(timeout=20), 3)
        run = scenario.run_directory()
        kept = run.parent.parent / "kept"
        for name, damage, words in (("CURRENT removed", lambda: (run / "db/CURRENT").unlink(), "CURRENT"),
                                    ("mirror altered", lambda: self.alter(run / "journal.jsonl"), "fact"),
                                    ("database altered", lambda: self.alter_database(run / "db"), "damaged")):
            with self.subTest(name):
                shutil.copytree(run, kept)
                damage()
                done = scenario.run("resume", "--yes")
                self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
                self.assertIn(words, done.stderr)
                shutil.rmtree(run)
                kept.rename(run)

    def alter(self, path):
        text = path.read_bytes()
        path.write_bytes(text.replace(b'"reach-host"', b'"reach-hots"', 1))

    def alter_database(self, directory):
        for path in list(directory.glob("*.log")) + list(directory.glob("*.ldb")):
            data = bytearray(path.read_bytes())
            if len(data) > 2000:
                data[len(data) // 2] ^= 1
                path.write_bytes(bytes(data))


if __name__ == "__main__":
    unittest.main(verbosity=2)
