"""Two of three control-plane hosts are gone for good, and the survivor is restored alone. While one of them lives in fact,
the run is refused by the workstation and by the survivor, and nothing is changed."""
import subprocess
import unittest

from common import FULL, LabCase
from infra.shell import run

LOST = ("master-1", "master-2")
WITHOUT = [word for host in LOST for word in ("--without", host, "--powered-off", host)]


class LostHosts(LabCase):
    lab_name = "e2e-lost"

    def refused(self, done, code, *words):
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        for word in words:
            self.assertIn(word, text)

    def test_the_survivor_serves_alone_once_the_others_are_off_in_fact(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        lab.break_("poweroff", "master-2")
        self.without_the_statement_nothing_is_begun()
        before = self.tree()
        self.refused(scenario.start(*WITHOUT), 4, "R3006: ", "--without master-1", "192.0.2.12:22 accepts connections")
        self.assertIsNone(scenario.run_directory(), "no run was begun")

        # The workstation cannot reach it, but the survivor can.
        run("ip", "-n", lab.ns("master-1"), "route", "add", "blackhole", "192.0.2.1/32")
        self.refused(scenario.start(*WITHOUT), 3, "R4001: ", "master-1 (192.0.2.12), excluded with --without, is not off",
                     "192.0.2.12:2379 (etcd)", "power master-1 off")
        held = scenario.facts()[-1]
        self.assertEqual((held["type"], held["step"]), ("step_held", "inspect-host"))
        for host, listing in self.tree().items():
            self.assertEqual(listing, before[host])

        # Once it is off, the same run goes on, unless it comes back.
        lab.break_("poweroff", "master-1")
        self.one_that_comes_back_behind_the_preflight_is_seen_before_the_script()
        done = scenario.run("resume", "--yes")
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)
        self.assertIn("without master-1 (192.0.2.12), master-2 (192.0.2.13)", done.stdout)
        self.assertIn("oc get machines -n openshift-machine-api", done.stdout)
        self.the_survivor_serves_alone()
        self.the_journal_has_the_statement(scenario.facts())
        self.everyone_says_who_is_missing()

    def without_the_statement_nothing_is_begun(self):
        argv = self.scenario.start_argv("--without", "master-2")
        for typed in ("", "yes\n", "master-1\n"):
            done = subprocess.run(argv, env=self.scenario.env(), capture_output=True, text=True, timeout=60, input=typed)
            self.refused(done, 2, "R1014: ", "powered off for good")
            self.assertIsNone(self.scenario.run_directory())

    def one_that_comes_back_behind_the_preflight_is_seen_before_the_script(self):
        scenario, lab = self.scenario, self.scenario.lab
        process = scenario.popen(scenario.argv("resume"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        scenario.await_fact(lambda f: any(i["type"] == "ask_operator" for i in f["intents"]), "the question", process)
        lab.link("master-1", "up")  # a machine that is on and runs nothing: it refuses connections
        process.communicate(f"{lab.name}\n", timeout=120)
        self.assertEqual(process.returncode, 3)
        held = scenario.facts()[-1]
        self.assertEqual((held["type"], held["step"]), ("step_held", "run-restore-script"))
        self.assertIn("master-1 (192.0.2.12), excluded with --without, is not off: 192.0.2.12:10250 (refuses", held["reason"])
        lab.root_must("master-0", "! test -e /var/log/lab/cluster-restore.starts")
        lab.link("master-1", "down")

    def the_survivor_serves_alone(self):
        listing = self.scenario.oc("get configmap -n default -o name")[1].split()
        self.assertIn("configmap/made-before", listing)
        self.assertNotIn("configmap/made-after", listing)
        self.assertEqual(self.scenario.healthy_members(), 1)
        self.assertEqual(self.scenario.oc("get nodes -o name")[1], "node/master-0")
        self.assertEqual(self.scenario.oc("get pods -n openshift-etcd -l k8s-app=etcd -o name")[1], "pod/etcd-master-0")

    def the_journal_has_the_statement(self, facts):
        self.assertEqual([(host["name"], host["typed"]) for host in facts[0]["absent"]], [(host, host) for host in LOST])
        self.assertEqual({fact["host"] for fact in facts if "host" in fact}, {"master-0"})
        evidence = {fact["step"]: fact["evidence"] for fact in facts if fact["type"] == "step_verified"}
        self.assertIn("nothing answers at the addresses of master-1, master-2", evidence["inspect-host"])
        self.assertIn("the API has no Node object of master-1", evidence["delete-absent-nodes"])
        self.assertIn("1 members, 1 healthy, expected 1", evidence["etcd-members"])
        # The Nodes came back with the snapshot: without the step every rollout would have waited for them.
        jobs = [intent["step"] for fact in facts for intent in fact["intents"] if intent["type"] == "run_job"]
        self.assertEqual(jobs.count("delete-absent-nodes"), 1)

    def everyone_says_who_is_missing(self):
        status = self.scenario.run("status")
        self.assertIn("without  master-1 (192.0.2.12), master-2 (192.0.2.13)", status.stdout)
        self.assertIn("docs/lost-hosts.md", status.stdout)
        report = self.scenario.lab.dir / "report.md"
        self.assertEqual(self.scenario.run("report", "-o", str(report)).returncode, 0)
        self.assertIn("## Hosts to re-create", report.read_text())
        verified = self.scenario.run("replay", "--verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


class TwoSurvivors(LabCase if FULL else object):
    """Another whole restore; the simulator has clusters that lost one host, too."""
    lab_name = "e2e-two"

    def test_are_restored_at_a_typed_word(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        lab.break_("poweroff", "master-2")
        done = subprocess.run(scenario.start_argv("--without", "master-2"), env=scenario.env(), capture_output=True,
                              text=True, timeout=300, input="master-2\n")
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr)
        self.assertEqual(scenario.healthy_members(), 2)
        self.assertEqual(sorted(scenario.oc("get nodes -o name")[1].split()), ["node/master-0", "node/master-1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
