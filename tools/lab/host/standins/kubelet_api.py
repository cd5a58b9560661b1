"""The kubelet's side of the API: its Node, the mirror pods, the pods bound to it.

Invariant: level-triggered. Each round lists what the API has for this host and makes it agree with
what runs here, so an API that went back in time is put right in one round.
"""
import threading
import time

from . import settings
from .apiclient import Api, ApiDown, ApiError, watch_forever
from .identity import CLIENT_PEM, Identity
from .podstatus import pod_status

HEARTBEAT_S = 10
RETRY_S = 2
MIRROR = "kubernetes.io/config.mirror"
TERMINAL = ("Succeeded", "Failed")
VERSION = "v1.20.0+bafe72f"


class ApiSync(threading.Thread):
    """The thread that talks to the API; set `wake` when something here has changed."""

    def __init__(self, kubelet):
        super().__init__(daemon=True)
        self.kubelet = kubelet
        self.wake = threading.Event()
        self.api = None
        self._identity = Identity()
        self._beat_at = 0.0
        self._complaint = None

    def run(self):
        """Gets an identity, then keeps the API and this host in agreement."""
        self._identity.ensure_client()
        self.api = Api(certificate=CLIENT_PEM)
        watch_forever(lambda: self.api, "/api/v1/pods?fieldSelector=spec.nodeName="
                      + settings.HOST, self.wake.set)
        while True:
            pause = self._round()
            self.wake.wait(pause)
            time.sleep(0.02)
            self.wake.clear()

    def _round(self):
        """One round; returns the seconds until the next one is due."""
        try:
            if time.monotonic() >= self._beat_at:
                self._heartbeat()
                self._beat_at = time.monotonic() + settings.scaled(HEARTBEAT_S, 4.0)
            self._identity.ensure_serving(self.api)
            self._sync()
            if not self.kubelet.api_seen:
                settings.log('SyncLoop (ADD, "api"): %d pods' % len(self.kubelet.api_pods))
            self.kubelet.api_seen = self.kubelet.api_alive = True
            self._complaint = None
            rest = max(0.05, self._beat_at - time.monotonic())
            return min(rest, 0.2) if self._identity.waiting else rest
        except (ApiDown, ApiError) as error:
            self.kubelet.api_alive = False
            if str(error) != self._complaint:
                settings.log("api: %s" % error)
                self._complaint = str(error)
            return settings.scaled(RETRY_S, 0.3)

    # The Node.

    def _heartbeat(self):
        status = self._node_status()
        path = "/api/v1/nodes/" + settings.HOST
        old = self.api.get(path)
        if old is None:
            self.api.ensure("/api/v1/nodes", {
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": settings.HOST, "labels": {
                    "kubernetes.io/hostname": settings.HOST, "kubernetes.io/os": "linux",
                    "node-role.kubernetes.io/master": ""}},
                "spec": {}})
            settings.log("Successfully registered node " + settings.HOST)
            old = self.api.get(path) or {}
        before = {entry["type"]: entry for entry in old.get("status", {}).get("conditions", [])}
        for entry in status["conditions"]:
            known = before.get(entry["type"], {})
            if known.get("status") == entry["status"]:
                entry["lastTransitionTime"] = known["lastTransitionTime"]
        self.api.call("PATCH", path + "/status", {"status": status})

    def _node_status(self):
        now = settings.rfc3339()
        healthy = [("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                   ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                   ("PIDPressure", "False", "KubeletHasSufficientPID"),
                   ("Ready", "True", "KubeletReady")]
        return {"addresses": [{"type": "InternalIP", "address": settings.ADDRESS},
                              {"type": "Hostname", "address": settings.HOST}],
                "nodeInfo": {"kubeletVersion": VERSION, "kubeProxyVersion": VERSION,
                             "containerRuntimeVersion": "cri-o://1.20.2", "architecture": "amd64",
                             "operatingSystem": "linux"},
                "conditions": [{"type": kind, "status": value, "reason": reason,
                                "message": reason, "lastHeartbeatTime": now,
                                "lastTransitionTime": now} for kind, value, reason in healthy]}

    # Pods.

    def _sync(self):
        pods = self.api.call("GET", "/api/v1/pods?fieldSelector=spec.nodeName="
                             + settings.HOST)["items"]
        static = {(pod["metadata"]["namespace"], pod["metadata"]["name"]): pod
                  for pod in list(self.kubelet.static.values())}
        bound, mirrored = {}, set()
        for pod in pods:
            metadata = pod["metadata"]
            key = (metadata["namespace"], metadata["name"])
            if MIRROR not in metadata.get("annotations", {}):
                bound[metadata["uid"]] = pod
            elif self._is_mirror_of(pod, static.get(key)):
                mirrored.add(key)
                self._report(pod, static[key]["metadata"]["uid"])
            else:
                settings.log('mirror_client.go: Deleting a mirror pod "%s_%s"' % key[::-1])
                self._delete(pod)
        for key, pod in static.items():
            if key not in mirrored:
                self._create_mirror(pod)
                self.wake.set()
        self._sync_bound(bound)

    @staticmethod
    def _is_mirror_of(pod, static):
        return (static is not None and pod["metadata"]["annotations"][MIRROR]
                == static["metadata"]["annotations"]["kubernetes.io/config.hash"])

    def _path(self, metadata):
        return "/api/v1/namespaces/%s/pods/%s" % (metadata["namespace"], metadata["name"])

    def _delete(self, pod):
        try:
            self.api.call("DELETE", self._path(pod["metadata"]))
        except ApiError as error:
            if error.code != 404:
                raise

    def _create_mirror(self, static):
        metadata = static["metadata"]
        annotations = dict(metadata["annotations"])
        annotations[MIRROR] = annotations["kubernetes.io/config.hash"]
        self.api.ensure("/api/v1/namespaces/%s/pods" % metadata["namespace"], {
            "apiVersion": "v1", "kind": "Pod", "spec": static["spec"], "status": {
                "phase": "Pending"},
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"],
                         "labels": metadata.get("labels", {}), "annotations": annotations}})

    def _report(self, pod, uid):
        """Writes the pod's status if the API has another one."""
        worker = self.kubelet.workers.get(uid)
        if worker is None:
            return
        with self.kubelet.changed:
            status = pod_status(worker)
        if pod.get("status") != status:
            try:
                self.api.call("PATCH", self._path(pod["metadata"]) + "/status",
                              {"status": dict.fromkeys(set(pod.get("status", {})) - set(status))
                               | status})
            except ApiError as error:
                if error.code != 404:
                    raise

    def _sync_bound(self, bound):
        """Runs the pods that the API bound to this host and ends those it no longer has."""
        gone = set(self.kubelet.api_pods) - set(bound)
        self.kubelet.api_pods = bound
        for uid in gone:
            self.kubelet.stop_pod(uid)
        for uid, pod in bound.items():
            if pod.get("status", {}).get("phase") not in TERMINAL:
                self.kubelet.start_pod(pod)
                self._report(pod, uid)
