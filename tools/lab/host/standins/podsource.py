"""The kubelet's file source: static pods of /etc/kubernetes/manifests, seen through inotify.

Invariant: every regular file that does not begin with a dot counts, whatever its extension; a file
that does not parse is reported and never disturbs the others.
"""
import ctypes
import hashlib
import json
import os
import sys

from . import settings

IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE = 0x8, 0x40, 0x80, 0x200
MASK = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE


def open_inotify(directory):
    """A descriptor that becomes readable when something happens in the directory."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if fd < 0 or libc.inotify_add_watch(fd, os.fsencode(directory), MASK) < 0:
        raise OSError(ctypes.get_errno(), "inotify on " + directory)
    return fd


def drain_inotify(fd):
    """Forgets the queued events: the directory itself is read afterwards."""
    try:
        while os.read(fd, 65536):
            pass
    except BlockingIOError:
        pass


def parse(text):
    """JSON as library-go writes it, else YAML; raises ValueError."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    if "/usr/lib/python3/dist-packages" not in sys.path:
        sys.path.append("/usr/lib/python3/dist-packages")
    import yaml
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def static_pod(path, data):
    """The pod of a manifest as the kubelet sees it: host's name added, uid derived if absent."""
    pod = parse(data.decode("utf-8", "replace"))
    if not isinstance(pod, dict) or pod.get("kind") != "Pod" or "metadata" not in pod:
        raise ValueError("couldn't parse as pod(Object 'Kind' is missing)")
    if not pod.get("spec", {}).get("containers"):
        raise ValueError("couldn't parse as pod(spec.containers: Required value)")
    metadata = pod["metadata"]
    digest = hashlib.md5(settings.HOST.encode() + path.encode() + data).hexdigest()
    metadata["uid"] = metadata.get("uid") or digest
    metadata["name"] += "-" + settings.HOST
    metadata.setdefault("namespace", "default")
    annotations = metadata.setdefault("annotations", {})
    annotations["kubernetes.io/config.hash"] = metadata["uid"]
    annotations["kubernetes.io/config.seen"] = settings.rfc3339_micro()
    annotations["kubernetes.io/config.source"] = "file"
    pod["spec"]["nodeName"] = settings.HOST
    pod["static"] = True
    return pod


class FileSource:
    """Reads the directory; keeps what it read so that an unchanged file is not parsed again."""

    def __init__(self):
        self._seen = {}

    def read(self):
        """{path: pod} of all files that parse; complaints go to the log, once per content."""
        pods, seen = {}, {}
        for name in sorted(os.listdir(settings.MANIFEST_DIR)):
            path = os.path.join(settings.MANIFEST_DIR, name)
            if name.startswith(".") or not os.path.isfile(path) or os.path.islink(path):
                continue
            try:
                with open(path, "rb") as file:
                    data = file.read()
            except OSError:
                continue
            if path in self._seen and self._seen[path][0] == data:
                seen[path] = self._seen[path]
            else:
                seen[path] = (data, self._parse(path, data))
            if seen[path][1] is not None:
                pods[path] = seen[path][1]
        self._seen = seen
        return pods

    def _parse(self, path, data):
        try:
            return static_pod(path, data)
        except (ValueError, TypeError, AttributeError) as error:
            settings.log('file.go:187] Can\'t process manifest file "%s": %s: %s, please check '
                         "config file" % (path, path, error))
            return None
