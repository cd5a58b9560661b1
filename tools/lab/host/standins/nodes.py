"""The node lifecycle controller: a Node without heartbeats becomes NotReady.

Invariant: judges by what it saw change itself, never by comparing clocks of hosts: after a
restore every heartbeat in the API is old, and nobody must be called dead for that.
"""
import time

from . import settings
from .apiclient import ApiError

MONITOR_GRACE_S = 40


class Lifecycle:
    """Remembers when each Node's heartbeat last changed."""

    PERIOD_S = 5.0

    def __init__(self, api):
        self._api = api
        self._seen = {}
        self._checked = 0.0

    def check(self):
        """Marks silent Nodes Unknown; at most once a period."""
        now = time.monotonic()
        if now - self._checked < self.PERIOD_S - 0.1:
            return
        self._checked = now
        for node in self._api.call("GET", "/api/v1/nodes")["items"]:
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

    def _mark(self, node, ready):
        ready.update(status="Unknown", reason="NodeStatusUnknown",
                     message="Kubelet stopped posting node status.",
                     lastTransitionTime=settings.rfc3339())
        try:
            self._api.call("PUT", "/api/v1/nodes/%s/status" % node["metadata"]["name"], node)
        except ApiError as error:
            if error.code not in (404, 409):
                raise
