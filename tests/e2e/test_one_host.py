"""A single-node cluster: the phases on every other host have no lanes, and the restore ends like any other.
Two disasters that the document calls for: something critical was deleted while etcd serves, and the only
member has lost its data."""
import unittest

from common import LabCase


class OneHost(LabCase):
    lab_name = "e2e-one"

    def assert_weighed(self, words):
        """What the operator is told at the gate of whether a restore is needed."""
        evidence = next(fact["evidence"] for fact in self.scenario.facts()
                        if fact["type"] == "step_verified" and fact["step"] == "weigh-need")
        self.assertIn(words, evidence)

    def test_what_was_deleted_is_back(self):
        self.scenario.prepare(hosts=1)
        self.scenario.oc("delete configmap made-before -n default")
        done = self.scenario.start()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.scenario.check_restored()
        self.scenario.check_once()
        self.assert_weighed("1 of 1 members are healthy")
        facts = self.scenario.facts()
        self.assertEqual({fact["host"] for fact in facts if "host" in fact}, {"master-0"})
        self.assertEqual(facts[-1]["type"], "run_finished")
        phases = [fact["phase"] for fact in facts if fact["type"] == "phase_finished"]
        for of_others in ("quiesce", "data-aside", "restart-other-kubelets"):
            self.assertIn(of_others, phases)
        self.scenario.check_nothing_lost()

    def test_a_member_that_lost_its_data_is_back_though_the_kubelet_ignores_the_manifest_that_came_back(self):
        """The step holds early, and the remedy is the restart that the procedure does next anyway."""
        self.scenario.prepare(hosts=1)
        self.scenario.lose_quorum()
        self.scenario.lab.break_("ignore-returned")
        held = self.scenario.start(timeout=400)
        self.assertEqual(held.returncode, 3, held.stdout + held.stderr)
        self.assert_weighed("etcd has no quorum")
        last = [fact for fact in self.scenario.facts() if fact["type"] == "step_held"][-1]
        self.assertEqual((last["step"], last["kind"]), ("run-restore-script", "unmet"))
        self.assertIn("unchanged for 2 min 00 s", last["reason"])
        self.assertIn("the kubelet logged no error about it, nor the container runtime", last["reason"])
        self.assertIn("systemctl restart kubelet", last["remedy"])
        self.scenario.lab.root_must("master-0", "systemctl restart kubelet")
        self.finish()
        self.assert_every_line_fits_the_schema()
        self.scenario.check_restored()
        self.scenario.check_once()


if __name__ == "__main__":
    unittest.main()
