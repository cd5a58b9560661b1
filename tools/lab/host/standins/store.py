"""Objects in etcd: reading, writing with optimistic concurrency, and watching.

Invariant: no cache. What a restored etcd says is what the API says; resourceVersion is the key's
mod_revision and lives only in answers, never in the stored value.
"""
import json
import threading
import time
import uuid

from . import resources, settings
from .etcdkv import Conflict, Etcd, EtcdError

HISTORY = 2000


class Problem(Exception):
    """An answer that is an error: HTTP code, Kubernetes reason, message."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


def not_found(resource, name):
    """The 404 of a named object."""
    group = "." + resource.group if resource.group else ""
    return Problem(404, "NotFound", '%s%s "%s" not found' % (resource.plural, group, name))


def to_object(value, revision):
    """The stored bytes as an answer."""
    item = json.loads(value)
    item["metadata"]["resourceVersion"] = str(revision)
    return item


def to_value(item):
    """An object as stored bytes."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "resourceVersion"}
    return json.dumps(dict(item, metadata=metadata), separators=(",", ":"))


class Store:
    """The operations behind the verbs; every method may raise Problem or EtcdError."""

    def __init__(self):
        self.etcd = Etcd()
        self.last_success = time.monotonic()

    def alive(self):
        """Asks etcd for one key; true when it answered with a quorum behind it."""
        try:
            self.etcd.range("health")
        except EtcdError as error:
            settings.log("etcd: %s" % error)
            return False
        self.last_success = time.monotonic()
        return True

    def get(self, resource, namespace, name):
        """One object."""
        _, found = self.etcd.range(resources.object_key(resource, namespace, name))
        if not found:
            raise not_found(resource, name)
        return to_object(found[0][1], found[0][2])

    def list(self, resource, namespace):
        """(store revision, objects)."""
        revision, found = self.etcd.list(resources.list_prefix(resource, namespace))
        return revision, [to_object(value, mod) for _, value, mod, _ in found]

    def create(self, resource, namespace, item):
        """Completes the metadata and writes an object that must not exist."""
        metadata = item.setdefault("metadata", {})
        if not metadata.get("name"):
            if not metadata.get("generateName"):
                raise Problem(422, "Invalid", "name or generateName is required")
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        if resource.namespaced:
            metadata["namespace"] = namespace
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=settings.rfc3339())
        item.update(apiVersion=resources.api_version(resource), kind=resource.kind)
        if resource.group:
            metadata["generation"] = 1
        try:
            revision = self.etcd.put(resources.object_key(resource, namespace, metadata["name"]),
                                     to_value(item), 0)
        except Conflict:
            raise Problem(409, "AlreadyExists", '%s "%s" already exists'
                          % (resource.plural, metadata["name"])) from None
        metadata["resourceVersion"] = str(revision)
        return item

    def change(self, resource, namespace, name, modify, expected=None):
        """Writes modify(old) if nobody was faster; tries again unless a revision is expected."""
        while True:
            old = self.get(resource, namespace, name)
            revision = int(old["metadata"]["resourceVersion"])
            conflict = Problem(409, "Conflict", 'Operation cannot be fulfilled on %s "%s": the '
                               "object has been modified; please apply your changes to the latest "
                               "version and try again" % (resource.plural, name))
            if expected not in (None, "", str(revision)):
                raise conflict
            new = modify(json.loads(json.dumps(old)))
            keep = ("name", "namespace", "uid", "creationTimestamp", "resourceVersion")
            new["metadata"].update({key: old["metadata"][key] for key in keep
                                    if key in old["metadata"]})
            if new == old:
                return old
            if resource.group and new.get("spec") != old.get("spec"):
                new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
            try:
                revision = self.etcd.put(resources.object_key(resource, namespace, name),
                                         to_value(new), revision)
            except Conflict:
                if expected:
                    raise conflict from None
                continue
            new["metadata"]["resourceVersion"] = str(revision)
            return new

    def delete(self, resource, namespace, name):
        """Removes an object at once; returns it."""
        while True:
            old = self.get(resource, namespace, name)
            try:
                self.etcd.delete(resources.object_key(resource, namespace, name),
                                 int(old["metadata"]["resourceVersion"]))
                return old
            except Conflict:
                continue


class Hub:
    """One etcd watch for all clients' watches, with a short history to start from.

    When etcd's stream ends every client's watch ends too: clients list anew, as after a restore.
    """

    def __init__(self, etcd):
        self._etcd = etcd
        self._changed = threading.Condition()
        self._events = []
        self._first = None
        self._generation = 0
        self._thread = None

    def subscribe(self, revision):
        """Starts the stream if there is none; returns the generation to follow, or raises 410."""
        with self._changed:
            if self._first is None:
                self._first, self._events = revision + 1, []
                self._thread = threading.Thread(
                    target=self._follow, args=(self._generation, revision + 1), daemon=True)
                self._thread.start()
            if revision + 1 < self._first:
                raise Problem(410, "Expired", "too old resource version: %d" % revision)
            return self._generation

    def _follow(self, generation, revision):
        for events in self._etcd.watch(resources.PREFIX, revision):
            if not events:
                continue
            with self._changed:
                self._events.extend(events)
                if len(self._events) > HISTORY:
                    self._events = self._events[-HISTORY // 2:]
                    self._first = self._events[0][3] + 1
                self._changed.notify_all()
        with self._changed:
            self._first, self._generation = None, generation + 1
            self._changed.notify_all()

    def follow(self, generation, prefix, revision, seconds):
        """Yields events after the revision; None after five quiet seconds; ends with the stream."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._changed:
                def fresh():
                    return self._generation != generation or (
                        bool(self._events) and self._events[-1][3] > revision)
                self._changed.wait_for(fresh, min(5.0, max(0.0, deadline - time.monotonic())))
                if self._generation != generation:
                    return
                found = [event for event in self._events if event[3] > revision]
                if found and revision + 1 < self._first:
                    return
            if found:
                revision = found[-1][3]
                for event in found:
                    if event[1].startswith(prefix):
                        yield event
            else:
                yield None


def watch_object(event):
    """(watch type, object) of one etcd event."""
    kind, _, value, mod, create, before = event
    if kind == "DELETE":
        return "DELETED", to_object(before, mod)
    return ("ADDED" if mod == create else "MODIFIED"), to_object(value, mod)



