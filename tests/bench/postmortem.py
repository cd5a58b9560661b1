#!/usr/bin/python3
"""What a postmortem may cost, each figure beside its limit: postmortem.py BUILD_DIRECTORY
A journal of a million facts is a recorded run with one of its waits made long: today's machine decides upon each fact,
as it does for any journal."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/page"))
import journals  # noqa: E402

FACTS, RUNS = 1_000_000, 1_000


def long_journal(path, count):
    """By a process of its own: what is forked from a large one would seem as large."""
    subprocess.run([sys.executable, "-B", __file__, "--make", str(path), str(count)], check=True)


def make(path, count):
    facts = [json.loads(line) for line in (TOP / "tests/histories/lab-undisturbed.jsonl").read_text().splitlines()]
    waits = [i for i, f in enumerate(facts) if f["type"] == "observed" and
             [(n["type"], n["step"]) for n in f["intents"]] == [("look", f["step"])]]
    at = waits[0]
    journals.write(facts[:at] + [facts[at]] * (count - len(facts) + 1) + facts[at + 1:], path)


def timed(argv, env=None):
    """Seconds and the peak of resident memory in MiB."""
    began = time.monotonic()
    pid = os.spawnvpe(os.P_NOWAIT, argv[0], [str(word) for word in argv], os.environ | (env or {}))
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, argv))} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def main():
    if sys.argv[1] == "--make":
        return make(Path(sys.argv[2]), int(sys.argv[3]))
    restorectl = Path(sys.argv[1]).resolve() / "restorectl"
    folder = Path(tempfile.mkdtemp(prefix="restorectl-bench-"))
    good = True
    quiet = os.open(os.devnull, os.O_WRONLY)
    saved = os.dup(1)

    def measure(argv, env=None):
        os.dup2(quiet, 1)
        try:
            return timed(argv, env)
        finally:
            os.dup2(saved, 1)

    try:
        long_journal(folder / "long.jsonl", FACTS)
        seconds, peak = min(measure([restorectl, "replay", folder / "long.jsonl", "--verify"]) for _ in range(3))
        rate = FACTS / seconds
        print(f"replay --verify of {FACTS} facts: {rate / 1000:.0f}k facts/s, {rate / 500_000:.2f} of the limit (at least 1.0); "
              f"peak memory {peak:.0f} MiB (at most 200)")
        good &= rate >= 500_000 and peak <= 200
        state = folder / "state"
        line = (TOP / "tests/histories/lab-undisturbed.jsonl").read_bytes()
        for number in range(RUNS):
            run = state / "runs" / f"20261123t{number:09d}z-0000aaaa"
            run.mkdir(parents=True)
            (run / "journal.jsonl").write_bytes(line)
        seconds, _ = min(measure([restorectl, "runs"], {"RESTORECTL_STATE_DIR": str(state)}) for _ in range(3))
        print(f"runs, a list of {RUNS} of {len(line.splitlines())} facts each: {seconds:.2f} s (at most 1)")
        good &= seconds <= 1
        long_journal(folder / "report.jsonl", 20_000)
        seconds, _ = min(measure([restorectl, "report", folder / "report.jsonl", "-o", folder / "r.html"]) for _ in range(3))
        print(f"report of 20000 facts: {seconds:.2f} s (at most 1)")
        good &= seconds <= 1
    finally:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
