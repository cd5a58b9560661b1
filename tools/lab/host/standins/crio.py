"""The container runtime's stand-in: keeps sandboxes and containers, answers crictl and the kubelet.

Invariant: one thread, no timer while nothing stops; containers outlive it (KillMode=process), and
its successor adopts them from /run/lab-crio. Protocol: one JSON request a line, one JSON answer a
line; after {"op": "subscribe"} the connection carries one line per change of a container.

Two faults of real runtimes can be planted for containers of a name, as files FAULTS/FAULT.NAME: it
"forget"s one when it is asked to stop it, and the process lives on; or it "keep"s listing one as running
whose process has ended, and does not answer who wants it stopped. A restart of the runtime ends both.
"""
import json
import os
import selectors
import shutil
import socket
import time

from . import settings, systemd
from .container import RUNNING, STATE_DIR, Container, forget, load, new_id, save

FAULTS = os.path.join(STATE_DIR, "faults")


class Runtime:
    """Owns the socket, every connection and every container's pidfd."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.buffers = {}
        self.subscribers = set()
        shutil.rmtree(FAULTS, ignore_errors=True)
        self.sandboxes = load("sandboxes")
        self.containers = {}
        if settings.has_fault("reserve-names"):  # a restart forgets what was reserved
            os.unlink(os.path.join(settings.FAULT_DIR, "reserve-names"))
        for record in load("containers").values():
            self._add(Container(record), adopt=True)

    def _add(self, container, adopt=False):
        if adopt:
            container.adopt()
        self.containers[container.record["id"]] = container
        if container.pidfd is not None:
            self.selector.register(container.pidfd, selectors.EVENT_READ, container)

    def listen(self):
        """Opens the socket for root only, as the real one is."""
        os.makedirs(os.path.dirname(settings.RUNTIME_SOCKET), exist_ok=True)
        if os.path.exists(settings.RUNTIME_SOCKET):
            os.unlink(settings.RUNTIME_SOCKET)
        server = socket.socket(socket.AF_UNIX)
        server.bind(settings.RUNTIME_SOCKET)
        os.chmod(settings.RUNTIME_SOCKET, 0o600)
        server.listen(64)
        self.selector.register(server, selectors.EVENT_READ, server)
        return server

    def run(self):
        """Serves until the process is ended."""
        server = self.listen()
        systemd.notify("READY=1")
        while True:
            for key, _ in self.selector.select(self._kill_due()):
                if key.data is server:
                    self._accept(server)
                elif isinstance(key.data, Container):
                    self._reap(key.data)
                else:
                    self._read(key.fileobj)

    def _kill_due(self):
        """Kills what overstayed its grace; returns the seconds until the next one, or None."""
        now, due = time.monotonic(), None
        for container in self.containers.values():
            if container.kill_at is None:
                continue
            if container.kill_at <= now:
                container.kill()
            else:
                due = container.kill_at if due is None else min(due, container.kill_at)
        return None if due is None else due - now

    def _accept(self, server):
        connection, _ = server.accept()
        self.buffers[connection] = b""
        self.selector.register(connection, selectors.EVENT_READ, None)

    def _drop(self, connection):
        self.selector.unregister(connection)
        self.subscribers.discard(connection)
        del self.buffers[connection]
        connection.close()

    def _read(self, connection):
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        self.buffers[connection] += data
        while b"\n" in self.buffers.get(connection, b""):
            line, self.buffers[connection] = self.buffers[connection].split(b"\n", 1)
            answer = self._answer(connection, json.loads(line))
            if answer is not None:
                self._send(connection, answer)

    def _send(self, connection, answer):
        try:
            connection.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self._drop(connection)

    def _answer(self, connection, request):
        if request["op"] == "subscribe":
            self.subscribers.add(connection)
            return {}
        try:
            return getattr(self, "op_" + request["op"])(request)
        except (KeyError, AttributeError) as error:
            return {"error": "%s: %s" % (type(error).__name__, error)}

    def _reap(self, container):
        self.selector.unregister(container.pidfd)
        if container.forgotten or self._has_fault("keep", container):
            container.bury()
            return
        container.reap()
        record = container.record
        settings.log("exited %s %s code %d" % (
            record["metadata"]["name"], record["id"][:13], record["exitCode"]))
        self._tell(record)

    def _has_fault(self, fault, container):
        return os.path.exists(os.path.join(
            FAULTS, "%s.%s" % (fault, container.record["metadata"]["name"])))

    def _tell(self, record):
        for connection in list(self.subscribers):
            self._send(connection, {"id": record["id"], "state": record["state"]})

    def op_list(self, _request):
        """Everything, newest first, without what only inspect and exec need."""
        def newest(record):
            return -int(record["createdAt"])
        records = [{key: value for key, value in container.record.items()
                    if key not in ("env", "argv")} for container in self.containers.values()]
        return {"containers": sorted(records, key=newest),
                "sandboxes": sorted(self.sandboxes.values(), key=newest)}

    def op_inspect(self, request):
        """One container's whole record."""
        return self.containers[request["id"]].record

    def op_run_sandbox(self, request):
        """A sandbox is a record only: the stand-ins share the host's namespaces."""
        record = {"id": new_id(), "metadata": request["metadata"], "state": "SANDBOX_READY",
                  "createdAt": str(time.time_ns()), "labels": request["labels"],
                  "annotations": request["annotations"], "runtimeHandler": ""}
        save("sandboxes", record)
        self.sandboxes[record["id"]] = record
        return {"id": record["id"]}

    def op_stop_sandbox(self, request):
        """Its containers have been stopped by the caller before."""
        record = self.sandboxes[request["id"]]
        record["state"] = "SANDBOX_NOTREADY"
        save("sandboxes", record)
        return {}

    def op_remove_sandbox(self, request):
        """Forgets a sandbox that holds no container any more."""
        forget("sandboxes", self.sandboxes.pop(request["id"]))
        return {}

    def op_start(self, request):
        """Creates and starts a container."""
        if settings.has_fault("reserve-names"):
            return self._name_is_reserved(request)
        container = Container.start(request, self.sandboxes[request["sandbox"]])
        self._add(container)
        self._tell(container.record)
        return {"id": container.record["id"]}

    def _name_is_reserved(self, request):
        """cri-o#3571: it thinks that another container has the name."""
        labels = request["labels"]
        words = 'name "k8s_%s_%s_%s_%s_%d" is reserved for "%s"' % (
            request["metadata"]["name"], labels["io.kubernetes.pod.name"],
            labels["io.kubernetes.pod.namespace"], labels["io.kubernetes.pod.uid"],
            request["metadata"]["attempt"], new_id())
        settings.log('time="%s" level=error msg="%s"' % (
            settings.rfc3339(), words.replace('"', '\\"')))
        return {"error": "rpc error: code = Unknown desc = error reserving ctr: " + words}

    def op_stop(self, request):
        """Asks a container to end within the grace (seconds of this lab's time)."""
        container = self.containers[request["id"]]
        if self._has_fault("forget", container):
            container.forgotten = True
            forget("containers", self.containers.pop(request["id"]).record)
            return {}
        if container.record["state"] == RUNNING and container.pidfd is None:
            return None  # it waits for the end of what has ended
        container.stop(request["grace"])
        return {}

    def op_remove(self, request):
        """Forgets an exited container."""
        container = self.containers[request["id"]]
        if container.record["state"] == RUNNING:
            return {"error": "container is running"}
        forget("containers", container.record)
        del self.containers[request["id"]]
        return {}


def main(_arguments):
    """Runs the service."""
    Runtime().run()
