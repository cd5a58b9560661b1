"""One container of the stand-in runtime: a host process in a session of its own, and its record.

Invariant: the record on /run is written before anybody is told of a state, so a restarted runtime
knows every container of its predecessor; /run is lost at a reboot, and with it all containers.
"""
import hashlib
import json
import os
import secrets
import signal
import time

from . import settings

STATE_DIR = "/run/lab-crio"
RUNNING, EXITED = "CONTAINER_RUNNING", "CONTAINER_EXITED"


def new_id():
    """64 hex digits, as every container engine names things."""
    return secrets.token_hex(32)


def image_id(image):
    """The same image always has the same id; nothing is pulled."""
    return "sha256:" + hashlib.sha256(image.encode()).hexdigest()


def start_ticks(pid):
    """The kernel's start time of a process, which tells a reused pid; None if it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def save(kind, record):
    """Writes a record by rename: a reader never sees half of one."""
    path = os.path.join(STATE_DIR, kind, record["id"] + ".json")
    with open(path + ".tmp", "w") as file:
        json.dump(record, file)
    os.rename(path + ".tmp", path)


def forget(kind, record):
    """Removes the record of a removed container or sandbox."""
    os.unlink(os.path.join(STATE_DIR, kind, record["id"] + ".json"))


def load(kind):
    """The records that a predecessor on this boot left, by id."""
    directory = os.path.join(STATE_DIR, kind)
    os.makedirs(directory, exist_ok=True)
    records = {}
    for name in os.listdir(directory):
        if name.endswith(".json"):
            with open(os.path.join(directory, name)) as file:
                record = json.load(file)
            records[record["id"]] = record
    return records


class Container:
    """A started process. close() must be called when it is forgotten: it owns a pidfd."""

    def __init__(self, record):
        self.record = record
        self.pidfd = None
        self.kill_at = None
        self.forgotten = False  # nobody is told of it any more, and its process lives

    @classmethod
    def start(cls, request, sandbox):
        """Starts request["argv"]; one that cannot be started is a container that exited 127."""
        meta, labels = request["metadata"], request["labels"]
        directory = "/var/log/pods/%s_%s_%s/%s" % (
            labels["io.kubernetes.pod.namespace"], labels["io.kubernetes.pod.name"],
            labels["io.kubernetes.pod.uid"], meta["name"])
        os.makedirs(directory, exist_ok=True)
        record = {
            "id": new_id(), "podSandboxId": sandbox["id"], "metadata": meta,
            "image": image_id(request["image"]), "imageName": request["image"],
            "state": RUNNING, "createdAt": str(time.time_ns()), "labels": labels,
            "annotations": request["annotations"], "env": request["env"],
            "argv": request["argv"], "logPath": "%s/%d.log" % (directory, meta["attempt"]),
            "startedAt": str(time.time_ns()), "finishedAt": "0", "exitCode": 0, "reason": "",
        }
        self = cls(record)
        self._spawn()
        save("containers", record)
        return self

    def _spawn(self):
        record = self.record
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, record["logPath"], append, 0o640),
                   (os.POSIX_SPAWN_DUP2, 1, 2)]
        try:
            pid = os.posix_spawnp(record["argv"][0], record["argv"], record["env"],
                                  file_actions=actions, setsid=True,
                                  setsigdef=[signal.SIGPIPE, signal.SIGTERM, signal.SIGINT])
        except OSError as error:
            settings.log("start %s: %s" % (record["argv"][0], error))
            record.update(pid=0, state=EXITED, exitCode=127, reason="ContainerCannotRun",
                          finishedAt=str(time.time_ns()))
            return
        record.update(pid=pid, startTicks=start_ticks(pid))
        self.pidfd = os.pidfd_open(pid)

    def adopt(self):
        """Takes over a predecessor's container; its exit code is lost if it is gone already."""
        if self.record["state"] != RUNNING:
            return
        pid = self.record["pid"]
        if start_ticks(pid) == self.record["startTicks"]:
            self.pidfd = os.pidfd_open(pid)
        else:
            self._exited(255)

    def reap(self):
        """To be called when the pidfd is readable: records the end and ends what it left behind."""
        self._exited(self.bury())

    def bury(self):
        """Takes the ended process away; returns its code. The record stays as it is."""
        try:
            info = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED)
            code = info.si_status if info.si_code == os.CLD_EXITED else 128 + info.si_status
        except ChildProcessError:
            code = 255
        try:
            os.killpg(self.record["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.close()
        return code

    def _exited(self, code):
        self.record.update(state=EXITED, exitCode=code, finishedAt=str(time.time_ns()),
                           reason="Completed" if code == 0 else "Error")
        save("containers", self.record)
        self.close()

    def stop(self, grace):
        """Asks to end; kill() is due at kill_at unless it is gone by then."""
        if self.record["state"] != RUNNING:
            return
        if self.kill_at is None:
            self._signal(signal.SIGTERM)
            self.kill_at = time.monotonic() + grace
        else:
            self.kill_at = min(self.kill_at, time.monotonic() + grace)

    def kill(self):
        """What the runtime does at the end of the grace period."""
        self.kill_at = None
        self._signal(signal.SIGKILL)

    def _signal(self, number):
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            pass

    def close(self):
        """Gives the pidfd back."""
        self.kill_at = None
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None
