"""The decisions of a static pod operator: which node is next, what the conditions say.

Invariant: pure functions; at most one node has a targetRevision, currentRevision only grows.
"""
import calendar
import time

from . import settings
from .manifests import image, standin

STALE_INSTALLER_S = 120


def is_at(pod, revision):
    """Whether a static pod's mirror carries that revision."""
    return pod["metadata"].get("labels", {}).get("revision") == str(revision)


def is_ready(pod):
    """Whether all containers of a pod are ready."""
    return any(entry["type"] == "Ready" and entry["status"] == "True"
               for entry in pod.get("status", {}).get("conditions", []))


def is_stale(installer):
    """An installer that ended long ago while its static pod never came: it has to run again."""
    started = installer.get("status", {}).get("startTime") or (
        installer["metadata"]["creationTimestamp"])
    age = time.time() - calendar.timegm(time.strptime(started, "%Y-%m-%dT%H:%M:%SZ"))
    return (installer.get("status", {}).get("phase") == "Succeeded"
            and age > settings.scaled(STALE_INSTALLER_S, 15))


def sync_nodes(status, names):
    """Every control-plane node gets its entry, with revision 0 when it is new; one whose Node is
    gone loses it. One that is NotReady keeps it, and nothing rolls out past it."""
    status["nodeStatuses"] = [entry for entry in status["nodeStatuses"]
                              if entry["nodeName"] in names]
    known = {entry["nodeName"] for entry in status["nodeStatuses"]}
    for name in names:
        if name not in known:
            status["nodeStatuses"].append({"nodeName": name, "currentRevision": 0,
                                           "targetRevision": 0})


def why(operand, node, pods):
    """The reason for choosing a node, in library-go's words."""
    pod = pods.get("%s-%s" % (operand.name, node["nodeName"]))
    if pod is None:
        return "static pod %s-%s not found" % (operand.name, node["nodeName"])
    return "it is not ready" if not is_ready(pod) else "it is at an older revision"


def choose(status, operand, pods):
    """The node under way, else the next one: without a pod, then not ready, then by name."""
    latest = status.get("latestAvailableRevision", 0)

    def rank(node):
        pod = pods.get("%s-%s" % (operand.name, node["nodeName"]))
        return (0 if pod is None else 1 if not is_ready(pod) else 2, node["nodeName"])

    under_way = [node for node in status["nodeStatuses"] if node["targetRevision"]]
    behind = [node for node in status["nodeStatuses"] if node["currentRevision"] < latest]
    if under_way:
        return under_way[0]
    return min(behind, key=rank) if behind else None


def succeeded(node, revision):
    """Records that a node has reached the revision."""
    node.update(currentRevision=revision, targetRevision=0)
    for key in [key for key in node if key.startswith("lastFailed")]:
        del node[key]


def failed(node, revision, count):
    """Records a failed installer."""
    node.update(lastFailedRevision=revision, lastFailedCount=count,
                lastFailedTime=settings.rfc3339(), lastFailedReason="InstallerFailed",
                lastFailedRevisionErrors=["installer: Error: exit status 1"])


def installer_pod(operand, name, node, revision):
    """The pod that installs a revision on a node."""
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": operand.namespace,
                         "labels": {"app": "installer"}},
            "spec": {"nodeName": node, "restartPolicy": "Never",
                     "terminationGracePeriodSeconds": 30, "serviceAccountName": "installer-sa",
                     "containers": [{"name": "installer", "image": image("operator"),
                                     "command": standin("installer", operand.component,
                                                        str(revision))}]},
            "status": {"phase": "Pending"}}


def revisions_message(status):
    """`1 nodes are at revision 6; 2 nodes are at revision 7`"""
    latest = status.get("latestAvailableRevision", 0)
    current = [node["currentRevision"] for node in status["nodeStatuses"]]
    parts = ["%d nodes are at revision %d" % (current.count(revision), revision)
             for revision in sorted(set(current))]
    if latest not in current:
        parts.append("0 nodes have achieved new revision %d" % latest)
    return "; ".join(parts)


def with_times(conditions, before):
    """lastTransitionTime moves only when a condition's status moves."""
    known = {entry["type"]: entry for entry in before}
    for entry in conditions:
        old = known.get(entry["type"], {})
        same = old.get("status") == entry["status"]
        entry["lastTransitionTime"] = old["lastTransitionTime"] if same else settings.rfc3339()
    return conditions


def _condition(kind, value, reason="", message=""):
    entry = {"type": kind, "status": "True" if value else "False"}
    entry.update({key: text for key, text in (("reason", reason), ("message", message)) if text})
    return entry


def conditions(status, before):
    """The operator's conditions for its node statuses."""
    latest = status.get("latestAvailableRevision", 0)
    nodes = status["nodeStatuses"]
    message = revisions_message(status)
    done = all(node["currentRevision"] == latest for node in nodes)
    active = sum(1 for node in nodes if node["currentRevision"])
    failing = [node for node in nodes if node.get("lastFailedRevision") == latest]
    degraded = "%d nodes are failing on revision %d:\n%s" % (
        len(failing), latest, "".join("%s: installer: Error: exit status 1\n" % node["nodeName"]
                                      for node in failing))
    return with_times([
        _condition("NodeInstallerProgressing", not done,
                   "AllNodesAtLatestRevision" if done else "", message),
        _condition("StaticPodsAvailable", active > 0, "" if active else "ZeroNodesActive",
                   "%d nodes are active; %s" % (active, message)),
        _condition("NodeInstallerDegraded", bool(failing),
                   "InstallerPodFailed" if failing else "", degraded if failing else ""),
    ], before)


def operator_conditions(status, before):
    """The ClusterOperator's conditions."""
    own = {entry["type"]: entry for entry in status["conditions"]}
    progressing = own["NodeInstallerProgressing"]
    rolling = progressing["status"] == "True"
    degraded = own["NodeInstallerDegraded"]["status"] == "True"
    return with_times([
        _condition("Degraded", degraded, "NodeInstaller_InstallerPodFailed" if degraded
                   else "AsExpected", "NodeInstallerDegraded: installers failed" if degraded
                   else "NodeControllerDegraded: All master nodes are ready"),
        _condition("Progressing", rolling, "NodeInstaller" if rolling else "AsExpected",
                   "NodeInstallerProgressing: " + progressing["message"]),
        _condition("Available", own["StaticPodsAvailable"]["status"] == "True", "AsExpected",
                   "StaticPodsAvailable: " + own["StaticPodsAvailable"]["message"]),
        _condition("Upgradeable", True, "AsExpected", "All is well"),
    ], before)
