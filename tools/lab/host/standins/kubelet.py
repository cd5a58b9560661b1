"""kubelet's stand-in: static pods by inotify, pods of the API, garbage collection, sd_notify.

Invariant: a pod is identified by its uid; a pod that comes back with the same uid starts only
when its predecessor is gone. Stopping this process stops no container.
"""
import os
import select
import signal
import threading
import time

from . import podsource, settings, systemd
from .kubelet_api import ApiSync
from .podworker import PodWorker
from .runtime_client import RuntimeClient, RuntimeDown

START_S = 9.6
HOUSEKEEPING_S = 2
RELIST_S = 20
KEEP_DEAD_S = 120


class Kubelet:
    """Shared state: `changed` guards it, and is notified when the runtime or a pod changes."""

    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.runtime_state = {"containers": [], "sandboxes": []}
        self.runtime_version = 0
        self.workers = {}
        self.pending = {}
        self.static = {}
        self.taken_away = set()
        self.api_pods = {}
        self.api_seen = self.api_alive = False
        self.source = podsource.FileSource()
        self._client, self._client_lock = None, threading.Lock()
        self.api = ApiSync(self)

    # The runtime.

    def runtime(self, op, **fields):
        """One call to the runtime; what it changed is visible when it returns."""
        with self._client_lock:
            if self._client is None:
                self._client = RuntimeClient()
            try:
                answer = self._client.call(op, **fields)
            except RuntimeDown:
                self._client = None
                raise
        if op != "list":
            self.refresh()
        return answer

    def refresh(self):
        """Reads the runtime's state anew and wakes everybody."""
        with self.changed:
            self.runtime_state = self.runtime("list")
            self.runtime_version += 1
            self.changed.notify_all()

    def wait(self, predicate, timeout):
        """Waits for a change that satisfies the predicate."""
        with self.changed:
            self.changed.wait_for(predicate, timeout)

    def status_changed(self):
        """A worker saw something that the API should know."""
        self.api.wake.set()

    def _follow_runtime(self):
        while True:
            try:
                client = RuntimeClient.connect_until(60)
                self.refresh()
                for _ in client.changes():
                    self.refresh()
            except RuntimeDown as error:
                settings.log("runtime: %s" % error)
                time.sleep(0.5)

    # Pods.

    def sync_files(self):
        """Compares the manifest directory with what is known and starts and stops pods."""
        found = self.source.read()
        for path, pod in list(self.static.items()):
            if path not in found or found[path]["metadata"]["uid"] != pod["metadata"]["uid"]:
                self._report("REMOVE", path, pod)
                del self.static[path]
                self.stop_pod(pod["metadata"]["uid"])
                if path not in found:
                    self.taken_away.add(path)
        for path, pod in found.items():
            if path in self.taken_away and settings.has_fault("ignore-returned"):
                continue  # kubernetes#107483: until it is restarted, and without a word
            if path not in self.static:
                self._report("ADD", path, pod)
            self.static[path] = pod
            self.start_pod(pod)
        self.status_changed()

    def _report(self, what, path, pod):
        metadata = pod["metadata"]
        settings.log('SyncLoop (%s, "file"): "%s_%s(%s)"' % (
            what, metadata["name"], metadata["namespace"], metadata["uid"]))
        settings.note("kubelet.events", what, os.path.basename(path))

    def start_pod(self, pod):
        """Starts a pod unless it runs; one that is still ending is started after its end."""
        uid = pod["metadata"]["uid"]
        with self.changed:
            worker = self.workers.get(uid)
            if worker is None:
                self.workers[uid] = PodWorker(self, pod)
                self.workers[uid].start()
            elif worker.stopping and pod.get("static"):
                self.pending[uid] = pod

    def stop_pod(self, uid):
        """Asks a pod to end, as far as the kubelet is allowed to decide that now."""
        with self.changed:
            self.pending.pop(uid, None)
            worker = self.workers.get(uid)
        if worker is None or worker.stopping:
            return
        if settings.REMOVAL_NEEDS_API and not self.api_seen:
            settings.log("Failed to delete pod %s, err: skipping delete because sources aren't "
                         "ready yet" % worker.name)
            return
        settings.log('kubelet_pods.go: Killing unwanted pod "%s"' % worker.name)
        worker.terminate()

    def _housekeeping(self):
        """Starts what waited for a predecessor, ends what nobody wants, forgets the dead."""
        with self.changed:
            for uid, worker in list(self.workers.items()):
                if worker.done and (worker.pod.get("static") or uid not in self.api_pods):
                    del self.workers[uid]
            for uid, pod in list(self.pending.items()):
                if uid not in self.workers:
                    del self.pending[uid]
                    self.start_pod(pod)
            wanted = {pod["metadata"]["uid"] for pod in self.static.values()}
            wanted |= set(self.api_pods)
            unwanted = [uid for uid in self.workers if uid not in wanted]
        if self.api_seen:
            for uid in unwanted:
                self.stop_pod(uid)
            self._adopt_orphans(wanted)
        if self.api_alive:
            self._collect()

    def _adopt_orphans(self, wanted):
        """Pods whose manifest went while no kubelet ran: found in the runtime, and ended."""
        for box in self.runtime_state["sandboxes"]:
            uid = box["metadata"]["uid"]
            if box["state"] == "SANDBOX_READY" and uid not in wanted and uid not in self.workers:
                metadata = dict(box["metadata"])
                self.start_pod({"metadata": metadata, "spec": {"containers": []}})
                self.stop_pod(uid)

    def _collect(self):
        """Removes dead containers some minutes after their pod's end; of a live pod, old attempts."""
        border = time.time_ns() - int(settings.scaled(KEEP_DEAD_S, 5.0) * 1e9)
        records = self.runtime_state["containers"]
        last_end, newest, live = {}, set(), set()
        for record in records:
            uid = record["labels"]["io.kubernetes.pod.uid"]
            last_end[uid] = max(last_end.get(uid, 0), int(record["finishedAt"]))
        for record in records:
            uid = record["labels"]["io.kubernetes.pod.uid"]
            key = (uid, record["metadata"]["name"])
            superseded = key in newest
            newest.add(key)
            ended = last_end[uid] if uid not in self.workers else int(record["finishedAt"])
            if record["state"] == "CONTAINER_EXITED" and ended < border and (
                    superseded or uid not in self.workers):
                self.runtime("remove", id=record["id"])
            else:
                live.add(record["podSandboxId"])
        for box in self.runtime_state["sandboxes"]:
            if (box["state"] != "SANDBOX_READY" and box["id"] not in live
                    and int(box["createdAt"]) < border):
                self.runtime("remove_sandbox", id=box["id"])

    # The process.

    def run(self):
        """Runs until SIGTERM."""
        settings.note("kubelet.starts", os.getpid())
        fd = podsource.open_inotify(settings.MANIFEST_DIR)
        threading.Thread(target=self._ready_later, daemon=True).start()
        threading.Thread(target=self._follow_runtime, daemon=True).start()
        self.wait(lambda: self.runtime_version > 0, 10)
        self.api.start()
        settings.log("Starting kubelet main sync loop")
        self.sync_files()
        relist_at = 0.0
        while True:
            busy = self.pending or any(worker.stopping for worker in list(self.workers.values()))
            pause = 0.1 if busy else settings.scaled(HOUSEKEEPING_S, 1.0)
            if select.select([fd], [], [], pause)[0] or time.monotonic() >= relist_at:
                podsource.drain_inotify(fd)
                self.sync_files()
                relist_at = time.monotonic() + settings.scaled(RELIST_S, 2.0)
            try:
                self._housekeeping()
            except (RuntimeDown, RuntimeError) as error:
                settings.log("runtime: %s" % error)

    def _ready_later(self):
        """Type=notify: the caller of systemctl waits as long as cAdvisor takes on a real host."""
        time.sleep(settings.scaled(START_S))
        settings.log("Started kubelet")
        systemd.notify("READY=1")


def main(_arguments):
    """Runs the service."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.makedirs(settings.MANIFEST_DIR, exist_ok=True)
    Kubelet().run()
