#!/usr/bin/python3
"""Resume after SIGKILL, in a lab: from the start of the process to the first command on a host, with its parts.
Usage: resume_latency.py RESTORECTL. When a host began the first command is read from its own sudo log: the clock is
the same machine's."""
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/lab"))
from infra.scenario import Scenario, kill  # noqa: E402
from infra.shell import await_true  # noqa: E402

LIMIT_MS = 300
TIMES = 7


def ms_of(fact):
    return datetime.fromisoformat(fact["time"].replace("Z", "+00:00")).timestamp() * 1000


def measure(scenario):
    before = scenario.fact_count()
    began_ms = time.time() * 1000
    process = scenario.popen(scenario.argv("resume", "--yes"), stdout=subprocess.DEVNULL)
    answers = []

    def answered():
        answers[:] = [f for f in scenario.facts()[before:] if f["type"] in ("observed", "job_ended", "job_found")]
        return bool(answers)

    await_true(answered, 30, "an answer of a host", 0.005)
    kill(process)
    resumed_ms = next(ms_of(f) for f in scenario.facts()[before:] if f["type"] == "resume_asked")
    first_ms = first_command_ms(scenario, began_ms)
    return resumed_ms - began_ms, first_ms - resumed_ms, ms_of(answers[0]) - first_ms


def first_command_ms(scenario, since_ms):
    """The earliest of the hosts' sudo lines since then that is not the lab's own."""
    times = []
    for host in scenario.lab.hosts:
        lines = scenario.lab.root_must(host, "journalctl -t sudo -o short-unix --no-pager -n 200 | grep own_run=")
        times += [float(line.split()[0]) * 1000 for line in lines.splitlines() if float(line.split()[0]) * 1000 >= since_ms]
    return min(times)


def main():
    scenario = Scenario("bench-resume", sys.argv[1], say=lambda words: None)
    scenario.lab.down()
    try:
        scenario.prepare()
        scenario.lose_quorum()
        process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
        scenario.await_fact(lambda f: any(i.get("step") == "await-etcd-rollout" for i in f["intents"]), "the rollout", process)
        kill(process)
        parts = [measure(scenario) for _ in range(TIMES)]
        opened, connected, answered = (statistics.median(p[i] for p in parts) for i in range(3))
        total_ms = statistics.median(p[0] + p[1] for p in parts)
        print(f"resume after SIGKILL, {scenario.fact_count()} facts, median of {TIMES}: {total_ms:.0f} ms to the first command on a host (limit {LIMIT_MS})")
        print(f"  {opened:4.0f} ms  process, journal opened, verified and replayed, resume_asked durable")
        print(f"  {connected:4.0f} ms  SSH connection, key exchange, authentication, sudo")
        print(f"  {answered:4.0f} ms  not counted: the greeting, and the first look's own time until its answer")
        return 0 if total_ms <= LIMIT_MS else 1
    finally:
        scenario.lab.down()


if __name__ == "__main__":
    sys.exit(main())
