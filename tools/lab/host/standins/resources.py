"""The resources that the API server's stand-in serves, and where each lies in etcd.

Invariant: keys are OpenShift's own (/kubernetes.io/…), so tools that read a snapshot offline find
ClusterVersion and Infrastructure where a real cluster has them. Values are JSON.
"""
from collections import namedtuple

PREFIX = "/kubernetes.io/"

# status: whether .status is written through the /status sub-resource only.
Resource = namedtuple("Resource", "group version plural kind namespaced status short key")


def _resource(group, plural, kind, namespaced, status, short=(), key=None, version="v1"):
    path = key or (plural if not group or group.endswith("k8s.io") else group + "/" + plural)
    return Resource(group, version, plural, kind, namespaced, status, short, PREFIX + path + "/")


OPERATOR, CONFIG = "operator.openshift.io", "config.openshift.io"
RESOURCES = [
    _resource("", "namespaces", "Namespace", False, True, ("ns",)),
    _resource("", "configmaps", "ConfigMap", True, False, ("cm",)),
    _resource("", "secrets", "Secret", True, False),
    _resource("", "pods", "Pod", True, True, ("po",)),
    _resource("", "nodes", "Node", False, True, ("no",), key="minions"),
    _resource("", "events", "Event", True, False, ("ev",)),
    _resource("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest",
              False, True, ("csr",)),
    _resource("coordination.k8s.io", "leases", "Lease", True, False),
    _resource(OPERATOR, "etcds", "Etcd", False, True),
    _resource(OPERATOR, "kubeapiservers", "KubeAPIServer", False, True),
    _resource(OPERATOR, "kubecontrollermanagers", "KubeControllerManager", False, True),
    _resource(OPERATOR, "kubeschedulers", "KubeScheduler", False, True),
    _resource(CONFIG, "clusteroperators", "ClusterOperator", False, True, ("co",)),
    _resource(CONFIG, "clusterversions", "ClusterVersion", False, False),
    _resource(CONFIG, "infrastructures", "Infrastructure", False, False),
    _resource(CONFIG, "proxies", "Proxy", False, False),
]
BY_PATH = {(item.group, item.version, item.plural): item for item in RESOURCES}
GROUPS = sorted({item.group for item in RESOURCES if item.group})
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


def api_version(resource):
    """apiVersion of its objects."""
    return (resource.group + "/" if resource.group else "") + resource.version


def object_key(resource, namespace, name):
    """Where one object lies in etcd."""
    return resource.key + (namespace + "/" if resource.namespaced else "") + name


def list_prefix(resource, namespace):
    """What the keys of a list begin with; namespace None lists all of them."""
    return resource.key + (namespace + "/" if namespace else "")


def group_document(group):
    """APIGroup for discovery."""
    version = {"groupVersion": group + "/v1", "version": "v1"}
    return {"kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": [version],
            "preferredVersion": version}


def resource_list(group, version):
    """APIResourceList of one group and version; None when there is no such group."""
    found = [item for item in RESOURCES if (item.group, item.version) == (group, version)]
    if not found:
        return None
    documents = []
    for item in found:
        base = {"namespaced": item.namespaced, "kind": item.kind, "verbs": VERBS}
        documents.append(dict(base, name=item.plural, singularName=item.kind.lower(),
                              shortNames=list(item.short)))
        if item.status:
            documents.append(dict(base, name=item.plural + "/status", singularName="",
                                  verbs=["get", "patch", "update"]))
    if group == "certificates.k8s.io":
        documents.append({"name": "certificatesigningrequests/approval", "singularName": "",
                          "namespaced": False, "kind": "CertificateSigningRequest",
                          "verbs": ["get", "patch", "update"]})
    return {"kind": "APIResourceList", "apiVersion": "v1", "resources": documents,
            "groupVersion": (group + "/" if group else "") + version}


def discovery(path):
    """The document of a discovery path, or None."""
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1",
                "groups": [group_document(group) for group in GROUPS]}
    parts = path.strip("/").split("/")
    if parts == ["api", "v1"]:
        return resource_list("", "v1")
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in GROUPS:
        return group_document(parts[1])
    if parts[0] == "apis" and len(parts) == 3:
        return resource_list(parts[1], parts[2])
    return None
