"""The node lifecycle controller: a Node without heartbeats becomes NotReady. And the pod garbage
collector: pods that are bound to a Node that is gone are deleted a while later.

Invariant: judges by what it saw change itself, never by comparing clocks of hosts: after a
restore every heartbeat in the API is old, and nobody must be called dead for that.
"""
import time

from . import settings
from .apiclient import ApiError

MONITOR_GRACE_S = 40
QUARANTINE_S = 40


class Lifecycle:
    """Remembers when each Node's heartbeat last changed."""

    PERIOD_S = 5.0

    def __init__(self, api):
        self._api = api
        self._seen = {}
        self._orphaned = {}
        self._checked = 0.0

    def check(self):
        """Marks silent Nodes Unknown and deletes orphaned pods; at most once a period."""
        now = time.monotonic()
        if now - self._checked < self.PERIOD_S - 0.1:
            return
        self._checked = now
        nodes = self._api.call("GET", "/api/v1/nodes")["items"]
        self._collect({node["metadata"]["name"] for node in nodes}, now)
        for node in nodes:
            name = node["metadata"]["name"]
            ready = next((entry for entry in node.get("status", {}).get("conditions", [])
                          if entry["type"] == "Ready"), None)
            if ready is None:
                continue
            beat = ready["lastHeartbeatTime"]
            if self._seen.get(name, (None,))[0] != beat:
                self._seen[name] = (beat, now)
            elif (now - self._seen[name][1] > settings.scaled(MONITOR_GRACE_S, 12.0)
                  and ready["status"] == "True"):
                self._mark(node, ready)

    def _collect(self, nodes, now):
        """A Node that comes back within the quarantine keeps its pods."""
        orphans = [pod for pod in self._api.call("GET", "/api/v1/pods")["items"]
                   if pod["spec"].get("nodeName") and pod["spec"]["nodeName"] not in nodes]
        gone = {pod["spec"]["nodeName"] for pod in orphans}
        self._orphaned = {name: self._orphaned.get(name, now) for name in gone}
        for pod in orphans:
            if now - self._orphaned[pod["spec"]["nodeName"]] < settings.scaled(QUARANTINE_S, 2.0):
                continue
            metadata = pod["metadata"]
            settings.log("deleting orphaned pod %s/%s" % (metadata["namespace"], metadata["name"]))
            try:
                self._api.call("DELETE", "/api/v1/namespaces/%s/pods/%s" % (
                    metadata["namespace"], metadata["name"]))
            except ApiError as error:
                if error.code != 404:
                    raise

    def _mark(self, node, ready):
        ready.update(status="Unknown", reason="NodeStatusUnknown",
                     message="Kubelet stopped posting node status.",
                     lastTransitionTime=settings.rfc3339())
        try:
            self._api.call("PUT", "/api/v1/nodes/%s/status" % node["metadata"]["name"], node)
        except ApiError as error:
            if error.code not in (404, 409):
                raise
