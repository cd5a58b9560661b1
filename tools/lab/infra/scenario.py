"""A rehearsed disaster in a lab, and restorectl at work on it: what the demo shows and the e2e tests
try. Invariant: every check looks at the hosts themselves, never at what restorectl says it did."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from infra.lab import Lab
from infra.shell import LabError, await_true

KUBECONFIG = "/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig"
MANY_TIMES = {"approve-csrs"}  # there may be more of the same to approve


class Scenario:
    def __init__(self, name, restorectl, scale=0.02, say=print):
        self.lab = Lab(name, say=say)
        self.restorectl = str(restorectl)
        self.scale = scale
        self.say = say
        self.state = self.lab.dir / "state"  # the workstation's; another directory is another workstation

    # ---- the disaster ----------------------------------------------------------------------------
    def oc(self, words, host="master-0", check=True, timeout=30):
        code, out, err = self.lab.run_as_root(host, f"oc --kubeconfig={KUBECONFIG} --request-timeout=10s {words}", timeout)
        if check and code != 0:
            raise LabError(f"oc {words}: ended with {code}: {(err or out).strip()}")
        return code, out.strip()

    def prepare(self, degraded=None, **more):
        """A healthy cluster, an object, a backup, another object; or one with an operator that was degraded before."""
        self.lab.up(self.scale, **more)
        if degraded:
            self.lab.break_("operator", degraded)
        self.oc("create configmap made-before -n default --from-literal=when=before")
        self.lab.backup()
        self.oc("create configmap made-after -n default --from-literal=when=after")

    def lose_quorum(self):
        self.lab.lose_quorum()

    # ---- restorectl ------------------------------------------------------------------------------
    def argv(self, *words):
        return self.lab.in_operator_ns(self.restorectl, *words)

    def env(self):
        return os.environ | {"RESTORECTL_STATE_DIR": str(self.state)}

    def start_argv(self, *more):
        return self.argv("start", "-i", str(self.lab.dir / "inventory.yaml"), "--backup", str(self.lab.dir / "backup"),
                         "--yes", *more)

    def run(self, *words, timeout=300, input=None):
        return subprocess.run(self.argv(*words), env=self.env(), capture_output=True, text=True, timeout=timeout, input=input)

    def start(self, *words, timeout=300, **more):
        return subprocess.run(self.start_argv(*words), env=self.env(), capture_output=True, text=True, timeout=timeout, **more)

    def popen(self, argv, **more):
        return subprocess.Popen(argv, env=self.env(), text=True, **more)

    # ---- the journal, as a second terminal sees it -----------------------------------------------
    def run_directory(self):
        runs = sorted((self.state / "runs").iterdir()) if (self.state / "runs").is_dir() else []
        return runs[-1] if runs else None

    def facts(self):
        directory = self.run_directory()
        path = directory / "journal.jsonl" if directory else None
        if not path or not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]]

    def fact_count(self):
        directory = self.run_directory()
        try:
            return (directory / "journal.jsonl").read_bytes().count(b"\n") if directory else 0
        except OSError:
            return 0

    def await_fact(self, condition, what, process=None, timeout=180):
        """Waits until a journaled fact meets the condition; returns it."""
        found = []

        def look():
            if process is not None and process.poll() is not None:
                raise LabError(f"restorectl ended with {process.returncode} before {what}")
            found[:] = [fact for fact in self.facts() if condition(fact)]
            return bool(found)

        await_true(look, timeout, what, 0.02)
        return found[0]

    def kill_at(self, process, fact_number, timeout=240):
        """SIGKILL once that many facts are journaled. Returns whether it was still alive then."""
        deadline = time.monotonic() + timeout
        while self.fact_count() < fact_number:
            if process.poll() is not None:
                return False
            if time.monotonic() > deadline:
                raise LabError(f"fact {fact_number} did not come within {timeout} s")
            time.sleep(0.002)
        kill(process)
        return True

    # ---- the checks ------------------------------------------------------------------------------
    def check_restored(self):
        """Raises LabError unless the cluster is back in time and whole."""
        code, _ = self.oc("get configmap made-after -n default", check=False)
        listing = self.oc("get configmap -n default -o name")[1].split()
        if "configmap/made-before" not in listing:
            raise LabError("the object from before the backup is missing")
        if code == 0 or "configmap/made-after" in listing:
            raise LabError("the object from after the backup is still there")
        healthy = self.healthy_members()
        if healthy != len(self.lab.hosts):
            raise LabError(f"{healthy} of {len(self.lab.hosts)} members are healthy")

    def healthy_members(self):
        out = self.lab.root_must("master-0",
                                 "id=$(crictl ps -q --label io.kubernetes.container.name=etcdctl | head -n 1); "
                                 "crictl exec $id etcdctl endpoint health --cluster -w json")
        return sum(1 for endpoint in json.loads(out) if endpoint["health"])

    def commands_begun(self):
        """How often each command that changes something began on each host, counted on the hosts."""
        begun = {}
        for host in self.lab.hosts:
            out = self.lab.root_must(host, "cd /var/lib/restorectl/jobs 2>/dev/null || exit 0; for d in */; do "
                                           "[ -e $d/began ] && [ ! -e $d/began/settled ] && echo ${d%/}; done; true")
            for job in out.split():
                step = job.split(".")[1]
                begun[(host, step)] = begun.get((host, step), 0) + 1
        return begun

    def check_once(self):
        """Raises LabError where a command that changes something began more than once."""
        begun = self.commands_begun()
        twice = {key: count for key, count in begun.items() if count != 1 and key[1] not in MANY_TIMES}
        if twice or ("master-0", "run-restore-script") not in begun:
            raise LabError(f"commands begun other than once: {twice or 'no restore script at all'}")
        starts = self.lab.root_must("master-0", "wc -l < /var/log/lab/cluster-restore.starts").strip()
        if starts != "1":
            raise LabError(f"cluster-restore.sh itself counted {starts} starts")
        return begun

    def check_nothing_lost(self):
        """Raises LabError unless every data directory and manifest that was moved still exists."""
        for host in list(self.lab.hosts)[1:]:
            self.lab.root_must(host, "ls /etc/kubernetes/restorectl-*/etcd-pod.yaml "
                                     "/etc/kubernetes/restorectl-*/kube-apiserver-pod.yaml")
        self.lab.root_must("master-0", "test -d /var/lib/etcd-backup/member")


def kill(process):
    """SIGKILL of restorectl itself (ip netns exec replaces itself by the command)."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
