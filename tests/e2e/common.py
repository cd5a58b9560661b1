"""Shared by the end-to-end tests: where restorectl was built, and a lab for each test case."""
import os
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/lab"))
from infra.lab import Lab  # noqa: E402
from infra.scenario import Scenario, kill  # noqa: E402,F401
from infra.shell import LabError, await_true  # noqa: E402,F401

RESTORECTL = Path(os.environ.get("RESTORECTL", TOP / "build/dev/restorectl")).resolve()
FULL = os.environ.get("RESTORECTL_FULL") == "1"


class LabCase(unittest.TestCase):
    """A test with a scenario of its own; the lab goes with it, whatever happens."""
    lab_name = "e2e"

    def setUp(self):
        self.scenario = Scenario(self.lab_name, RESTORECTL, say=lambda words: print(words, file=sys.stderr, flush=True))
        self.scenario.lab.down()
        self.addCleanup(self.scenario.lab.down)

    def assert_restored_once(self):
        self.scenario.check_restored()
        self.scenario.check_once()
        self.scenario.check_nothing_lost()
        verified = self.scenario.run("replay", "--verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def finish(self, tries=3):
        """Resumes until the run is done; a resume that holds is a failure."""
        done = self.scenario.run("resume", "--yes", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr)
