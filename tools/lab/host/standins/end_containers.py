"""Ends every container of this boot: TERM for all, a second's patience, KILL for the rest.

Invariant: touches only processes that the runtime's records name and whose start time agrees.
"""
import os
import signal
import time

from .container import RUNNING, load, start_ticks

PATIENCE_S = 1.0


def alive(records):
    """The records whose process still runs."""
    return [record for record in records if record["state"] == RUNNING
            and start_ticks(record["pid"]) == record["startTicks"]]


def send(records, number):
    """Signals each container's session."""
    for record in records:
        try:
            os.killpg(record["pid"], number)
        except ProcessLookupError:
            pass


def main(_arguments):
    """Returns when none is left."""
    records = list(load("containers").values())
    send(alive(records), signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and alive(records):
        time.sleep(0.05)
    send(alive(records), signal.SIGKILL)
    return 0
