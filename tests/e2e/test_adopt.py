"""Two workstations and one cluster: the second is refused, or takes over for good; and a journal that is lost here
comes back from the hosts."""
import os
import shutil
import signal
import subprocess
import unittest

from common import LabCase, kill
from test_restore import intends


class Adoption(LabCase):
    lab_name = "e2e-adopt"

    def adopt(self, *more):
        lab = self.scenario.lab
        return self.scenario.run("adopt", "192.0.2.11", "--identity", str(lab.dir / "id_ed25519"), "--known-hosts",
                                 str(lab.dir / "known_hosts"), "--reason", "the laptop broke", "--yes", *more)

    def at(self, workstation):
        self.scenario.state = self.scenario.lab.dir / workstation

    def test_a_second_workstation_is_refused_then_adopts_and_the_first_gets_nowhere(self):
        scenario = self.scenario
        scenario.prepare()
        scenario.lose_quorum()
        self.at("first")
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        scenario.await_fact(intends("etcd-stopped"), "etcd to be stopping", process)
        self.addCleanup(process.kill)
        run_id = scenario.run_directory().name

        self.at("uninformed")
        refused = scenario.start()
        text = refused.stdout + refused.stderr
        self.assertEqual(refused.returncode, 3, text)
        for words in (f"the host is owned by run {run_id} of ", "last command on this host: ", " ago", "restorectl adopt"):
            self.assertIn(words, text)
        self.assertEqual(scenario.run("abandon", scenario.run_directory().name, "--reason", "the other drives").returncode, 0)

        self.at("second")
        # The first still lives, and may be in the midst of anything.
        adopted = self.adopt()
        self.assertEqual(adopted.returncode, 0, adopted.stdout[-4000:] + adopted.stderr)
        self.assertIn("epoch 2", adopted.stdout)
        self.assert_restored_once()
        self.assertEqual([f["reason"] for f in scenario.facts() if f["type"] == "adopted"], ["the laptop broke"])

        self.at("first")
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, out[-3000:])
        back = scenario.run("resume", "--yes")
        self.assertEqual(back.returncode, 3, back.stdout + back.stderr)
        self.assertIn("no longer drives the run", back.stdout)

    def test_a_workstation_that_is_lost_in_the_restore_script_is_replaced_without_a_second_start(self):
        scenario = self.scenario
        scenario.prepare()
        scenario.lose_quorum()
        self.at("first")
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda f: f["type"] == "job_progressed", "the script to print", process)
        kill(process)
        shutil.rmtree(scenario.state)
        self.at("second")
        scenario.lab.link("master-2", "down")
        unreached = self.adopt()
        self.assertEqual(unreached.returncode, 4, unreached.stdout + unreached.stderr)
        for words in ("R3005: ", "--without master-2"):
            self.assertIn(words, unreached.stderr)
        scenario.lab.link("master-2", "up")
        adopted = self.adopt()
        self.assertEqual(adopted.returncode, 0, adopted.stdout[-4000:] + adopted.stderr)
        self.assert_restored_once()

    def test_what_cannot_be_adopted_is_refused_with_its_code(self):
        scenario = self.scenario
        scenario.prepare()
        scenario.lose_quorum()
        self.at("second")
        self.refused("R3002: ", 2, self.adopt())
        self.refused("R3004: ", 2, self.adopt("--run", "20261123t101500000z-0000aaaa"))
        # A driver that dies with its first facts leaves a journal that another one could have gone on with.
        self.at("first")
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda f: f["type"] == "observed", "the first look", process)
        kill(process)
        first = scenario.state
        shutil.copytree(first, scenario.lab.dir / "parted")
        process = scenario.popen(scenario.argv("resume", "--yes"), stdout=subprocess.DEVNULL)
        scenario.await_fact(intends("copy-backup"), "the hosts to have copies", process)
        kill(process)
        run_id = scenario.run_directory().name
        self.at("parted")
        self.assertEqual(scenario.run("note", run_id, "here it went another way").returncode, 0)
        self.refused("R2011: ", 5, self.adopt())
        self.at("first")
        self.assertEqual(scenario.run("abandon", run_id, "--reason", "for another").returncode, 0)
        self.assertEqual(subprocess.run(scenario.start_argv()[:-1], env=scenario.env(), capture_output=True,
                                        stdin=subprocess.DEVNULL).returncode, 3)
        self.at("second")
        self.refused("R3003: ", 4, self.adopt("--run", run_id))

    def refused(self, code, returncode, done):
        self.assertEqual(done.returncode, returncode, done.stdout + done.stderr)
        self.assertIn(f"restorectl: {code}", done.stderr)

    def test_a_damaged_journal_comes_back_from_the_hosts(self):
        scenario = self.scenario
        scenario.prepare()
        scenario.lose_quorum()
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        scenario.await_fact(intends("restart-kubelet", "run_job"), "the kubelets' restart", process)
        kill(process)
        run = scenario.run_directory()
        (run / "db/CURRENT").unlink()
        lines = (run / "journal.jsonl").read_bytes().split(b"\n")
        (run / "journal.jsonl").write_bytes(b"\n".join(lines[:20]) + b"\n")
        damaged = scenario.run("resume", "--yes")
        self.assertEqual(damaged.returncode, 5, damaged.stdout + damaged.stderr)
        self.assertIn(f"restorectl journal recover {run.name}", damaged.stderr)
        recovered = scenario.run("journal", "recover", run.name, "--yes")
        self.assertEqual(recovered.returncode, 0, recovered.stdout[-4000:] + recovered.stderr)
        self.assert_restored_once()
        self.assertTrue((scenario.state / "set-aside" / f"{run.name}-before-2" / "db").is_dir())

    def test_another_machine_behind_the_same_address_stops_the_run(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        scenario.lose_quorum()
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        scenario.await_fact(intends("etcd-stopped"), "etcd to be stopping", process)
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)
        before = lab.root_must("master-1", "cat /etc/machine-id").strip()
        lab.root_must("master-1", "echo 00000000000000000000000000000001 > /etc/machine-id")
        held = scenario.run("resume", "--yes")
        self.assertEqual(held.returncode, 3, held.stdout + held.stderr)
        for words in ("HELD: R4004: ", "another machine answers as master-1"):
            self.assertIn(words, held.stdout)
        lab.root_must("master-1", f"echo {before} > /etc/machine-id")
        self.finish()
        self.assert_restored_once()


if __name__ == "__main__":
    unittest.main(verbosity=2)
