"""Running commands for the lab. Invariant: a command that fails says which and why; nothing is ended
that this lab did not start, and what it started is known by pid and command line."""
import os
import signal
import subprocess
import time


class LabError(Exception):
    """A failure in words for the person at the terminal."""


def run(*argv, check=True, input=None, timeout=600, env=None):
    done = subprocess.run(argv, capture_output=True, text=True, input=input, timeout=timeout, env=env)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done


def await_true(condition, timeout, what, interval=0.05):
    """Waits until condition() is true; raises LabError past the deadline."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {timeout} s")
        time.sleep(interval)


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def end_process(pid, mark, how=signal.SIGTERM, timeout=10):
    """Ends a process if it still is the one whose command line holds `mark`."""
    def still_there():
        words = cmdline(pid)
        return words != "" and mark in words

    if not pid or not still_there():
        return
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + timeout
    while still_there():
        reap(pid)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += 5
        time.sleep(0.02)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
