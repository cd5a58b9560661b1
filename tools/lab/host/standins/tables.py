"""What `oc get` prints: the server-side Table of each kind.

Invariant: column names and cell texts are those of Kubernetes 1.20 and OpenShift 4.7, because
people and scripts grep them.
"""
import calendar
import time


def age(moment, now=None):
    """duration.HumanDuration since an RFC3339 time."""
    if not moment:
        return "<unknown>"
    then = calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S"))
    seconds = max(0, int((time.time() if now is None else now) - then))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return "%ds" % seconds
    if minutes < 10:
        return "%dm%ds" % (minutes, seconds % 60) if seconds % 60 else "%dm" % minutes
    if minutes < 180:
        return "%dm" % minutes
    if hours < 8:
        return "%dh%dm" % (hours, minutes % 60) if minutes % 60 else "%dh" % hours
    if hours < 48:
        return "%dh" % hours
    return "%dd" % days


def condition(item, kind, field="status", default="Unknown"):
    """One field of the condition of that type."""
    for entry in item.get("status", {}).get("conditions", []):
        if entry["type"] == kind:
            return entry.get(field, default)
    return default


def created(item):
    """The AGE cell."""
    return age(item["metadata"].get("creationTimestamp"))


def _pod(item):
    statuses = item.get("status", {}).get("containerStatuses", [])
    total = len(item.get("spec", {}).get("containers", []))
    reason = item.get("status", {}).get("phase", "Pending")
    if reason == "Succeeded":
        reason = "Completed"
    for status in statuses:
        waiting = status.get("state", {}).get("waiting", {}).get("reason")
        if waiting:
            reason = waiting
    ready = sum(1 for status in statuses if status.get("ready"))
    return ["%d/%d" % (ready, total), reason,
            sum(status.get("restartCount", 0) for status in statuses), created(item)]


def _node(item):
    ready = "Ready" if condition(item, "Ready") == "True" else "NotReady"
    roles = sorted(key.rpartition("/")[2] for key in item["metadata"].get("labels", {})
                   if key.startswith("node-role.kubernetes.io/"))
    version = item.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", "")
    return [ready, ",".join(roles) or "<none>", created(item), version]


def _csr(item):
    kinds = [entry["type"] for entry in item.get("status", {}).get("conditions", [])]
    state = "Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"
    if item.get("status", {}).get("certificate"):
        state += ",Issued"
    return [created(item), item["spec"]["signerName"], item["spec"].get("username", ""), state]


def _operator(item):
    versions = {entry["name"]: entry["version"]
                for entry in item.get("status", {}).get("versions", [])}
    return [versions.get("operator", "")] + [
        condition(item, kind) for kind in ("Available", "Progressing", "Degraded")] + [
        age(condition(item, "Available", "lastTransitionTime", ""))]


def _version(item):
    status = item.get("status", {})
    return [status.get("desired", {}).get("version", ""), condition(item, "Available"),
            condition(item, "Progressing"),
            age(condition(item, "Progressing", "lastTransitionTime", "")),
            condition(item, "Progressing", "message", "")]


def _data(item):
    return [len(item.get("data", {})), created(item)]


TABLES = {
    "Pod": (("Ready", "Status", "Restarts", "Age"), _pod),
    "Node": (("Status", "Roles", "Age", "Version"), _node),
    "CertificateSigningRequest": (("Age", "SignerName", "Requestor", "Condition"), _csr),
    "ClusterOperator": (("Version", "Available", "Progressing", "Degraded", "Since"), _operator),
    "ClusterVersion": (("Version", "Available", "Progressing", "Since", "Status"), _version),
    "ConfigMap": (("Data", "Age"), _data),
    "Secret": (("Type", "Data", "Age"),
               lambda item: [item.get("type", "Opaque")] + _data(item)),
    "Namespace": (("Status", "Age"),
                  lambda item: [item.get("status", {}).get("phase", "Active"), created(item)]),
    "Lease": (("Holder", "Age"),
              lambda item: [item["spec"].get("holderIdentity", ""), created(item)]),
}


def table(kind, items, list_metadata):
    """A meta.k8s.io/v1 Table of the items."""
    columns, cells = TABLES.get(kind, (("Age",), lambda item: [created(item)]))
    return {
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": list_metadata,
        "columnDefinitions": [
            {"name": name, "type": "string", "format": "name" if name == "Name" else "",
             "description": "", "priority": 0} for name in ("Name",) + columns],
        "rows": [{"cells": [item["metadata"]["name"]] + cells(item),
                  "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                             "metadata": item["metadata"]}} for item in items],
    }
