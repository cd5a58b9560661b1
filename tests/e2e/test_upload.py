#!/usr/bin/python3
"""The backup's way to the recovery host: cut off it goes on where it was, and what is there already is not sent."""
import shutil
import subprocess
import unittest

from common import LabCase, kill
from infra.scenario import KUBECONFIG

CHUNK = 16 << 20
LANES = 4  # that copy side by side (transports/limits.hpp)
AT_THE_GATE = 3


class Upload(LabCase):
    lab_name = "e2e-upload"

    def until_the_gate(self, *words):
        """Nobody is there to type the cluster's name."""
        done = self.scenario.run(*words, input="")
        self.assertEqual(done.returncode, AT_THE_GATE, done.stdout + done.stderr)
        return done.stdout

    def start_words(self):
        lab = self.scenario.lab
        return ["start", "-i", str(lab.dir / "inventory.yaml"), "--backup", str(lab.dir / "backup")]

    def facts_of(self, kind):
        return [fact for fact in self.scenario.facts() if fact["type"] == kind]

    def grow(self, objects=230):
        """Some 160 MiB of objects, so that the snapshot has ten chunks."""
        self.scenario.lab.root_must(
            "master-0", f"i=0; while [ $i -lt {objects} ]; do head -c 520000 /dev/urandom | base64 -w 0 > /tmp/blob; "
                        f"oc --kubeconfig={KUBECONFIG} create configmap big-$i -n default --from-file=/tmp/blob "
                        "> /dev/null || exit 1; i=$((i+1)); done; rm /tmp/blob", timeout=240)

    def test_a_driver_killed_within_the_copy_sends_only_the_rest_when_it_resumes(self):
        scenario = self.scenario
        scenario.prepare()
        self.grow()
        shutil.rmtree(scenario.lab.dir / "backup")
        scenario.lab.backup()
        process = scenario.popen(scenario.argv(*self.start_words()), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda fact: fact["type"] == "chunk_confirmed", "the first chunk", process)
        kill(process)
        before = self.facts_of("chunk_confirmed")
        self.assertFalse(self.facts_of("copy_ended"))
        self.until_the_gate("resume")
        files = scenario.facts()[0]["backup"]["files"]
        size = sum(file["size_bytes"] for file in files)
        chunks = [(fact["file"], fact["chunk"]) for fact in self.facts_of("chunk_confirmed")]
        self.assertEqual(len(chunks), len(set(chunks)), "no chunk came twice")
        self.assertEqual(len(chunks), sum(len(file["chunks"]) for file in files))
        self.assertGreaterEqual(len(chunks), 10)
        (ended,) = self.facts_of("copy_ended")
        # A chunk that was whole on the host when the driver died, and not journaled yet, is found there.
        kept, rest = divmod(size - ended["sent_bytes"], CHUNK)
        self.assertEqual(rest, 0)
        self.assertIn(kept, range(len(before), len(before) + LANES + 1))
        copied = scenario.lab.root_must("master-0", "sha256sum /var/lib/restorectl/*/backup/*")
        for file in files:
            self.assertIn(f"{file['sha256']}  ", copied)

    def test_where_the_host_has_the_files_already_no_byte_of_them_is_sent(self):
        scenario = self.scenario
        scenario.prepare()
        there = scenario.lab.root("master-0") / "home/core/assets/backup"
        shutil.copytree(scenario.lab.dir / "backup", there)
        words = self.until_the_gate(*self.start_words())
        (ended,) = self.facts_of("copy_ended")
        self.assertEqual((ended["succeeded"], ended["sent_bytes"]), (True, 0))
        self.assertIn("found the same file on the host: /home/core/assets/backup/", words)
        self.assertTrue(any(fact["type"] == "step_verified" and fact["step"] == "copy-backup" for fact in scenario.facts()))

    def test_a_file_of_the_same_name_and_size_with_other_bytes_is_not_taken_for_it(self):
        scenario = self.scenario
        scenario.prepare()
        there = scenario.lab.root("master-0") / "home/core/assets/backup"
        shutil.copytree(scenario.lab.dir / "backup", there)
        for path in there.iterdir():
            path.write_bytes(bytes(path.stat().st_size))
        self.until_the_gate(*self.start_words())
        (ended,) = self.facts_of("copy_ended")
        self.assertEqual(ended["sent_bytes"], sum(file["size_bytes"] for file in scenario.facts()[0]["backup"]["files"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
