"""The objects that a freshly installed cluster has, before its operators and kubelets add theirs.

Invariant: pure; keys and shapes are those of OKD 4.7, so offline readers of a snapshot find the
version and the infrastructure name where a real cluster has them.
"""
import json
import uuid

from .manifests import OPERANDS, SLEEP, image

VERSION = "4.7.0-0.okd-2021-03-28-152009"
PREFIX = "/kubernetes.io/"
NAMESPACES = ["default", "kube-system", "openshift-config", "openshift-etcd-operator",
              "openshift-machine-config-operator"] + [item.namespace for item in OPERANDS]
OTHER_OPERATORS = ["authentication", "machine-config", "network"]


def _object(api_version, kind, name, now, namespace=None, **fields):
    metadata = {"name": name, "uid": str(uuid.uuid4()), "creationTimestamp": now}
    if namespace:
        metadata["namespace"] = namespace
    if "/" in api_version:
        metadata["generation"] = 1
    return dict({"apiVersion": api_version, "kind": kind, "metadata": metadata}, **fields)


def _conditions(now, **values):
    return [{"type": kind, "status": value, "reason": "AsExpected", "lastTransitionTime": now}
            for kind, value in values.items()]


def _operator(operand, nodes, now):
    revision = operand.first_revision
    message = "%d nodes are at revision %d" % (len(nodes), revision)
    conditions = _conditions(now, NodeInstallerProgressing="False", StaticPodsAvailable="True",
                             NodeInstallerDegraded="False")
    conditions[0].update(reason="AllNodesAtLatestRevision", message=message)
    return _object("operator.openshift.io/v1", operand.kind, "cluster", now,
                   spec={"managementState": "Managed", "logLevel": "Normal",
                         "forceRedeploymentReason": ""},
                   status={"latestAvailableRevision": revision, "readyReplicas": 0,
                           "conditions": conditions,
                           "nodeStatuses": [{"nodeName": node, "currentRevision": revision,
                                             "targetRevision": 0} for node in nodes]})


def _cluster_operator(name, now):
    status = {"conditions": _conditions(now, Degraded="False", Progressing="False",
                                        Available="True", Upgradeable="True"),
              "versions": [{"name": "operator", "version": VERSION}]}
    return _object("config.openshift.io/v1", "ClusterOperator", name, now, spec={}, status=status)


def _guard(node, now):
    """A pod of the quorum guard: its container's name is `guard`."""
    name = "etcd-quorum-guard-%s" % uuid.uuid4().hex[:10]
    pod = _object("v1", "Pod", name, now, "openshift-etcd",
                  spec={"nodeName": node, "restartPolicy": "Always",
                        "terminationGracePeriodSeconds": 3,
                        "containers": [{"name": "guard", "image": image("guard"),
                                        "command": SLEEP}]}, status={"phase": "Pending"})
    pod["metadata"]["labels"] = {"k8s-app": "etcd-quorum-guard", "name": "etcd-quorum-guard"}
    return pod


def _config(name, hosts, now):
    """The cluster-wide configuration objects."""
    config = "config.openshift.io/v1"
    conditions = _conditions(now, Available="True", Failing="False", Progressing="False")
    conditions[2]["message"] = "Cluster version is " + VERSION
    infra = "%s-%s" % (name, uuid.uuid4().hex[:5])
    return [
        ("config.openshift.io/clusterversions/version", _object(
            config, "ClusterVersion", "version", now,
            spec={"clusterID": str(uuid.uuid4()), "channel": "stable-4"},
            status={"desired": {"version": VERSION, "image": image("release")},
                    "history": [{"state": "Completed", "version": VERSION, "verified": False,
                                 "image": image("release"), "startedTime": now,
                                 "completionTime": now}],
                    "conditions": conditions})),
        ("config.openshift.io/infrastructures/cluster", _object(
            config, "Infrastructure", "cluster", now, spec={"platformSpec": {"type": "None"}},
            status={"infrastructureName": infra, "platform": "None", "apiServerURL":
                    "https://api.%s.example.org:6443" % name,
                    "controlPlaneTopology": "SingleReplica" if hosts == 1 else "HighlyAvailable"})),
        ("config.openshift.io/proxies/cluster", _object(
            config, "Proxy", "cluster", now, spec={"trustedCA": {"name": ""}}, status={})),
    ]


def initial_objects(name, hosts, now):
    """[(etcd key, JSON value)] of everything that is seeded once."""
    nodes = [host["name"] for host in hosts]
    pairs = _config(name, len(nodes), now)
    for namespace in NAMESPACES:
        pairs.append(("namespaces/" + namespace, _object(
            "v1", "Namespace", namespace, now, spec={"finalizers": ["kubernetes"]},
            status={"phase": "Active"})))
    for operand in OPERANDS:
        pairs.append(("operator.openshift.io/%s/cluster" % operand.plural,
                      _operator(operand, nodes, now)))
        pairs.append(("config.openshift.io/clusteroperators/" + operand.operator,
                      _cluster_operator(operand.operator, now)))
        own = operand.component + "-pod"
        for map_name in (own, "%s-%d" % (own, operand.first_revision)):
            pairs.append(("configmaps/%s/%s" % (operand.namespace, map_name), _object(
                "v1", "ConfigMap", map_name, now, operand.namespace,
                data={"forceRedeploymentReason": "", "version": "4.7.0"})))
    for operator in OTHER_OPERATORS:
        pairs.append(("config.openshift.io/clusteroperators/" + operator,
                      _cluster_operator(operator, now)))
    for node in nodes:
        guard = _guard(node, now)
        pairs.append(("pods/openshift-etcd/" + guard["metadata"]["name"], guard))
    return [(PREFIX + key, json.dumps(item, separators=(",", ":"))) for key, item in pairs]
