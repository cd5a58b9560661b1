"""Writes the initial objects into the new etcd, once in the life of a lab.

Invariant: one transaction; where the first key exists already nothing is written, so a second
run, or a run after a restore, changes nothing.
"""
import json
import time

from . import settings
from .etcdkv import Etcd, EtcdError

OBJECTS = settings.ROOT + "/initial-objects.json"
DEADLINE_S = 120


def main(_arguments):
    """Waits for etcd's quorum; returns the exit code."""
    with open(OBJECTS) as file:
        pairs = [tuple(pair) for pair in json.load(file)]
    etcd = Etcd()
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            if not etcd.range(pairs[0][0])[1]:
                etcd.put_all(pairs)
            return 0
        except EtcdError:
            time.sleep(0.1)
    settings.log("etcd did not come up")
    return 1
