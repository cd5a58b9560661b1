#!/usr/bin/python3
"""Records histories in the lab: tests/histories/record.py RESTORECTL DIRECTORY undisturbed|disturbed|cut|finding|lost
       or one that another version began: tests/histories/record.py RESTORECTL DIRECTORY begun-earlier OLDER_RESTORECTL
Invariant: nothing in a history names the machine that it was recorded on, and its lines are as restorectl wrote
them: the workstation has another name while it runs, and all paths are the lab's. See README.md."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/lab"))
from infra.scenario import Scenario, kill  # noqa: E402


def intends(step, kind):
    return lambda fact: any(i["type"] == kind and i.get("step") == step for i in fact["intents"])


def undisturbed(scenario):
    done = scenario.start()
    if done.returncode != 0:
        raise SystemExit(done.stdout[-4000:] + done.stderr)
    scenario.check_once()


def disturbed(scenario):
    """The driver is killed in the midst of a move, the recovery host reboots under the restore script, which is held
    until the operator lets it run once more, and all links go down without a word during the rollout of etcd."""
    def begin(argv):
        return scenario.popen(argv, stdout=subprocess.DEVNULL)

    process = begin(scenario.start_argv())
    scenario.await_fact(intends("move-etcd-manifest", "run_job"), "the first move", process)
    kill(process)
    process = begin(scenario.argv("resume", "--yes"))
    scenario.await_fact(lambda f: f["type"] == "job_progressed", "the restore script's words", process)
    scenario.lab.reboot("master-0")
    if process.wait(timeout=300) != 3:
        raise SystemExit("the restore script is not held")
    process = begin(scenario.argv("resume", "--yes", "--run-again", "run-restore-script"))
    scenario.await_fact(intends("await-etcd-rollout", "look"), "the rollout of etcd", process)
    scenario.lab.break_("links")
    scenario.await_fact(lambda f: f["type"] == "link_lost" and f["step"] == "await-etcd-rollout", "the outage", process)
    scenario.lab.mend("links")
    if process.wait(timeout=300) != 0:
        raise SystemExit("the run did not end well")


def cut(scenario):
    """The driver is killed in the midst of the restore script, and nobody resumes."""
    process = scenario.popen(scenario.start_argv(), stdout=subprocess.DEVNULL)
    scenario.await_fact(lambda f: f["type"] == "job_progressed", "the restore script's words", process)
    kill(process)


def lost(scenario):
    """Two of the three hosts are gone for good, and the survivor is restored alone."""
    words = []
    for host in ("master-1", "master-2"):
        scenario.lab.break_("poweroff", host)
        words += ["--without", host, "--powered-off", host]
    done = scenario.start(*words)
    if done.returncode != 0:
        raise SystemExit(done.stdout[-4000:] + done.stderr)


def begun_earlier(scenario, older):
    """An older version begins the run and is killed in the restore script; this one resumes it to its end."""
    this, scenario.restorectl = scenario.restorectl, str(Path(older).resolve())
    cut(scenario)
    scenario.restorectl = this
    done = scenario.run("resume", "--yes")
    if done.returncode != 0:
        raise SystemExit(done.stdout[-4000:] + done.stderr)


def main():
    restorectl, directory, which, *older = sys.argv[1:]
    if os.environ.get("RECORDED_AS") != "workstation":
        os.execvpe("unshare", ["unshare", "--uts", "sh", "-c", 'hostname workstation && exec "$0" -B "$@"',
                               sys.executable, __file__, *sys.argv[1:]], os.environ | {"RECORDED_AS": "workstation"})
    scenario = Scenario("histories", Path(restorectl).resolve())
    scenario.lab.down()
    try:
        # An operator that was degraded when the backup was taken is a finding at the end.
        scenario.prepare(degraded="machine-config" if which == "finding" else None)
        if which != "lost":
            scenario.lose_quorum()
        {"undisturbed": undisturbed, "disturbed": disturbed, "cut": cut, "finding": undisturbed, "lost": lost,
         "begun-earlier": begun_earlier}[which](scenario, *older)
        if which not in ("cut", "lost"):
            scenario.check_restored()
        shutil.copyfile(scenario.run_directory() / "journal.jsonl", Path(directory) / f"lab-{which}.jsonl")
    finally:
        scenario.lab.down()


if __name__ == "__main__":
    main()
