"""Whole restores on three real hosts: undisturbed, killed, cut off and stopped."""
import hashlib
import os
import signal
import subprocess
import sys
import time
import unittest

from common import FULL, LabCase, LabError, await_true, kill


def intends(step, kind="look"):
    return lambda fact: any(i["type"] == kind and i.get("step") == step for i in fact["intents"])


class Undisturbed(LabCase):
    lab_name = "e2e-plain"

    def test_a_restore_brings_three_members_and_the_past_back(self):
        self.scenario.prepare(degraded="machine-config")
        self.scenario.lose_quorum()
        done = self.scenario.start()
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)
        self.assert_restored_once()
        self.the_operator_of_before_is_a_finding(done.stdout)
        self.the_hosts_have_the_whole_journal(done.stdout)
        self.status_and_replay_read_it()

    def the_operator_of_before_is_a_finding(self, words):
        """It was degraded when the backup was taken, and nobody waited for it."""
        finding = "cluster operator machine-config is degraded: Failed to resync 4.7.0"
        facts = self.scenario.facts()
        self.assertEqual(facts[0]["backup"]["content"]["unsettled"],
                         [{"operator": "machine-config", "condition": "Degraded", "reason": "RenderConfigFailed"}])
        (last,) = [f for f in facts if f["type"] == "step_verified" and f["step"] == "operators-settled"]
        self.assertEqual(len(last["findings"]), 1)
        self.assertIn(finding, last["findings"][0])
        self.assertIn("(as when the backup was taken)", last["findings"][0])
        self.assertIn("is restored, with 1 finding", words)
        self.assertIn(finding, self.scenario.run("status").stdout)
        verified = self.scenario.run("backup", "verify", str(self.scenario.lab.dir / "backup"))
        self.assertIn("note: cluster operator machine-config was degraded (RenderConfigFailed)", verified.stdout)

    def the_hosts_have_the_whole_journal(self, words):
        """The evidence is not on one laptop only: each host has it up to the head that was printed."""
        whole = (self.scenario.run_directory() / "journal.jsonl").read_bytes()
        head = hashlib.sha256(whole.splitlines()[-1]).hexdigest()
        self.assertIn(f"head: fact {len(whole.splitlines())} {head}", words)
        self.assertIn("the complete journal is also on master-0, master-1, master-2", words)
        for host in self.scenario.lab.hosts:
            (copy,) = (self.scenario.lab.root(host) / "var/lib/restorectl").glob("*/journal.*.jsonl")
            self.assertEqual(copy.read_bytes(), whole)

    def status_and_replay_read_it(self):
        facts = self.scenario.facts()
        status = self.scenario.run("status", "-o", "json")
        self.assertIn('"activity":"finished"', status.stdout)
        replay = self.scenario.run("replay", "-o", "json")
        self.assertEqual(len(replay.stdout.splitlines()), len(facts))
        at = self.scenario.run("replay", "--at", str(len(facts) // 2))
        self.assertEqual(at.returncode, 0)
        self.assertIn("master-0", at.stdout)
        # A driver may die behind its last fact and before the mirror has it: whoever resumes then is told that all is done.
        mirror = self.scenario.run_directory() / "journal.jsonl"
        whole = mirror.read_bytes()
        mirror.write_bytes(whole[:whole.rstrip(b"\n").rindex(b"\n") + 1])
        again = self.scenario.run("resume")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn("is finished", again.stdout)
        self.assertEqual(mirror.read_bytes(), whole)
        evidence = {f["step"]: f["evidence"] for f in facts if f["type"] == "step_verified"}
        self.assertIn("versions and images of 4 static pods match", evidence["compare-release"])
        self.assertIn("trial restore with the host's etcdctl succeeded", evidence["rehearse-restore"])
        self.assertIn("etcd has no quorum", evidence["weigh-need"])
        self.assertIn("does not answer", evidence["compare-cluster"])
        phases = [f["phase"] for f in facts if f["type"] == "phase_finished"]
        self.assertEqual(len(phases), 19)
        self.assertTrue(any(f["type"] == "job_progressed" and "Waiting for container" in f["line"] for f in facts))


class HealthyCluster(LabCase):
    lab_name = "e2e-csr"

    def test_a_cluster_with_quorum_goes_back_in_time_and_its_kubelets_get_new_certificates(self):
        self.scenario.prepare()
        self.scenario.lab.break_("kubelet-pki", "master-1")
        # The API is spoken to from the workstation here; everywhere else by oc on the host. The kubectl is the
        # hosts' own: newer ones approve in protobuf, which the lab's stand-in of an API server does not speak.
        kubectl = self.scenario.lab.settings()["base"] + "/usr/bin/kubectl"
        inventory = self.scenario.lab.dir / "inventory.yaml"
        inventory.write_text(inventory.read_text() + f"api:\n  via: workstation\n  command: {kubectl}\n"
                             "  kubeconfig: admin.kubeconfig\n")
        done = self.scenario.start()
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)
        evidence = {f["step"]: f["evidence"] for f in self.scenario.facts() if f["type"] == "step_verified"}
        self.assertIn("you may not need a restore: etcd has quorum, 3 of 3 members", evidence["weigh-need"])
        self.assertIn("the same cluster ID and version", evidence["compare-cluster"])
        self.assert_restored_once()
        approved = self.scenario.lab.root_must("master-0", "cat /var/log/lab/csr.approvals")
        self.assertGreaterEqual(len(approved.splitlines()), 2, approved)
        approvals = [i for f in self.scenario.facts() for i in f["intents"]
                     if i["type"] == "run_job" and i["step"] == "approve-csrs"]
        self.assertGreaterEqual(len(approvals), 2, "first the client's, later the serving certificate")


class Killed(LabCase):
    lab_name = "e2e-kill"

    # Places where much can go wrong: a move, the script, a restart, a patch, a rollout.
    def test_with_etcd_on_its_own_disk_sigkill_at_five_places_of_one_run_leaves_the_end_the_same(self):
        self.scenario.prepare(etcd_mount=True)
        self.assertIn("/var/lib/etcd ", self.scenario.lab.root_must("master-1", "cat /proc/self/mountinfo"))
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        for step, kind in (("move-etcd-manifest", "run_job"), ("run-restore-script", "run_job"),
                           ("restart-kubelet", "run_job"), ("force-etcd-redeployment", "run_job"),
                           ("await-apiserver-rollout", "look")):
            self.scenario.await_fact(intends(step, kind), f"the intent of {step}", process)
            kill(process)
            process = self.scenario.popen(self.scenario.argv("resume", "--yes"), stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(timeout=300), 0)
        self.assert_restored_once()
        self.assertEqual(sum(f["type"] == "resume_asked" for f in self.scenario.facts()), 5)


class CrashLoop(LabCase):
    lab_name = "e2e-crashes"

    def test_a_driver_that_dies_after_every_few_facts_still_restores_and_begins_nothing_twice(self):
        self.scenario.prepare()
        self.scenario.lose_quorum()
        heard = self.scenario.lab.dir / "heard"
        argv = self.scenario.start_argv("--on", f"*=cat >> {heard}", "--on", "step_verified=exec sleep 1000")
        kills = 0
        while True:
            # Beyond its start or resume: after the next fact, or one of the five behind it. Always the next would
            # never end: a job that is in doubt before it was launched is settled as one that never began.
            at = self.scenario.fact_count() + 2 + kills % 6
            process = self.scenario.popen(argv, stdout=subprocess.DEVNULL)
            if not self.scenario.kill_at(process, at):
                self.assertEqual(process.wait(), 0)
                break
            kills += 1
            if self.scenario.facts()[-1]["type"] == "run_finished":
                break
            argv = self.scenario.argv("resume", "--yes")
            self.assertLess(kills, 1000)
        self.assert_restored_once()
        self.assertGreater(kills, 30)
        self.hooks_heard_all(heard)
        print(f"{kills} times SIGKILL in one restore of {self.scenario.fact_count()} facts", flush=True)


    def hooks_heard_all(self, heard):
        """Every fact, in order, though the driver died so often and another hook hung all the time."""
        directory = self.scenario.run_directory()
        whole = (directory / "journal.jsonl").read_text()
        await_true(lambda: heard.read_text() == whole, 30, "the hook's last fact")
        deliverer = int((directory / "hooks/lock").read_text())
        os.kill(deliverer, signal.SIGTERM)
        await_true(lambda: not os.path.exists(f"/proc/{deliverer}"), 30, "the end of the one that delivers")


class KilledAfterEachFact(LabCase if FULL else object):
    """Restores that are killed after fact n, n + 40, n + 80 and so on, for each n of 40: so after every fact there is
    one. Only with tools/test --full: two labs side by side (RESTORECTL_SLICE=k/m is the k-th of m)."""
    slice = os.environ.get("RESTORECTL_SLICE", "")
    lab_name = f"e2e-facts{slice.split('/')[0]}"
    APART = 40
    SIDE_BY_SIDE = 2
    SCALE = 0.005

    def setUp(self):
        super().setUp()
        self.scenario.scale = self.SCALE

    def test_sigkill_after_every_fact_leaves_the_end_the_same(self):
        if self.slice:
            part, parts = map(int, self.slice.split("/"))
            for first in range(2 + part, 2 + self.APART, parts):
                with self.subTest(first=first):
                    self.killed_run(first)
            return
        name = f"{type(self).__name__}.{self._testMethodName}"
        workers = [subprocess.Popen([sys.executable, "-B", __file__, name],
                                    env=os.environ | {"RESTORECTL_SLICE": f"{part}/{self.SIDE_BY_SIDE}"})
                   for part in range(self.SIDE_BY_SIDE)]
        self.assertEqual([worker.wait() for worker in workers], [0] * self.SIDE_BY_SIDE)

    def killed_run(self, first):
        self.scenario.lab.down()
        self.scenario.prepare()
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        after = []
        for number in range(first, 2000, self.APART):
            if not self.scenario.kill_at(process, number):
                break
            after.append(number)
            if self.scenario.facts()[-1]["type"] == "run_finished":
                break
            process = self.scenario.popen(self.scenario.argv("resume", "--yes"), stdout=subprocess.DEVNULL)
        self.assertIn(process.wait(), (0, -signal.SIGKILL))
        self.assert_restored_once()
        print(f"SIGKILL after facts {', '.join(map(str, after))} of {self.scenario.fact_count()}: the end is the same, "
              "every command begun once", flush=True)


class Rebooted(LabCase):
    lab_name = "e2e-reboot"

    # Every phase but the restore script's own, which a reboot ends: that one needs the operator's word. The
    # recovery host only where its etcd can start again: the restore pod cannot, until etcd is redeployed
    # (domain fact: its container refuses a data directory that is not empty).
    PLACES = (("inspect-host", "look", "master-1"), ("own-host", "run_job", "master-2"),
              ("copy-backup", "copy_backup", "master-0"), ("etcd-stopped", "look", "master-1"),
              ("move-data-directory", "look", "master-2"), ("restart-recovery-kubelet", "run_job", "master-1"),
              ("restart-kubelet", "run_job", "master-1"), ("approve-csrs", "look", "master-2"),
              ("single-etcd-pod", "look", "master-1"), ("await-etcd-rollout", "look", "master-1"),
              ("await-apiserver-rollout", "look", "master-2"), ("await-controller-manager-rollout", "look", "master-1"),
              ("await-scheduler-rollout", "look", "master-0"), ("etcd-members", "look", "master-2"),
              ("release-host", "look", "master-1"))

    def test_a_reboot_of_a_host_in_each_phase_costs_nothing(self):
        self.scenario.prepare()
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        for step, kind, host in self.PLACES:
            try:
                self.scenario.await_fact(intends(step, kind), f"the intent of {step}", process)
            except LabError:  # preflight waits fifteen seconds for a host and holds then, by design
                self.assertEqual(process.returncode, 3)
                process = self.scenario.popen(self.scenario.argv("resume", "--yes"), stdout=subprocess.DEVNULL)
                self.scenario.await_fact(intends(step, kind), f"the intent of {step}", process)
            self.scenario.lab.reboot(host)
            print(f"{host} rebooted at {step}", flush=True)
        if process.wait(timeout=600) != 0:
            self.finish()
        self.assert_restored_once()

    def test_a_reboot_in_the_restore_script_waits_for_the_operators_word_and_then_ends_well(self):
        self.scenario.prepare()
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        self.scenario.await_fact(lambda f: f["type"] == "job_progressed", "the script to print", process)
        self.scenario.lab.reboot("master-0")
        self.assertEqual(process.wait(timeout=300), 3)
        held = self.scenario.run("status")
        self.assertIn("--run-again", held.stdout)
        done = self.scenario.run("resume", "--yes", "--run-again", "run-restore-script", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)
        self.scenario.check_restored()
        self.scenario.check_nothing_lost()


class CutOff(LabCase):
    lab_name = "e2e-cut"

    def test_silent_link_loss_is_noticed_and_survived_without_a_person(self):
        self.scenario.prepare()
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        for step, hosts in (("run-restore-script", ["master-0"]), ("await-etcd-rollout", list(self.scenario.lab.hosts))):
            kind = "run_job" if step.startswith("run-") else "look"
            self.scenario.await_fact(intends(step, kind), f"the intent of {step}", process)
            lost_before = sum(f["type"] == "link_lost" for f in self.scenario.facts())
            for host in hosts:
                self.scenario.lab.link(host, "down")
            began = time.monotonic()
            await_true(lambda: sum(f["type"] == "link_lost" for f in self.scenario.facts()) > lost_before, 30, "a lost link")
            self.assertLess(time.monotonic() - began, 10, "a dead link must be noticed soon")
            for host in hosts:
                self.scenario.lab.link(host, "up")
        self.assertEqual(process.wait(timeout=300), 0)
        self.assert_restored_once()


class Stopped(LabCase):
    lab_name = "e2e-stop"

    def test_ctrl_c_and_a_closed_terminal_stop_after_the_fact_in_hand(self):
        self.scenario.prepare()
        self.scenario.lose_quorum()
        process = self.scenario.popen(self.scenario.start_argv(), stdout=subprocess.DEVNULL)
        self.scenario.await_fact(intends("run-restore-script", "run_job"), "the restore script", process)
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), 130)
        self.assertEqual(self.scenario.facts()[-1]["type"], "stop_asked")
        process = self.scenario.popen(self.scenario.argv("resume", "--yes"), stdout=subprocess.PIPE)
        self.scenario.await_fact(intends("await-etcd-rollout"), "the rollout of etcd", process)
        process.stdout.close()
        os.kill(process.pid, signal.SIGHUP)
        self.assertEqual(process.wait(timeout=10), 130)
        self.finish()
        self.assert_restored_once()


if __name__ == "__main__":
    unittest.main(verbosity=2)
