"""The lab's own promises: side by side, silent cables, true reboots, and nothing left behind."""
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/lab"))
from infra.lab import Lab, mounts_below, nspawn_pids  # noqa: E402
from infra.shell import LabError, await_true, run  # noqa: E402

LAB = str(Path(__file__).resolve().parents[2] / "tools/lab/lab")


def traces(name):
    """Everything that belongs to a lab of this name and is still on the machine."""
    lab = Lab(name, say=lambda words: None)
    namespaces = [n for n in run("ip", "netns").stdout.split() if n.startswith(name + "-")]
    return namespaces + mounts_below(lab.dir) + nspawn_pids(str(lab.dir) + "/") + ([str(lab.dir)] if lab.dir.exists() else [])


class LabTest(unittest.TestCase):
    def lab(self, name):
        lab = Lab(name, say=lambda words: None)
        self.addCleanup(lab.down)
        return lab

    def test_two_labs_stand_side_by_side_and_leave_nothing(self):
        one, two = self.lab("side-a"), self.lab("side-b")
        one.up()
        two.up()
        one.root_must("master-0", "echo one > /root/mark")
        self.assertNotEqual(two.run_as_root("master-0", "cat /root/mark")[0], 0)
        ids = {lab.root_must(host, "cat /etc/machine-id") for lab in (one, two) for host in lab.hosts}
        self.assertEqual(len(ids), 6)
        with self.assertRaisesRegex(LabError, "up already"):
            Lab("side-a", say=lambda words: None).up()
        one.down()
        self.assertEqual(traces("side-a"), [])
        two.root_must("master-2", "true")
        two.down()
        self.assertEqual(traces("side-b"), [])

    def test_a_reboot_is_a_reboot_and_a_cable_is_silent(self):
        lab = self.lab("reboots")
        lab.up()
        boot = lab.root_must("master-1", "touch /tmp/gone; cat /proc/sys/kernel/random/boot_id")
        lab.reboot("master-1")
        self.assertNotEqual(boot, lab.root_must("master-1", "test ! -e /tmp/gone; cat /proc/sys/kernel/random/boot_id"))
        talk = subprocess.Popen(lab.ssh_argv("master-2", "echo ready; read line; echo again"), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        self.assertEqual(talk.stdout.readline(), "ready\n")
        lab.link("master-2", "down")
        with self.assertRaises(subprocess.TimeoutExpired):
            talk.wait(timeout=2)  # no RST, no FIN: the client notices nothing
        lab.link("master-2", "up")
        talk.stdin.write("go\n")
        talk.stdin.flush()
        self.assertEqual(talk.stdout.readline(), "again\n")
        self.assertEqual(talk.wait(timeout=10), 0)
        talk.stdin.close()
        talk.stdout.close()

    def test_up_cleans_what_a_killed_up_and_dead_hosts_left(self):
        lab = self.lab("leftover")
        process = subprocess.Popen([sys.executable, "-B", LAB, "up", "--name", "leftover"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        await_true(lambda: nspawn_pids(str(lab.dir) + "/"), 60, "the first host")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for pid in nspawn_pids(str(lab.dir) + "/")[:1]:
            os.kill(pid, signal.SIGKILL)
        self.assertNotEqual(traces("leftover"), [])
        lab.down()
        lab.up()
        lab.root_must("master-0", "true")
        lab.down()
        self.assertEqual(traces("leftover"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
