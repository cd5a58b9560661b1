"""A backup is proven before anything is touched: real snapshots are read as etcdctl reads them, and every bad
one is refused by name while the cluster goes on serving."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import bad_backups
from common import RESTORECTL, LabCase, kill
from etcd_member import TIME, VERSION, Etcd
from infra.scenario import KUBECONFIG


def verify(directory, *more):
    done = subprocess.run([str(RESTORECTL), "backup", "verify", str(directory), "-o", "json", *more],
                          capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


class RealSnapshots(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="restorectl-etcd-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.etcd = Etcd(self.directory)
        self.addCleanup(self.etcd.end)

    def seed(self):
        self.etcd.seed()

    def many(self):
        for begin in range(0, 6000, 1000):
            self.etcd.transaction([f'put "/kubernetes.io/events/{i}" "{i:0500}"' for i in range(begin, begin + 1000)])

    def deleted(self):
        self.etcd.ctl("del", "--prefix", "/kubernetes.io/events/1")

    def compacted(self):
        status = json.loads(self.etcd.ctl("endpoint", "status", "-w", "json").stdout)
        self.etcd.ctl("compact", "--physical", str(status[0]["Status"]["header"]["revision"]))

    def defragmented(self):
        self.etcd.ctl("defrag")

    def leased(self):
        for number in range(20):
            lease = self.etcd.ctl("lease", "grant", "3600").stdout.split()[1].decode()
            self.etcd.transaction([f'put --lease={lease} "/kubernetes.io/masterleases/{number}.{i}" "x"' for i in range(20)])
            if number % 2:
                self.etcd.ctl("lease", "revoke", lease)

    def with_users(self):
        self.etcd.ctl("role", "add", "reader")
        self.etcd.ctl("user", "add", "somebody:secret")

    def large_values(self):
        for number in range(12):
            self.etcd.put(f"/kubernetes.io/configmaps/large/{number}", os.urandom(700_000 + number * 50_000).hex()[:1_300_000])

    def sixty_four_megabytes(self):
        for number in range(64):
            self.etcd.put(f"/kubernetes.io/configmaps/more/{number}", base64.b64encode(os.urandom(750_000)))

    def test_they_are_accepted_and_counted_as_etcdctl_counts_them(self):
        for stage in (self.seed, self.many, self.deleted, self.compacted, self.defragmented, self.leased, self.with_users,
                      self.large_values, self.sixty_four_megabytes, self.deleted, self.compacted):
            stage()
            with self.subTest(stage.__name__):
                directory, status = self.etcd.backup()
                code, report = verify(directory)
                self.assertEqual(code, 0, report)
                snapshot = report["snapshot"]
                self.assertEqual((snapshot["revision"], snapshot["keys"], snapshot["bytes"] - 32),
                                 (status["revision"], status["totalKey"], status["totalSize"]))
                self.assertEqual((snapshot["clusterVersion"], snapshot["infrastructureName"]), (VERSION, "prod-x7k2p"))
                self.assertEqual([(n["name"], n["controlPlane"], n["addresses"]) for n in snapshot["nodes"]],
                                 [(f"master-{i}", True, [f"192.0.2.{11 + i}", f"master-{i}"]) for i in range(3)]
                                 + [("worker-0", False, ["192.0.2.20", "worker-0"])])
                shutil.rmtree(directory)

    def test_every_cut_and_every_flipped_byte_of_a_small_one_is_refused(self):
        self.seed()
        directory, _ = self.etcd.backup()
        snapshot = directory / f"snapshot_{TIME}.db"
        good = snapshot.read_bytes()
        step = max(1, len(good) // 150)
        for at in range(0, len(good), step):
            snapshot.write_bytes(good[:at])
            self.assertEqual(verify(directory)[0], 2, f"cut behind {at} bytes")
            snapshot.write_bytes(bad_backups.flipped(good, at, 1 << at % 8))
            self.assertEqual(verify(directory)[0], 2, f"flipped at {at}")
        snapshot.write_bytes(good)
        self.assertEqual(verify(directory)[0], 0)


class OutOfSpace(unittest.TestCase):
    """A snapshot of an etcd that had no space left: its alarm comes back with the data."""
    quota = 3_000_000

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="restorectl-etcd-")
        self.addCleanup(shutil.rmtree, self.directory)

    def snapshot(self):
        """A backup directory of an etcd that was filled to its quota."""
        etcd = Etcd(self.directory, self.quota)
        try:
            etcd.seed()
            self.assertIn("database space exceeded", etcd.fill())
            self.assertIn("NOSPACE", etcd.alarms())
            return etcd.backup()[0]
        finally:
            etcd.end()

    def test_it_is_refused_by_name_accepted_by_name_and_writable_only_behind_the_cure(self):
        directory = self.snapshot()
        code, report = verify(directory)
        self.assertEqual((code, [defect["name"] for defect in report["defects"]]), (2, ["nospace-alarm"]))
        self.assertIn("etcdctl alarm disarm", report["defects"][0]["message"])
        self.assertEqual(report["snapshot"]["etcd"]["alarms"], [{"alarm": "NOSPACE", "members": 1}])
        self.assertEqual(report["snapshot"]["etcd"]["version"], "3.4.0")
        self.assertEqual([m["name"] for m in report["snapshot"]["etcd"]["members"]], ["default"])
        code, report = verify(directory, "--accept", "nospace-alarm")
        self.assertEqual((code, report["defects"], report["accepted"]), (0, [], ["nospace-alarm"]))

        there = tempfile.mkdtemp(prefix="restorectl-etcd-")
        self.addCleanup(shutil.rmtree, there)
        restored = Etcd.restored(next(directory.glob("snapshot_*.db")), there, self.quota)
        self.addCleanup(restored.end)
        self.assertIn("NOSPACE", restored.alarms())
        self.assertNotEqual(restored.ctl("put", "a", "b", check=False).returncode, 0)
        # The database is as large as it was: disarmed alone, the next write of any size raises it again.
        restored.ctl("alarm", "disarm")
        self.assertIn("database space exceeded", restored.fill())
        status = json.loads(restored.ctl("endpoint", "status", "-w", "json").stdout)[0]["Status"]
        restored.ctl("compact", "--physical", str(status["header"]["revision"]))
        restored.ctl("defrag")
        restored.ctl("alarm", "disarm")
        self.assertEqual(restored.alarms(), "")
        restored.put("/kubernetes.io/configmaps/filler", b"x" * 100_000)

    def test_a_size_beyond_the_quota_in_the_archive_is_refused_by_name(self):
        etcd = Etcd(self.directory)
        self.addCleanup(etcd.end)
        etcd.seed()
        directory, _ = etcd.backup()
        archive = next(directory.glob("static_*.tar.gz"))
        archive.write_bytes(bad_backups.packed([
            (member, content) if not member.name.endswith("/etcd-pod.yaml") else
            bad_backups.entry(member.name, b'{"name":"ETCD_QUOTA_BACKEND_BYTES","value":"4096"}')
            for member, content in bad_backups.entries_of(archive.read_bytes())]))
        code, report = verify(directory)
        self.assertEqual((code, [defect["name"] for defect in report["defects"]]), (2, ["over-quota"]))
        self.assertEqual(report["snapshot"]["etcd"]["quotaBytes"], 4096)
        self.assertEqual(verify(directory, "--accept", "over-quota")[0], 0)


class WithAnAlarm(LabCase):
    """The run itself makes the restored etcd writable, where the operator accepted the alarm."""
    lab_name = "e2e-backup-alarm"

    def fill(self):
        """Overwrites one object until etcd is out of space, and all of it is history."""
        made = self.scenario.lab.root_must("master-0", f"""export KUBECONFIG={KUBECONFIG}
oc create configmap filler -n default >&2
for number in $(seq 100); do
  oc annotate configmap filler -n default --overwrite "fill=$number$(printf %0100000d 0)" 2>&1 || exit 0
done""", 120)
        self.assertIn("database space exceeded", made)

    def test_an_accepted_alarm_is_disarmed_behind_the_restore_and_journaled(self):
        scenario = self.scenario
        scenario.lab.up(scenario.scale, hosts=1, etcd_quota=3_000_000)
        scenario.oc("create configmap made-before -n default --from-literal=when=before")
        self.fill()
        scenario.lab.backup()
        code, report = verify(scenario.lab.dir / "backup", "-i", str(scenario.lab.dir / "inventory.yaml"))
        self.assertEqual((code, report["snapshot"]["etcd"]["quotaBytes"]), (2, 3_000_000), report)
        # The put that was refused may have been the first beyond the quota, or the last went beyond it.
        defects = [defect["name"] for defect in report["defects"]]
        self.assertIn(defects, (["nospace-alarm"], ["nospace-alarm", "over-quota"]))
        refused = scenario.start()
        self.assertEqual(refused.returncode, 2, refused.stdout + refused.stderr)
        self.assertIn("nospace-alarm:", refused.stderr)
        self.assertIsNone(scenario.run_directory())
        done = scenario.run("start", "-i", str(scenario.lab.dir / "inventory.yaml"), "--backup",
                            str(scenario.lab.dir / "backup"), "--yes",
                            *(word for name in defects for word in ("--accept", name)))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        scenario.check_restored()
        scenario.check_once()
        facts = scenario.facts()
        self.assertEqual(facts[0]["backup"]["content"]["accepted"], defects)
        looks = [fact["out"] for fact in facts if fact["type"] == "observed" and fact["step"] == "disarm-alarms"]
        self.assertIn("alarm=NOSPACE", looks[0])
        self.assertNotIn("alarm=", looks[-1])
        ended = [fact for fact in facts if fact["type"] == "job_ended" and fact["step"] == "disarm-alarms"]
        self.assertEqual([fact["exit_code"] for fact in ended], [0])
        scenario.oc("create configmap made-behind -n default")


class BadBackups(LabCase):
    lab_name = "e2e-backup"

    def test_each_is_refused_by_name_while_the_cluster_goes_on_serving(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        good = lab.dir / "backup"
        code, report = verify(good, "-i", str(lab.dir / "inventory.yaml"))
        self.assertEqual(code, 0, report)
        self.assertEqual([n["name"] for n in report["snapshot"]["nodes"] if n["controlPlane"]], list(lab.hosts))
        before = self.tree()
        cases = 0
        for title, defect, directory in bad_backups.make(good, lab.dir / "case"):
            with self.subTest(title):
                self.refused(directory, defect)
            cases += 1
        for title, defect, directory in self.of_this_lab(good):
            with self.subTest(title):
                self.refused(directory, defect)
            cases += 1
        self.assertGreaterEqual(cases, 40)
        print(f"{cases} bad backups were refused by name")
        self.assertIsNone(scenario.run_directory())
        self.assertEqual(before, self.tree())
        self.assertEqual(scenario.healthy_members(), 3)

    def refused(self, directory, defect):
        """By `backup verify` and by `start`, and etcd answers afterwards."""
        code, report = verify(directory, "-i", str(self.scenario.lab.dir / "inventory.yaml"))
        self.assertEqual(code, 2, report)
        names = [found["name"] for found in report["defects"]]
        # Where a byte was changed, the tree may be broken too, which says where.
        others = {"page-broken", "key-space-broken"} if defect == "digest-differs" else set()
        self.assertEqual(names[0], defect, report["defects"])
        self.assertLessEqual(set(names), {defect} | others)
        done = self.scenario.run("start", "-i", str(self.scenario.lab.dir / "inventory.yaml"), "--backup", str(directory),
                                 "--yes")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(defect + ":", done.stderr)
        self.scenario.oc("get configmap made-after -n default")

    def of_this_lab(self, good):
        """The defects that need a living cluster."""
        case = self.scenario.lab.dir / "case"
        shutil.rmtree(case)
        shutil.copytree(good, case)
        live = self.scenario.lab.root("master-0") / "var/lib/etcd/member/snap/db"
        shutil.copy(live, next(case.glob("snapshot_*.db")))
        yield "a running member's own file", "trailer-missing", case
        shutil.rmtree(case)
        shutil.copytree(good, case)
        inventory = self.scenario.lab.dir / "inventory.yaml"
        text = inventory.read_text()
        inventory.write_text(text.replace("name: master-2", "name: master-7"))
        yield "a backup of other nodes", "other-nodes", case
        inventory.write_text(text)

    def test_what_is_accepted_by_name_is_journaled(self):
        scenario, lab = self.scenario, self.scenario.lab
        scenario.prepare()
        case = lab.dir / "case"
        shutil.copytree(lab.dir / "backup", case)
        for path in list(case.iterdir()):
            path.rename(bad_backups.dirty(path))
        words = ["-i", str(lab.dir / "inventory.yaml"), "--backup", str(case), "--accept"]
        self.assertEqual(scenario.run("start", *words, "digest-differs").returncode, 2)
        self.assertIsNone(scenario.run_directory())
        held = scenario.run("start", *words, "possibly-dirty", input="")
        self.assertEqual(held.returncode, 3, held.stdout + held.stderr)
        content = scenario.facts()[0]["backup"]["content"]
        self.assertEqual(content["accepted"], ["possibly-dirty"])
        self.assertEqual(content["control_plane"], list(lab.hosts))
        self.assertGreater(content["revision"], 1)


class OnTheRecoveryHost(LabCase):
    """The backup lies where cluster-backup.sh has left it, and the workstation has none."""
    lab_name = "e2e-backup-there"
    place = "/home/core/assets/backup"

    def setUp(self):
        super().setUp()
        scenario = self.scenario
        scenario.prepare()
        self.there = scenario.lab.root("master-0") / self.place[1:]
        self.there.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(scenario.lab.dir / "backup", self.there)
        self.words = ["-i", str(scenario.lab.dir / "inventory.yaml"), "--backup", f"master-0:{self.place}"]

    def test_it_is_proven_and_copied_there_and_restored_though_the_driver_was_killed(self):
        scenario = self.scenario
        scenario.lose_quorum()
        process = scenario.popen(scenario.argv("start", *self.words, "--yes"), stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda fact: fact["type"] == "copy_ended", "the copy", process)
        kill(process)
        self.finish()
        self.assert_restored_once()
        backup = scenario.facts()[0]["backup"]
        self.assertEqual(backup["directory"], f"master-0:{self.place}")
        self.assertEqual(backup["content"]["control_plane"], list(scenario.lab.hosts))
        sent = [fact["sent_bytes"] for fact in scenario.facts() if fact["type"] == "copy_ended"]
        self.assertEqual(set(sent), {0})
        left = scenario.lab.root_must("master-0", "ls -d /run/restorectl-prover.* /dev/shm/restorectl-prover.* 2>/dev/null; true")
        self.assertEqual(left, "")

    def test_a_defect_is_refused_by_name_and_nothing_is_changed_there(self):
        scenario = self.scenario
        before = self.tree()
        snapshot = next(self.there.glob("snapshot_*.db"))
        good = snapshot.read_bytes()
        for title, bad, defect in (("a flipped byte", bad_backups.flipped(good, len(good) // 2, 1), "digest-differs"),
                                   ("no trailer", good[:-32], "trailer-missing"), ("no bytes", b"", "empty")):
            with self.subTest(title):
                snapshot.write_bytes(bad)
                refused = scenario.run("start", *self.words, "--yes")
                self.assertEqual(refused.returncode, 2, refused.stdout + refused.stderr)
                self.assertIn(defect + ":", refused.stderr)
        snapshot.write_bytes(good)
        self.assertIsNone(scenario.run_directory())
        self.assertEqual(before, self.tree())
        self.assertEqual(scenario.healthy_members(), 3)

    def test_a_file_that_changes_between_the_proof_and_the_copy_holds_the_run_before_anything_is_stopped(self):
        scenario = self.scenario
        process = scenario.popen(scenario.argv("start", *self.words, "--yes"), stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda fact: fact["type"] == "run_started", "the run's beginning", process)
        kill(process)
        snapshot = next(self.there.glob("snapshot_*.db"))
        good = snapshot.read_bytes()
        snapshot.write_bytes(bad_backups.flipped(good, len(good) // 2, 1))
        held = scenario.run("resume", "--yes")
        self.assertNotEqual(held.returncode, 0, held.stdout)
        self.assertIn("the backup file on the host is not the one that was verified", held.stdout + held.stderr)
        self.assertEqual(scenario.healthy_members(), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
