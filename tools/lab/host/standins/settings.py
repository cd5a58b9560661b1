"""What every stand-in of a host knows: who the hosts are, the scale of time, where things lie.

Invariant: an imitated delay is written in real seconds and passes through scaled(); only delays
that the machine itself needs (a real etcd's election, a process's start) are given as a floor.
"""
import json
import os
import time

ROOT = "/usr/local/lib/restorectl-lab"
LOG_DIR = "/var/log/lab"
FAULT_DIR = "/run/restorectl-lab"
MANIFEST_DIR = "/etc/kubernetes/manifests"
RESOURCE_DIR = "/etc/kubernetes/static-pod-resources"
CA_FILE = "/etc/kubernetes/ca.crt"
RUNTIME_SOCKET = "/run/crio/crio.sock"
ETCD_CERTS = RESOURCE_DIR + "/etcd-certs"
API_PORT = 6443

with open(ROOT + "/settings.json") as _file:
    _settings = json.load(_file)

SCALE = float(_settings["scale"])
HOST = _settings["host"]
ADDRESS = _settings["address"]
HOSTS = _settings["hosts"]
RECOVERY = _settings["recovery"]
# Upstream's kubelet kills no pod of a removed manifest until it has once listed the API's pods.
REMOVAL_NEEDS_API = bool(_settings.get("removal_needs_api", False))


def scaled(seconds, floor=0.0):
    """The imitated delay in this lab's time, never below what the machine itself needs."""
    return max(seconds * SCALE, floor)


def rfc3339(seconds=None):
    """UTC with second precision, as Kubernetes writes metav1.Time."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def rfc3339_micro(seconds=None):
    """UTC with microseconds, as Kubernetes writes metav1.MicroTime."""
    now = time.time() if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".%06dZ" % (now % 1 * 1e6)


def note(counter, *fields):
    """Appends one line to a counter file that tests read; one write, so lines never mix."""
    line = " ".join([rfc3339_micro(), *map(str, fields)]) + "\n"
    fd = os.open(os.path.join(LOG_DIR, counter), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


def be_called(name):
    """Gives this process the name that the real one has, by which /proc is searched for it."""
    with open("/proc/self/comm", "w") as file:
        file.write(name)


def log(message):
    """One line for the journal of the unit."""
    os.write(2, (message + "\n").encode())


def log_error(message):
    """One line as klog writes an error."""
    now = time.time()
    log("E%s.%06d %7d %s" % (time.strftime("%m%d %H:%M:%S", time.gmtime(now)), now % 1 * 1e6,
                             os.getpid(), message))


def has_fault(name):
    """Whether the lab was told to break this (lab.py, break_); a reboot mends it."""
    return os.path.exists(os.path.join(FAULT_DIR, name))
