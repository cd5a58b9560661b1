"""A single-node cluster: the phases on every other host have no lanes, and the restore ends like any other.
Two disasters that the document calls for: something critical was deleted while etcd serves, and the only
member has lost its data."""
import unittest

from common import LabCase


class OneHost(LabCase):
    lab_name = "e2e-one"

    def restore(self, weighed):
        """A start that finishes, weighed at the gate as it should be; the cluster is as it was at the backup."""
        done = self.scenario.start()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.scenario.check_restored()
        self.scenario.check_once()
        facts = self.scenario.facts()
        evidence = next(fact["evidence"] for fact in facts if fact["type"] == "step_verified" and fact["step"] == "weigh-need")
        self.assertIn(weighed, evidence)
        self.assertEqual({fact["host"] for fact in facts if "host" in fact}, {"master-0"})
        self.assertEqual(facts[-1]["type"], "run_finished")
        return [fact["phase"] for fact in facts if fact["type"] == "phase_finished"]

    def test_what_was_deleted_is_back(self):
        self.scenario.prepare(hosts=1)
        self.scenario.oc("delete configmap made-before -n default")
        phases = self.restore("1 of 1 members are healthy")
        for of_others in ("quiesce", "data-aside", "restart-other-kubelets"):
            self.assertIn(of_others, phases)
        self.scenario.check_nothing_lost()

    def test_a_kubelet_that_ignores_the_manifest_that_came_back_holds_early_with_its_restart_for_a_remedy(self):
        self.scenario.prepare(hosts=1)
        self.scenario.lab.break_("ignore-returned")
        held = self.scenario.start(timeout=400)
        self.assertEqual(held.returncode, 3, held.stdout + held.stderr)
        last = [fact for fact in self.scenario.facts() if fact["type"] == "step_held"][-1]
        self.assertEqual((last["step"], last["kind"]), ("run-restore-script", "unmet"))
        self.assertIn("unchanged for 2 min 00 s", last["reason"])
        self.assertIn("the kubelet logged no error about it, nor the container runtime", last["reason"])
        self.assertIn("systemctl restart kubelet", last["remedy"])
        self.scenario.lab.root_must("master-0", "systemctl restart kubelet")
        self.finish()
        self.assert_restored_once()

    def test_a_member_that_lost_its_data_is_back(self):
        self.scenario.prepare(hosts=1)
        self.scenario.lose_quorum()
        self.restore("etcd has no quorum")


if __name__ == "__main__":
    unittest.main()
