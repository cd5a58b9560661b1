#!/usr/bin/python3
"""Verifying a snapshot of 1 GiB, beside `openssl dgst -sha256` of the same file in the same run, which is the limit:
the digest has to be read anyway. Usage: backup_verify.py RESTORECTL [MIB]"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from etcd_member import Etcd  # noqa: E402

TIMES = 7
LEAST_RATIO = 0.9
MOST_MIB = 64
VALUE_BYTES = 3_000  # about what an object of a real cluster has


def fill(etcd, mib):
    """Writes until a snapshot has that many MiB: objects of one size, the newest kept."""
    at_once = 350
    for number in range(mib * (1 << 20) // (at_once * (VALUE_BYTES + 200))):
        etcd.transaction([f'put "/kubernetes.io/events/{number}.{i}" "{os.urandom(VALUE_BYTES // 2).hex()}"'
                          for i in range(at_once)])


def run(*argv):
    """Seconds and peak resident MiB of a program."""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{argv}: ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def main():
    restorectl, mib = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    directory = tempfile.mkdtemp(prefix="restorectl-bench-", dir="/var/tmp")
    try:
        etcd = Etcd(directory)
        try:
            etcd.seed()
            fill(etcd, mib)
            backup, status = etcd.backup()
        finally:
            etcd.end()
        shutil.rmtree(Path(directory) / "data")
        snapshot = next(backup.glob("snapshot_*.db"))
        ours, limit, memory = [], [], 0
        for _ in range(TIMES):
            limit.append(run("openssl", "dgst", "-sha256", str(snapshot))[0])
            seconds, peak = run(restorectl, "backup", "verify", str(backup))
            ours.append(seconds)
            memory = max(memory, peak)
        ratio = statistics.median(limit) / statistics.median(ours)
        print(f"{snapshot.stat().st_size >> 20} MiB, {status['totalKey']} keys: restorectl {statistics.median(ours):.2f} s, "
              f"openssl dgst -sha256 {statistics.median(limit):.2f} s: {ratio:.2f} of the limit (at least {LEAST_RATIO}); "
              f"peak memory {memory:.0f} MiB (at most {MOST_MIB})")
        return 0 if ratio >= LEAST_RATIO and memory <= MOST_MIB else 1
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
