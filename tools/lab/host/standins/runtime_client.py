"""The client's side of the stand-in runtime's protocol, for crictl and the kubelet.

Invariant: light to import, since crictl is started often; a runtime that does not answer is a
RuntimeDown after the time that crictl's own time-out would take.
"""
import json
import socket
import time

from . import settings

CRICTL_TIMEOUT = 10.0


class RuntimeDown(Exception):
    """The endpoint cannot be reached; str() is the reason."""


class RuntimeClient:
    """One connection; calls are answered in order."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(settings.RUNTIME_SOCKET)
        except OSError as error:
            self._socket.close()
            raise RuntimeDown(str(error)) from error
        self._file = self._socket.makefile("rb")

    @classmethod
    def connect_until(cls, seconds):
        """Tries for so long, as the gRPC client with its deadline does."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return cls()
            except RuntimeDown:
                rest = deadline - time.monotonic()
                if rest <= 0:
                    raise
                time.sleep(min(0.2, rest))

    def give_up_after(self, seconds):
        """From now on a call that is not answered for so long is a RuntimeDown."""
        self._socket.settimeout(seconds)

    def call(self, op, **fields):
        """One request and its answer; raises RuntimeDown when the connection breaks."""
        fields["op"] = op
        try:
            self._socket.sendall(json.dumps(fields).encode() + b"\n")
            line = self._file.readline()
        except OSError as error:
            raise RuntimeDown(str(error)) from error
        if not line:
            raise RuntimeDown("connection closed")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def changes(self):
        """Yields one record per change of a container until the runtime goes."""
        self.call("subscribe")
        for line in self._file:
            yield json.loads(line)
