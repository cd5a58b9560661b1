"""The life of one pod on a host: sandbox, init containers, containers, restarts, the end.

Invariant: one thread a pod; it acts only on what the runtime says is there, so a restarted kubelet
picks a running pod up without touching its containers.
"""
import json
import threading
import time
import zlib

from . import probes, settings
from .runtime_client import RuntimeDown

BACKOFF_S, BACKOFF_MAX_S, BACKOFF_RESET_S = 10, 300, 600
DEFAULT_GRACE_S = 30
GRACE_FLOOR_S = 5.0
PROBE_READY_S = 10.0
RUNNING = "CONTAINER_RUNNING"


class PodWorker(threading.Thread):
    """Runs until the pod is finished (restartPolicy Never) or terminate() has been carried out."""

    def __init__(self, kubelet, pod):
        super().__init__(daemon=True)
        self.kubelet, self.pod = kubelet, pod
        self.uid = pod["metadata"]["uid"]
        self.name = pod["metadata"]["name"]
        self.stopping = False
        self.done = False
        self.ready = {}
        self.waiting = {}
        self.probe_at = {}
        self.sandbox = None

    # What the runtime knows of this pod.

    def sandboxes(self):
        """This pod's sandboxes, newest first."""
        return [box for box in self.kubelet.runtime_state["sandboxes"]
                if box["metadata"]["uid"] == self.uid]

    def newest(self, name):
        """The newest container record of that name in the current sandbox, or None."""
        for record in self.kubelet.runtime_state["containers"]:
            if (record["podSandboxId"] == self.sandbox and record["metadata"]["name"] == name):
                return record
        return None

    def next_attempt(self, name):
        """Attempts go on counting over sandboxes of the same uid."""
        attempts = [record["metadata"]["attempt"]
                    for record in self.kubelet.runtime_state["containers"]
                    if record["labels"]["io.kubernetes.pod.uid"] == self.uid
                    and record["metadata"]["name"] == name]
        return max(attempts) + 1 if attempts else 0

    # The thread.

    def terminate(self):
        """Asks for the end of the pod; returns at once."""
        with self.kubelet.changed:
            self.stopping = True
            self.kubelet.changed.notify_all()

    def run(self):
        """The whole life."""
        while not self.done:
            try:
                self._live()
                self._end()
            except (RuntimeDown, RuntimeError) as error:
                settings.log_error('pod_workers.go:191] Error syncing pod %s ("%s"), skipping: %s' % (
                    self.uid, self.name, error))
                time.sleep(0.5)

    def _live(self):
        self._find_sandbox()
        for container in self.pod["spec"].get("initContainers", []):
            if not self._run_init(container):
                return
        self._run_containers()

    def _find_sandbox(self):
        boxes = self.sandboxes()
        if boxes and boxes[0]["state"] == "SANDBOX_READY":
            self.sandbox = boxes[0]["id"]
            return
        metadata = self.pod["metadata"]
        labels = dict(metadata.get("labels", {}))
        labels.update({"io.kubernetes.pod.name": self.name, "io.kubernetes.pod.uid": self.uid,
                       "io.kubernetes.pod.namespace": metadata["namespace"]})
        attempt = boxes[0]["metadata"]["attempt"] + 1 if boxes else 0
        annotations = {key: value for key, value in metadata.get("annotations", {}).items()
                       if key.startswith("kubernetes.io/config")}
        self.sandbox = self.kubelet.runtime("run_sandbox", labels=labels, annotations=annotations,
                                            metadata={"name": self.name, "uid": self.uid,
                                                      "namespace": metadata["namespace"],
                                                      "attempt": attempt})["id"]

    def _start(self, container):
        """Starts the next attempt of a container."""
        metadata = self.pod["metadata"]
        attempt = self.next_attempt(container["name"])
        grace = str(self.pod["spec"].get("terminationGracePeriodSeconds", DEFAULT_GRACE_S))
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOSTNAME": settings.HOST, "HOME": "/root", "POD_NAME": self.name}
        env.update({entry["name"]: str(entry.get("value", "")) for entry in
                    container.get("env", [])})
        labels = {"io.kubernetes.container.name": container["name"],
                  "io.kubernetes.pod.name": self.name, "io.kubernetes.pod.uid": self.uid,
                  "io.kubernetes.pod.namespace": metadata["namespace"]}
        checksum = zlib.crc32(json.dumps(container).encode())
        annotations = {"io.kubernetes.container.hash": "%08x" % checksum,
                       "io.kubernetes.container.restartCount": str(attempt),
                       "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
                       "io.kubernetes.container.terminationMessagePolicy":
                           "FallbackToLogsOnError",
                       "io.kubernetes.pod.terminationGracePeriod": grace}
        self.waiting.pop(container["name"], None)
        self.ready[container["name"]] = False
        self.kubelet.runtime(
            "start", sandbox=self.sandbox, image=container.get("image", "none"), labels=labels,
            metadata={"name": container["name"], "attempt": attempt}, annotations=annotations,
            argv=container.get("command", []) + container.get("args", []), env=env)

    def _run_init(self, container):
        """Runs one init container until it succeeds; false when the pod is stopping."""
        name = container["name"]
        while not self.stopping:
            record = self.newest(name)
            if record is None:
                if self._containers_started():
                    return True
                self._start(container)
            elif record["state"] == RUNNING:
                self.kubelet.wait(lambda: self.stopping or self._ended(name), 5)
            elif record["exitCode"] == 0:
                return True
            else:
                self._back_off(name, record)
                if not self.stopping:
                    self._start(container)
        return False

    def _containers_started(self):
        """Whether a main container of this sandbox ever ran: its init containers are history."""
        return any(self.newest(container["name"]) for container in self.pod["spec"]["containers"])

    def _ended(self, name):
        record = self.newest(name)
        return record is not None and record["state"] != RUNNING

    def _back_off(self, name, record):
        """Waits 10, 20, 40 … 300 s between the end of a container and its next start."""
        self.waiting[name] = "CrashLoopBackOff"
        self.kubelet.status_changed()
        self.kubelet.wait(lambda: self.stopping, self._delay(record))

    def _delay(self, record):
        """Seconds (of this lab's time) until the container may start again."""
        ran = (int(record["finishedAt"]) - int(record["startedAt"])) / 1e9
        failures = record["metadata"]["attempt"]
        if ran > settings.scaled(BACKOFF_RESET_S, 60):
            failures = 0
        delay = settings.scaled(min(BACKOFF_S * 2 ** min(failures, 9), BACKOFF_MAX_S), 0.1)
        return max(0.0, int(record["finishedAt"]) / 1e9 + delay - time.time())

    def _run_containers(self):
        """Keeps all containers running until the pod stops or has completed."""
        policy = self.pod["spec"].get("restartPolicy", "Always")
        while not self.stopping:
            pause, running, version = 5.0, False, self.kubelet.runtime_version
            for container in self.pod["spec"]["containers"]:
                record = self.newest(container["name"])
                if record is None:
                    self._start(container)
                    running = True
                elif record["state"] == RUNNING:
                    running = True
                    pause = min(pause, self._probe(container, record))
                else:
                    self.ready[container["name"]] = False
                    if policy == "Never":
                        continue
                    self.waiting[container["name"]] = "CrashLoopBackOff"
                    delay = self._delay(record)
                    if delay <= 0:
                        self._start(container)
                    pause = min(pause, max(delay, 0.02))
                    running = True
            self.kubelet.status_changed()
            if not running:
                self.stopping = True
                return
            self.kubelet.wait(lambda: self.stopping or self.kubelet.runtime_version != version,
                              pause)

    def _predecessor_runs(self):
        """A pod of this name that is still ending listens on our ports and would answer for us."""
        return any(worker is not self and worker.name == self.name and not worker.done
                   for worker in list(self.kubelet.workers.values()))

    def _probe(self, container, record):
        """Asks the readiness probe when it is due; returns the seconds until the next time."""
        name, probe = container["name"], container.get("readinessProbe")
        if probe is None:
            self.ready[name] = True
            return 10.0
        since = time.time() - int(record["startedAt"]) / 1e9
        first = settings.scaled(probe.get("initialDelaySeconds", 0))
        if since < first:
            return first - since
        if self._predecessor_runs():
            return 0.2
        due = self.probe_at.get(record["id"], 0.0) - time.monotonic()
        if due > 0:
            return due
        before, self.ready[name] = self.ready.get(name), probes.succeeds(probe)
        if before != self.ready[name]:
            settings.log('SyncLoop (probe): "%s" container "%s" ready=%s' % (
                self.name, name, self.ready[name]))
        pause = PROBE_READY_S if self.ready[name] else settings.scaled(
            probe.get("periodSeconds", 5), 0.15)
        self.probe_at[record["id"]] = time.monotonic() + pause
        return pause

    def _end(self):
        """Stops what runs, each with the pod's grace, and leaves the sandbox not ready."""
        spec = self.pod["spec"]
        grace = settings.scaled(spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE_S),
                                GRACE_FLOOR_S)
        asked = set()
        while True:
            version = self.kubelet.runtime_version
            running = [record for record in self.kubelet.runtime_state["containers"]
                       if record["labels"]["io.kubernetes.pod.uid"] == self.uid
                       and record["state"] == RUNNING]
            if not running:
                break
            for record in running:
                if record["id"] in asked:
                    continue
                asked.add(record["id"])
                settings.log('Killing container "cri-o://%s" with a %d second grace period'
                             % (record["id"], spec.get("terminationGracePeriodSeconds",
                                                       DEFAULT_GRACE_S)))
                self.kubelet.runtime("stop", id=record["id"], grace=grace)
            self.kubelet.wait(lambda: self.kubelet.runtime_version != version, grace + 1)
        for box in self.sandboxes():
            if box["state"] == "SANDBOX_READY":
                self.kubelet.runtime("stop_sandbox", id=box["id"])
        self.kubelet.refresh()
        with self.kubelet.changed:
            self.ready = {}
            self.done = True
            self.kubelet.changed.notify_all()
        self.kubelet.status_changed()
