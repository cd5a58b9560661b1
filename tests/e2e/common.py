"""Shared by the end-to-end tests: where restorectl was built, and a lab for each test case."""
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tools/lab"), str(TOP / "tests/schema")]
import journal_schema  # noqa: E402
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
        self.addCleanup(self.assert_every_line_fits_the_schema)

    def assert_every_line_fits_the_schema(self):
        """Of every journal of every workstation of the scenario, whatever the test did to it."""
        lab = self.scenario.lab.dir
        for workstation in (d for d in lab.iterdir() if d.is_dir() and d.name != "hosts") if lab.is_dir() else ():
            for journal in workstation.rglob("journal.jsonl"):
                self.assertEqual(journal_schema.faults_in(journal), [])

    def tree(self):
        """Digests of everything on the hosts that a restore could change."""
        digests = {}
        for host in self.scenario.lab.hosts:
            root = self.scenario.lab.root(host)
            paths = [str(p) for p in (root / "etc/kubernetes", root / "usr/local/bin", root / "home/core") if p.exists()]
            out = subprocess.run(f"find {' '.join(paths)} -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; "
                                 f"ls {root}/var/lib {root}/etc/kubernetes {root}/etc/kubernetes/manifests",
                                 shell=True, capture_output=True, text=True, check=True).stdout
            # The run's own directory may be there: a backup is staged before the gate is reached.
            digests[host] = "\n".join(line for line in out.splitlines() if line != "restorectl")
        return digests

    def assert_restored_once(self):
        self.assert_every_line_fits_the_schema()
        self.scenario.check_restored()
        self.scenario.check_once()
        self.scenario.check_nothing_lost()
        verified = self.scenario.run("replay", "--verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def finish(self, tries=3):
        """Resumes until the run is done; a resume that holds is a failure."""
        done = self.scenario.run("resume", "--yes", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr)
