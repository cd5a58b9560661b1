"""The four static pod operators' stand-in: one process a host, one thread an operand, one leader.

Invariant: level-triggered; everything it knows lies in the API, so after a restore it goes on
from the snapshot's numbers. A change of forceRedeploymentReason makes exactly one revision, the
same string none.
"""
import os
import signal
import threading
import time

from . import rollout, settings
from .apiclient import Api, ApiDown, ApiError, watch_forever
from .installer import PEM
from .lease import Lease
from .manifests import OPERANDS
from .members import EtcdMembers

LOOP_S = 1.5
STALE_FLOOR_S = 0.5
IDLE_S = 10.0
OPERATOR_PATH = "/apis/operator.openshift.io/v1/%s/cluster"
NODES = "/api/v1/nodes?labelSelector=node-role.kubernetes.io/master"


class Controller(threading.Thread):
    """One operand's operator; acts only while `leading` is set."""

    def __init__(self, operand, leading):
        super().__init__(daemon=True)
        self.operand, self.leading = operand, leading
        self.api = Api(certificate=PEM)
        self.wake = threading.Event()
        self.members = EtcdMembers(self.api) if operand.component == "etcd" else None
        self._noticed = None
        self._clear_failure()

    def _clear_failure(self):
        self._failures = 0
        self._retry_at = 0.0

    def run(self):
        """Syncs whenever something changed, and now and then."""
        self.leading.wait()
        watch_forever(lambda: self.api, "/apis/operator.openshift.io/v1/" + self.operand.plural,
                      self.wake.set)
        watch_forever(lambda: self.api, "/api/v1/namespaces/%s/pods" % self.operand.namespace,
                      self.wake.set)
        while True:
            self.leading.wait()
            try:
                pause = self.sync()
            except (ApiDown, ApiError) as error:
                settings.log("%s: %s" % (self.operand.component, error))
                pause = 0.5
            time.sleep(settings.scaled(LOOP_S, 0.05))
            self.wake.wait(pause)
            self.wake.clear()

    def sync(self):
        """One pass; returns the seconds after which the next one is due at the latest."""
        path = OPERATOR_PATH % self.operand.plural
        item = self.api.get(path)
        if item is None:
            return 1.0
        old = item.get("status", {})
        status = dict(old, nodeStatuses=[dict(entry) for entry in old.get("nodeStatuses", [])])
        pause = self._sync_revision(item, status)
        nodes = [node["metadata"]["name"] for node in self.api.call("GET", NODES)["items"]]
        rollout.sync_nodes(status, nodes)
        busy = self._sync_nodes(status)
        status["conditions"] = rollout.conditions(status, old.get("conditions", []))
        status["observedGeneration"] = item["metadata"].get("generation", 1)
        if status != old:
            item["status"] = status
            self.api.call("PUT", path + "/status", item)
        self._report_operator(status)
        return min(pause, 0.5 if busy else IDLE_S)

    def _sync_revision(self, item, status):
        """Makes a new revision when the reason differs from the latest revision's."""
        reason = item.get("spec", {}).get("forceRedeploymentReason", "")
        name, namespace = self.operand.component + "-pod", self.operand.namespace
        latest = status.get("latestAvailableRevision", 0)
        path = "/api/v1/namespaces/%s/configmaps/" % namespace
        current = self.api.get("%s%s-%d" % (path, name, latest))
        if current and current.get("data", {}).get("forceRedeploymentReason", "") == reason:
            self._noticed = None
            return IDLE_S
        now = time.monotonic()
        if self._noticed is None or self._noticed[0] != reason:
            self._noticed = (reason, now)
        rest = self._noticed[1] + settings.scaled(LOOP_S, STALE_FLOOR_S) - now
        if rest > 0:
            return rest
        data = {"forceRedeploymentReason": reason, "version": "4.7.0", "pod.yaml":
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n" % self.operand.name}
        self.api.put_data(namespace, name, data)
        self.api.put_data(namespace, "%s-%d" % (name, latest + 1), data)
        self.api.put_data(namespace, "revision-status-%d" % (latest + 1), {
            "revision": str(latest + 1), "reason": "configmap/%s has changed" % name})
        status["latestAvailableRevision"] = latest + 1
        settings.note("operator.revisions", self.operand.component, latest + 1, reason)
        self._noticed = None
        return 0.05

    # Rolling out, one node at a time.

    def _sync_nodes(self, status):
        """Moves the rollout on by one step; whether one is under way."""
        latest = status.get("latestAvailableRevision", 0)
        pods = {pod["metadata"]["name"]: pod for pod in self.api.call(
            "GET", "/api/v1/namespaces/%s/pods" % self.operand.namespace)["items"]}
        if self.members:
            self.members.sync_endpoints()
        node = rollout.choose(status, self.operand, pods)
        if node is None:
            return False
        if node["targetRevision"] != latest:
            settings.log("%s: node %s from revision %d to %d because %s" % (
                self.operand.component, node["nodeName"], node["currentRevision"], latest,
                rollout.why(self.operand, node, pods)))
            node["targetRevision"] = latest
            self._clear_failure()
        self._advance(node, latest, pods)
        return True

    def _advance(self, node, revision, pods):
        name = "installer-%d-%s" % (revision, node["nodeName"])
        path = "/api/v1/namespaces/%s/pods" % self.operand.namespace
        installer = pods.get(name)
        static = pods.get("%s-%s" % (self.operand.name, node["nodeName"]))
        if static is not None and rollout.is_at(static, revision):
            if self.members:
                self.members.ensure_member(node["nodeName"], static)
            if rollout.is_ready(static):
                settings.log("%s: node %s is at revision %d" % (
                    self.operand.component, node["nodeName"], revision))
                rollout.succeeded(node, revision)
                self.wake.set()
            return
        if installer is None:
            if time.monotonic() >= self._retry_at:
                self.api.ensure(path, rollout.installer_pod(self.operand, name, node["nodeName"],
                                                            revision))
        elif installer.get("status", {}).get("phase") == "Failed":
            self._failures += 1
            rollout.failed(node, revision, self._failures)
            self._retry_at = time.monotonic() + settings.scaled(10 * self._failures, 0.5)
            self.api.call("DELETE", path + "/" + name)
        elif rollout.is_stale(installer):
            self.api.call("DELETE", path + "/" + name)

    def _report_operator(self, status):
        """Keeps the ClusterOperator in agreement with the operator's own status."""
        path = "/apis/config.openshift.io/v1/clusteroperators/" + self.operand.operator
        item = self.api.get(path)
        if item is None:
            return
        old = item.get("status", {})
        new = dict(old, conditions=rollout.operator_conditions(status, old.get("conditions", [])))
        if new != old:
            self.api.call("PATCH", path + "/status", {"status": new})


def main(_arguments):
    """Runs until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    leading = threading.Event()
    for operand in OPERANDS:
        Controller(operand, leading).start()
    lease = Lease(Api(certificate=PEM))
    while True:
        if lease.step():
            if not leading.is_set():
                settings.log("became leader")
            leading.set()
        else:
            leading.clear()
        time.sleep(lease.duration / 3)
