"""A lab: three hosts, or one, with real systemd and sshd in network namespaces, and what breaks them.
Invariant: everything that belongs to a lab carries its name (namespaces, mounts below its directory,
processes recorded in lab.json), so that `down` and the next `up` can remove all of it and nothing else."""
import ctypes
import json
import os
import shlex
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra import base
from infra.shell import LabError, await_true, cmdline, end_process, run

OPERATOR = "192.0.2.1"
SIZES = (1, 3)  # a single-node cluster, and what most clusters have
ETCD_QUOTA = 7_516_192_768  # bytes, as the operator of 4.7 writes it


def addresses_of(hosts):
    return {f"master-{i}": f"192.0.2.{11 + i}" for i in range(hosts)}


def labs_directory():
    return Path(os.environ.get("RESTORECTL_LAB_DIR", "/var/tmp/restorectl-lab"))


def all_labs():
    directory = labs_directory()
    return sorted(p.name for p in directory.iterdir() if p.is_dir()) if directory.is_dir() else []


def provisioner():
    sys.path.insert(0, str(base.HERE / "host"))
    import provision
    return provision


class Lab:
    def __init__(self, name="lab", say=lambda words: print(words, file=sys.stderr, flush=True)):
        if not name.replace("-", "").isalnum() or len(name) > 20:
            raise LabError(f"'{name}' is no name for a lab: letters, digits and '-', at most 20")
        self.name = name
        self.say = say
        self.dir = labs_directory() / name
        self.hosts = addresses_of(self.settings().get("hosts", max(SIZES)))
        self.operator_ns = f"{name}-lab"

    # ---- names -----------------------------------------------------------------------------------
    def ns(self, host):
        return f"{self.name}-{host}"

    def root(self, host):
        return self.dir / "hosts" / host / "root"

    def veth(self, host):
        """The operator's end of a host's cable; interface names have at most 15 characters."""
        return f"v{list(self.hosts).index(host)}"

    def settings(self):
        try:
            return json.loads((self.dir / "lab.json").read_text())
        except (OSError, ValueError):
            return {}

    def remember(self, **changes):
        settings = self.settings() | changes
        partial = self.dir / "lab.json.new"
        partial.write_text(json.dumps(settings, indent=1))
        os.rename(partial, self.dir / "lab.json")

    def in_operator_ns(self, *argv):
        return ["ip", "netns", "exec", self.operator_ns, *argv]

    def host_of(self, name):
        if name not in self.hosts:
            raise LabError(f"no host '{name}' in the lab; there are {', '.join(self.hosts)}")
        return name

    # ---- up and down -----------------------------------------------------------------------------
    def up(self, scale=0.02, timeout=120, etcd_mount=False, hosts=max(SIZES), etcd_quota=ETCD_QUOTA):
        started = time.monotonic()
        if self.is_running():
            raise LabError(f"lab '{self.name}' is up already; end it with: tools/lab/lab down --name {self.name}")
        base_path = base.ensure(self.say)
        self.clean()
        self.hosts = addresses_of(hosts)
        self.dir.mkdir(parents=True, mode=0o700)
        self.remember(name=self.name, scale=scale, pids={}, base=str(base_path), etcd_mount=etcd_mount, hosts=hosts)
        self.make_network()
        self.make_roots(base_path)
        self.make_access()
        spec = {"name": self.name, "scale": scale, "dir": str(self.dir), "recovery": "master-0",
                "hosts": [{"name": h, "address": a, "root": str(self.root(h)), "etcd_quota": etcd_quota}
                          for h, a in self.hosts.items()]}
        provision = provisioner()
        provision.provision(spec)
        for host in self.hosts:
            self.boot(host)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda h: self.await_ssh(h, timeout), self.hosts))
        self.write_inventory(scale)
        self.say(f"every host answers ssh after {time.monotonic() - started:.1f} s")
        provision.wait_healthy(spec, self.run_as_root)
        self.say(f"lab '{self.name}' is healthy after {time.monotonic() - started:.1f} s; its files are in {self.dir}")

    def is_running(self):
        return any("systemd-nspawn" in cmdline(pid) for pid in self.settings().get("pids", {}).values())

    def down(self):
        self.clean()

    def clean(self):
        """Removes whatever a lab of this name left: alive, dead, or from before a reboot."""
        pids = self.settings().get("pids", {})
        for host, pid in pids.items():
            end_process(pid, f"--machine={self.ns(host)}", signal.SIGKILL)
        for pid in nspawn_pids(str(self.dir) + "/"):
            end_process(pid, str(self.dir), signal.SIGKILL)
        for ns in [self.ns(h) for h in self.hosts] + [self.operator_ns]:
            if Path(f"/run/netns/{ns}").exists():
                for pid in run("ip", "netns", "pids", ns, check=False).stdout.split():
                    end_process(int(pid), "", signal.SIGKILL)
                run("ip", "netns", "del", ns, check=False)
        for mount in reversed(mounts_below(self.dir)):
            run("umount", "-l", mount, check=False)
        if self.dir.exists():
            shutil.rmtree(self.dir)

    def make_network(self):
        ns = self.operator_ns
        run("ip", "netns", "add", ns)
        run("ip", "-n", ns, "link", "set", "lo", "up")
        run("ip", "-n", ns, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", ns, "addr", "add", f"{OPERATOR}/24", "dev", "br0")
        run("ip", "-n", ns, "link", "set", "br0", "up")
        for host, address in self.hosts.items():
            mine, theirs = self.veth(host), self.ns(host)
            run("ip", "netns", "add", theirs)
            run("ip", "-n", ns, "link", "add", mine, "type", "veth", "peer", "name", "eth0", "netns", theirs)
            run("ip", "-n", ns, "link", "set", mine, "master", "br0", "up")
            run("ip", "-n", theirs, "link", "set", "lo", "up")
            run("ip", "-n", theirs, "addr", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", theirs, "link", "set", "eth0", "up")

    def make_roots(self, base_path):
        for host in self.hosts:
            top = self.dir / "hosts" / host
            top.mkdir(parents=True)
            run("mount", "-t", "tmpfs", "-o", "size=2g,mode=755", "lab-" + self.name, str(top))
            for name in ("upper", "work", "root"):
                (top / name).mkdir()
            self.mount_root(host, base_path)
            root = self.root(host)
            (root / "etc/hostname").write_text(host + "\n")
            (root / "etc/hosts").write_text("127.0.0.1 localhost\n" + "".join(
                f"{a} {h}\n" for h, a in self.hosts.items()))

    def mount_root(self, host, base_path):
        top = self.dir / "hosts" / host
        run("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={base_path},upperdir={top}/upper,workdir={top}/work", str(self.root(host)))

    def make_access(self):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(self.dir / "id_ed25519"))
        public = (self.dir / "id_ed25519.pub").read_text()
        known = ""
        for host, address in self.hosts.items():
            self.make_host_key(host)
            known += f"{address},{host} " + (self.root(host) / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
            ssh = self.root(host) / "home/core/.ssh"
            ssh.mkdir(mode=0o700)
            (ssh / "authorized_keys").write_text(public)
            (ssh / "authorized_keys").chmod(0o600)
            owner = (self.root(host) / "home/core").stat()
            for path in (ssh, ssh / "authorized_keys"):
                os.chown(path, owner.st_uid, owner.st_gid)
        (self.dir / "known_hosts").write_text(known)
        (self.dir / "ssh_config").write_text(
            "".join(f"Host {h}\n  HostName {a}\n" for h, a in self.hosts.items()) +
            f"Host *\n  User core\n  IdentityFile {self.dir}/id_ed25519\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.dir}/known_hosts\n  StrictHostKeyChecking yes\n"
            f"  KexAlgorithms curve25519-sha256\n  LogLevel ERROR\n")

    def make_host_key(self, host):
        key = self.root(host) / "etc/ssh/ssh_host_ed25519_key"
        key.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host, "-f", str(key))

    def write_inventory(self, scale):
        quiet = max(3000, int(20000 * scale))
        poll = min(2000, max(200, int(2000 * scale)))
        (self.dir / "inventory.yaml").write_text(
            "# Written by the lab. The timing is for rehearsals; leave it out for a real cluster.\n"
            f"cluster: {self.name}\nrecoveryHost: master-0\nhosts:\n" +
            "".join(f"  - name: {h}\n    address: {a}\n" for h, a in self.hosts.items()) +
            "ssh:\n  user: core\n  port: 22\n  identityFile: id_ed25519\n  knownHostsFile: known_hosts\n"
            f"timing:\n  poll: {poll}ms\n  csrQuiet: {quiet}ms\n")

    # ---- hosts -----------------------------------------------------------------------------------
    def boot(self, host):
        argv = ["systemd-nspawn", "-q", "-D", str(self.root(host)), "--boot", "--register=no", "--keep-unit",
                f"--network-namespace-path=/run/netns/{self.ns(host)}", "--link-journal=no",
                f"--machine={self.ns(host)}", f"--hostname={host}", "--console=pipe"]
        if self.settings()["etcd_mount"]:  # a disk of its own for etcd, as many clusters have
            disk = self.dir / "hosts" / host / "etcd-disk"
            disk.mkdir(mode=0o700, exist_ok=True)
            argv.append(f"--bind={disk}:/var/lib/etcd")
        log = str(self.dir / f"{host}.console")
        # The host outlives this process, so it is nobody's Popen.
        pid = os.posix_spawnp(argv[0], argv, os.environ, setsid=True, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2)])
        self.remember(pids=self.settings()["pids"] | {host: pid})

    def halt(self, host, how):
        pid = self.settings()["pids"].get(host)
        if how == signal.SIGKILL:
            # Power loss: the host's own init first, so that nothing in it hears of its end.
            for child in children_of(pid):
                end_process(child, "", signal.SIGKILL)
        end_process(pid, f"--machine={self.ns(host)}", how, timeout=30)

    def await_ssh(self, host, timeout=60):
        await_true(lambda: self.ssh(host, "true", check=False).returncode == 0, timeout, f"ssh to {host}", 0.1)

    def ssh_argv(self, host, *command):
        return self.in_operator_ns("ssh", "-F", str(self.dir / "ssh_config"), "-o", "ConnectTimeout=3", host, *command)

    def ssh(self, host, command, check=True, timeout=120):
        return run(*self.ssh_argv(host, command), check=check, timeout=timeout)

    def run_as_root(self, host, command, timeout=60):
        """Runs a shell command as root on a host; returns (code, stdout, stderr)."""
        quoted = "sudo -n sh -c '" + command.replace("'", "'\\''") + "'"
        done = self.ssh(host, quoted, check=False, timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def root_must(self, host, command, timeout=60):
        code, out, err = self.run_as_root(host, command, timeout)
        if code != 0:
            raise LabError(f"on {host}: {command}: ended with {code}: {(err or out).strip()}")
        return out

    # ---- the operator's side ---------------------------------------------------------------------
    def backup(self, to=None):
        target = Path(to) if to else self.dir / "backup"
        if target.exists():
            raise LabError(f"{target} exists already")
        remote = f"/home/core/backup-{int(time.time() * 1000)}"
        self.root_must("master-0", f"/usr/local/bin/cluster-backup.sh {remote} && chown -R core {remote}", 120)
        run(*self.in_operator_ns("scp", "-q", "-F", str(self.dir / "ssh_config"), "-r", f"master-0:{remote}", str(target)))
        self.root_must("master-0", f"rm -r {remote}")  # it has to travel back, as to a host that is new
        return target

    def link(self, host, state):
        if state not in ("up", "down"):
            raise LabError("a link is 'up' or 'down'")
        run("ip", "-n", self.operator_ns, "link", "set", self.veth(self.host_of(host)), state)

    def reboot(self, host, how=signal.SIGTERM):
        self.halt(self.host_of(host), how)
        self.boot(host)
        self.await_ssh(host)

    def lose_quorum(self):
        """All members but the recovery host's lose their data, as when disks are gone, or a single one does; hosts live."""
        for host in list(self.hosts)[1:] or self.hosts:
            self.root_must(host, "rm -rf /var/lib/etcd/member; id=$(crictl ps -q --label "
                                 "io.kubernetes.container.name=etcd); pid=$(crictl inspect $id | jq -r .info.pid); "
                                 "kill -9 $pid")
        config = "/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig"
        await_true(lambda: self.run_as_root("master-0", f"oc --kubeconfig={config} --request-timeout=2s get ns")[0] != 0,
                   60, "the loss of quorum", 0.3)

    def break_(self, what, host=None):
        if what == "lose-quorum":
            self.lose_quorum()
        elif what == "links":
            for name in self.hosts:
                self.link(name, host or "down")
        elif what == "no-sudo":
            (self.root(self.host_of(host)) / "etc/sudoers.d/core").unlink(missing_ok=True)
        elif what == "hostkey":
            self.make_host_key(self.host_of(host))
            # By the host's own init, since ssh no longer trusts the key.
            init = children_of(self.settings()["pids"][host])[0]
            run("nsenter", "-t", str(init), "-a", "-r", "systemctl", "restart", "ssh")
        elif what == "no-script":
            self.root_must(self.host_of(host or "master-0"),
                           "mv /usr/local/bin/cluster-restore.sh /root/cluster-restore.sh.away")
        elif what == "kubelet-pki":
            self.root_must(self.host_of(host), "rm -f /var/lib/kubelet/pki/*.pem /var/lib/kubelet/kubeconfig")
        elif what in ("forget-etcd", "keep-etcd"):
            fault = what.replace("-", ".")  # standins/crio.py
            self.root_must(self.host_of(host), f"mkdir -p /run/lab-crio/faults && touch /run/lab-crio/faults/{fault}")
        elif what == "operator":  # which one stands in the host's place
            self.root_must("master-0", f"python3 -IS /usr/local/lib/restorectl-lab/run.py degrade {shlex.quote(host or '')}")
        elif what in ("ignore-returned", "reserve-names"):
            self.root_must(self.host_of(host or "master-0"),
                           f"mkdir -p /run/restorectl-lab && touch /run/restorectl-lab/{what}")
        elif what == "poweroff":
            self.halt(self.host_of(host), signal.SIGKILL)
            self.link(host, "down")  # its address would answer with a RST otherwise, which no host does that is off
        else:
            raise LabError(f"'{what}' is nothing that the lab can break; see tools/lab/README.md")

    def mend(self, what, host=None):
        if what == "no-sudo":
            path = self.root(self.host_of(host)) / "etc/sudoers.d/core"
            path.write_text("core ALL=(ALL) NOPASSWD: ALL\n")
            path.chmod(0o440)
        elif what == "no-script":
            self.root_must(self.host_of(host or "master-0"),
                           "mv /root/cluster-restore.sh.away /usr/local/bin/cluster-restore.sh")
        elif what == "poweroff":
            self.link(host, "up")
            self.boot(self.host_of(host))
            self.await_ssh(host)
        elif what == "links":
            self.break_("links", "up")
        else:
            raise LabError(f"'{what}' is nothing that the lab can mend")


def children_of(pid):
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def nspawn_pids(mark):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            words = cmdline(entry.name)
            if words.startswith("systemd-nspawn") and mark in words:
                found.append(int(entry.name))
    return found


def mounts_below(directory):
    mounts = []
    with open("/proc/self/mountinfo") as file:
        for line in file:
            place = line.split()[4]
            if place.startswith(str(directory) + "/"):
                mounts.append(place)
    return mounts
