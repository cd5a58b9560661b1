"""Starts etcd on the directory that the restore pod has just made.

Invariant: a single member with its own peer URL; nothing of the old cluster is asked.
"""
from . import settings
from .etcd_container import PEER_URL, become_etcd


def main(_arguments):
    """Does not return."""
    become_etcd("%s=%s" % (settings.HOST, PEER_URL), "existing")
