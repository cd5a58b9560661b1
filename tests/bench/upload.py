#!/usr/bin/python3
"""Uploading 1 GiB, beside scp, rsync and `ssh 'cat >'` with the same cipher in the same run: over loopback, and over a
link with a round trip of 50 ms. Ours has a SHA-256 of each chunk on both sides, and their time is within its own.
Usage: upload.py BUILD_DIRECTORY [loopback|link]. Needs root, since the link joins two network namespaces."""
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = 5
MIB = 1 << 20
CIPHER = "aes128-gcm@openssh.com"
PORT = 2222
LEAST_RATIO = {"loopback": 1.0, "link": 2.0}
DELAY_MS = 25  # each way


class Server:
    """An sshd of its own, with keys of its own, that speaks this one cipher. Ends with the block."""

    def __init__(self, directory, address, netns):
        self.directory, self.address = directory, address
        self.inside = ["ip", "netns", "exec", netns] if netns else []
        for key in ("host", "id"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / key], check=True)
        shutil.copy(directory / "id.pub", directory / "authorized")
        kind, key = (directory / "host.pub").read_text().split()[:2]
        (directory / "known").write_text(f"[{address}]:{PORT} {kind} {key}\n")
        # HOME is empty, lest a login shell's start-up files be measured.
        (directory / "config").write_text(
            f"Port {PORT}\nListenAddress {address}\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\n"
            f"StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nCiphers {CIPHER}\nMaxSessions 100\n"
            f"Subsystem sftp internal-sftp\nSetEnv HOME={directory}\n")

    def __enter__(self):
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen([*self.inside, "/usr/sbin/sshd", "-D", "-q", "-f", self.directory / "config"])
        deadline = time.monotonic() + 10
        while subprocess.run([*self.client_inside(), "ssh", *self.options(), "-p", str(PORT), f"root@{self.address}",
                              "true"], capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                sys.exit("sshd does not answer")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def client_inside(self):
        return ["ip", "netns", "exec", "restorectl-near"] if self.inside else []

    def options(self):
        return ["-q", "-F", "/dev/null", "-i", str(self.directory / "id"), "-o", "IdentitiesOnly=yes",
                "-o", f"UserKnownHostsFile={self.directory}/known", "-o", "GlobalKnownHostsFile=/dev/null",
                "-o", "ConnectTimeout=5"]


@contextlib.contextmanager
def delayed_link(build):
    """Two network namespaces and the program that joins them, while the block lasts."""
    namespaces = ("restorectl-near", "restorectl-far")
    try:
        for netns in namespaces:
            subprocess.run(["ip", "netns", "add", netns], check=True)
            subprocess.run(["ip", "-n", netns, "link", "set", "lo", "up"], check=True)
        with subprocess.Popen([build / "tests/bench/delayed_link", str(DELAY_MS), *namespaces],
                              stdout=subprocess.PIPE, text=True) as process:
            if not process.stdout.readline().startswith("ready"):
                sys.exit("the delayed link does not begin")
            try:
                yield
            finally:
                process.terminate()
                print("the link:", process.communicate()[0].strip())
    finally:
        for netns in namespaces:
            subprocess.run(["ip", "netns", "del", netns], check=False)


def ways(server, build, source):
    """Name, command and stdin of each way to bring the source to the directory `target`."""
    target, host = server.directory / "target", f"root@{server.address}"
    there = f"{target}/{source.name}"
    options, port = server.options(), str(PORT)
    return {
        "restorectl": ([build / "tests/bench/upload_client", "--address", server.address, "--port", port, "--user", "root",
                        "--identity", server.directory / "id", "--known-hosts", server.directory / "known", source, target],
                       None),
        "scp": (["scp", *options, "-P", port, source, f"{host}:{there}"], None),
        "scp -O": (["scp", "-O", *options, "-P", port, source, f"{host}:{there}"], None),
        "rsync -W": (["rsync", "-W", "-e", " ".join(["ssh", "-p", port, *options]), source, f"{host}:{there}"], None),
        "ssh 'cat >'": (["ssh", *options, "-p", port, host, f"cat > {there}"], source),
    }


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def busy():
    """Seconds that this machine's processors have worked, all together."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def one_round(server, build, source, expected, seconds, work):
    target = server.directory / "target"
    for name, (argv, stdin) in ways(server, build, source).items():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        worked, began = busy(), time.monotonic()
        with open(stdin or os.devnull, "rb") as given:
            done = subprocess.run([*server.client_inside(), *argv], stdin=given, check=True, capture_output=True, text=True)
        seconds.setdefault(name, []).append(time.monotonic() - began)
        work.setdefault(name, []).append(busy() - worked)
        if digest(target / source.name) != expected:
            sys.exit(f"{name}: other bytes have arrived")
        if name == "restorectl" and json.loads(done.stdout)["bytes_sent"] != source.stat().st_size:
            sys.exit("restorectl did not send every byte once")


def compare(where, size, server, build, peers):
    source = server.directory / "source"
    with open(source, "wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    expected, seconds, work = digest(source), {}, {}
    with server:
        for _ in range(TIMES):
            one_round(server, build, source, expected, seconds, work)
    began = time.monotonic()
    subprocess.run(["openssl", "dgst", "-sha256", source], check=True, stdout=subprocess.DEVNULL)
    hashing = time.monotonic() - began
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    best = min(peers, key=medians.get)
    ratio = medians[best] / medians["restorectl"]
    print(f"{where}, {size // MIB} MiB, {os.cpu_count()} processors; seconds (and processor seconds of the whole machine): "
          + ", ".join(f"{name} {taken:.2f} ({statistics.median(work[name]):.1f})" for name, taken in medians.items())
          + f"; one SHA-256 of it by openssl {hashing:.2f}")
    print(f"  {ratio:.2f} of {best} (at least {LEAST_RATIO[where]})")
    if where == "loopback":  # both ends are this machine, so what it can do bounds us
        soonest = (statistics.median(work[best]) + 2 * hashing) / os.cpu_count()
        print(f"  with the work of {best} and two SHA-256, each processor busy all the time: {soonest:.2f} s, "
              f"{medians[best] / soonest:.2f} of {best}")
    return ratio >= LEAST_RATIO[where]


def measure(where, build):
    directory = Path(tempfile.mkdtemp(prefix="restorectl-bench-", dir="/dev/shm"))
    try:
        if where == "loopback":
            peers = ("scp", "scp -O", "rsync -W", "ssh 'cat >'")
            return compare(where, 1024 * MIB, Server(directory, "127.0.0.1", None), build, peers)
        with delayed_link(build):
            return compare(where, 256 * MIB, Server(directory, "10.99.0.2", "restorectl-far"), build, ("scp", "scp -O"))
    finally:
        shutil.rmtree(directory)


def main():
    build = Path(sys.argv[1]).resolve()
    results = [measure(where, build) for where in (sys.argv[2:] or LEAST_RATIO)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
