"""The demonstration: a cluster is lost, its restore is killed and cut off, and it comes back whole.
Invariant: it ends with 0 only if every check held, and leaves no lab behind unless asked to."""
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from infra.scenario import Scenario, kill  # noqa: E402
from infra.shell import LabError  # noqa: E402

STARTED = time.monotonic()


def say(words):
    print(f"\033[1m[{time.monotonic() - STARTED:6.1f} s] {words}\033[0m" if sys.stdout.isatty()
          else f"[{time.monotonic() - STARTED:6.1f} s] {words}", flush=True)


def restore(scenario):
    say("restorectl start; its driver will be killed in the midst of cluster-restore.sh")
    process = scenario.popen(scenario.start_argv())
    scenario.await_fact(lambda f: f["type"] == "job_progressed" and f["step"] == "run-restore-script",
                        "the restore script's first words", process)
    kill(process)
    say("SIGKILL: the driver is dead, the script goes on at its host; restorectl resume")
    process = scenario.popen(scenario.argv("resume", "--yes"))
    scenario.await_fact(lambda f: any(i["type"] == "look" and i["step"] == "await-etcd-rollout" for i in f["intents"]),
                        "the rollout of etcd", process)
    say("the links to all hosts go down without a word")
    scenario.lab.break_("links", "down")
    scenario.await_fact(lambda f: f["type"] == "link_lost", "restorectl noticing it", process)
    say("restorectl has noticed; the links come up again")
    scenario.lab.break_("links", "up")
    code = process.wait(timeout=300)
    if code != 0:
        raise LabError(f"restorectl ended with {code}")


def main():
    keep = "--keep" in sys.argv
    name = "demo"
    scenario = Scenario(name, Path(sys.argv[1]).resolve(), say=say)
    scenario.lab.down()
    try:
        say("booting three hosts with systemd, sshd and a three-member etcd")
        scenario.prepare()
        say("a backup is taken; an object was made before it and another one after")
        scenario.lose_quorum()
        say("two etcd members have lost their data: no quorum, the API is dead")
        restore(scenario)
        say("checking on the hosts themselves")
        scenario.check_restored()
        say("the object from before is there, the one from after is gone, three members are healthy")
        begun = scenario.check_once()
        scenario.check_nothing_lost()
        say(f"each of {len(begun)} commands that change a host began exactly once; nothing moved is lost")
        verified = scenario.run("replay", "--verify")
        print(verified.stdout + verified.stderr, end="")
        if verified.returncode != 0:
            raise LabError("replay --verify does not hold")
        keep_at = Path("/var/tmp") / f"restorectl-demo-journal-{int(time.time())}"
        subprocess.run(["cp", "-a", str(scenario.run_directory()), str(keep_at)], check=True)
        say(f"done; the journal lies in {keep_at}")
    finally:
        if not keep:
            scenario.lab.down()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(1)
