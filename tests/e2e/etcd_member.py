"""One real etcd, and backups of what it holds. Invariant: it lives in a network namespace of its own and ends
with end()."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/lab"))
import bad_backups  # noqa: E402
from infra import base  # noqa: E402
from infra.shell import await_true, end_process, run  # noqa: E402

TIME = "2026-11-23_101500"
VERSION = "4.7.0-0.okd-2021-03-28-152009"
CLUSTER_OBJECTS = {
    "config.openshift.io/clusterversions/version": {
        "kind": "ClusterVersion", "spec": {"clusterID": "0f6c7a4e-0000-4000-8000-000000000001"},
        "status": {"desired": {"version": VERSION},
                   "history": [{"state": "Completed", "version": VERSION}]}},
    "config.openshift.io/infrastructures/cluster": {
        "kind": "Infrastructure", "status": {"infrastructureName": "prod-x7k2p"}},
}


def field(number, content):
    """One length-delimited field of a protobuf message."""
    content = content.encode() if isinstance(content, str) else content
    size, varint = len(content), b""
    while True:
        varint += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
        if not size:
            return bytes([number << 3 | 2]) + varint + content


def node_as_kube_apiserver_stores_it(name, address, role):
    """k8s.io/api core/v1 generated.proto, behind runtime.Unknown's magic."""
    metadata = field(1, name) + field(11, field(1, f"node-role.kubernetes.io/{role}") + field(2, ""))
    status = field(5, field(1, "InternalIP") + field(2, address)) + field(5, field(1, "Hostname") + field(2, name))
    node = field(1, metadata) + field(3, status)
    return b"k8s\0" + field(1, field(1, "v1") + field(2, "Node")) + field(2, node)


class Etcd:
    """One real etcd member in a network namespace of its own."""

    def __init__(self, directory, quota=2_000_000_000):
        self.dir, self.ns, self.made = Path(directory), f"backup-test-{os.getpid()}", 0
        run("ip", "netns", "add", self.ns)
        run("ip", "-n", self.ns, "link", "set", "lo", "up")
        binary = base.ensure(print) / "usr/bin/etcd"
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.ns, str(binary), "--data-dir", str(self.dir / "data"), "--max-txn-ops=10000",
             f"--quota-backend-bytes={quota}", "--logger=zap", "--unsafe-no-fsync"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await_true(lambda: self.ctl("endpoint", "health", check=False).returncode == 0, 30, "etcd")
        except BaseException:
            self.end()
            raise

    def ctl(self, *words, input=None, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns, "env", "ETCDCTL_API=3", "etcdctl", *words], input=input,
                              capture_output=True, check=check)

    def put(self, key, value):
        self.ctl("put", key, input=value if isinstance(value, bytes) else value.encode())

    def transaction(self, operations):
        self.ctl("txn", input=("\n" + "\n".join(operations) + "\n\n\n").encode())

    def fill(self):
        """Overwrites one key until etcd is out of space and raises its alarm: all of it is history."""
        for number in range(200):
            put = self.ctl("put", "/kubernetes.io/configmaps/filler", input=b"%06d" % number + b"x" * 100_000, check=False)
            if put.returncode:
                return put.stderr.decode()
        raise AssertionError("etcd never ran out of space")

    def alarms(self):
        return self.ctl("alarm", "list").stdout.decode()

    @classmethod
    def restored(cls, snapshot, directory, quota):
        """A member on what `etcdctl snapshot restore` makes of a snapshot."""
        subprocess.run(["env", "ETCDCTL_API=3", "etcdctl", "snapshot", "restore", str(snapshot), "--data-dir",
                        str(Path(directory) / "data")], capture_output=True, check=True)
        return cls(directory, quota)

    def seed(self):
        """A cluster of three masters and a worker; a fourth master was removed."""
        for key, value in CLUSTER_OBJECTS.items():
            self.put("/kubernetes.io/" + key, json.dumps(value))
        for name, address, role in [(f"master-{i}", f"192.0.2.{11 + i}", "master") for i in range(3)] + [
                ("worker-0", "192.0.2.20", "worker"), ("gone", "192.0.2.30", "master")]:
            self.put(f"/kubernetes.io/minions/{name}", node_as_kube_apiserver_stores_it(name, address, role))
        self.ctl("del", "/kubernetes.io/minions/gone")

    def backup(self):
        """A directory with a snapshot of now and an archive; and what etcdctl says of the snapshot."""
        self.made += 1
        directory = self.dir / f"backup-{self.made}"
        directory.mkdir()
        snapshot = directory / f"snapshot_{TIME}.db"
        self.ctl("snapshot", "save", str(snapshot))
        (directory / f"static_kuberesources_{TIME}.tar.gz").write_bytes(bad_backups.packed(
            [bad_backups.entry(f"static-pod-resources/{pod}-pod-7/{pod}-pod.yaml", b"image: example/x@sha256:00\n")
             for pod in bad_backups.PODS]))
        return directory, json.loads(self.ctl("snapshot", "status", str(snapshot), "-w", "json").stdout)

    def end(self):
        end_process(self.process.pid, "etcd")
        self.process.wait()
        run("ip", "netns", "del", self.ns)
