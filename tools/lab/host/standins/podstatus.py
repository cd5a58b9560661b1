"""A pod's status as the kubelet reports it, computed from the runtime's records.

Invariant: a pure function of what is given; the same state gives the same status, so an unchanged
status is never written again.
"""
from . import settings

RUNNING = "CONTAINER_RUNNING"


def _moment(nanoseconds):
    return settings.rfc3339(int(nanoseconds) / 1e9)


def _state(record, waiting):
    """(state, lastState) of one container."""
    if record is None:
        return {"waiting": {"reason": waiting or "PodInitializing"}}, {}
    if record["state"] == RUNNING:
        return {"running": {"startedAt": _moment(record["startedAt"])}}, {}
    ended = {"terminated": {
        "exitCode": record["exitCode"], "reason": record["reason"],
        "startedAt": _moment(record["startedAt"]), "finishedAt": _moment(record["finishedAt"]),
        "containerID": "cri-o://" + record["id"]}}
    if waiting:
        return {"waiting": {"reason": waiting}}, ended
    return ended, {}


def _container_status(worker, container, init):
    record = worker.newest(container["name"])
    state, last = _state(record, worker.waiting.get(container["name"]))
    if init:
        ready = record is not None and record["state"] != RUNNING and record["exitCode"] == 0
    else:
        ready = "running" in state and bool(worker.ready.get(container["name"]))
    return {"name": container["name"], "image": container.get("image", ""),
            "imageID": record["image"] if record else "", "ready": ready,
            "started": "running" in state, "state": state, "lastState": last,
            "restartCount": record["metadata"]["attempt"] if record else 0,
            "containerID": "cri-o://" + record["id"] if record else ""}


def _phase(worker, statuses):
    if worker.pod["spec"].get("restartPolicy") == "Never":
        ended = [status["state"]["terminated"]["exitCode"] for status in statuses
                 if "terminated" in status["state"]]
        if len(ended) == len(statuses):
            return "Failed" if any(ended) else "Succeeded"
    if any(status["containerID"] for status in statuses):
        return "Running"
    return "Pending"


def pod_status(worker):
    """The .status of the worker's pod."""
    spec = worker.pod["spec"]
    statuses = [_container_status(worker, container, False) for container in spec["containers"]]
    inits = [_container_status(worker, container, True)
             for container in spec.get("initContainers", [])]
    ready = bool(statuses) and all(status["ready"] for status in statuses)
    created = [box["createdAt"] for box in worker.sandboxes() if box["id"] == worker.sandbox]
    conditions = [("Initialized", all(status["ready"] for status in inits)), ("Ready", ready),
                  ("ContainersReady", ready), ("PodScheduled", True)]
    status = {"phase": _phase(worker, statuses), "hostIP": settings.ADDRESS,
              "podIP": settings.ADDRESS, "podIPs": [{"ip": settings.ADDRESS}],
              "conditions": [{"type": kind, "status": "True" if value else "False"}
                             for kind, value in conditions],
              "containerStatuses": statuses, "qosClass": "Burstable"}
    if inits:
        status["initContainerStatuses"] = inits
    if created:
        status["startTime"] = _moment(created[0])
    return status
