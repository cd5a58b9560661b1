"""The four static pods, as their operators write them.

Invariant: pure functions of (operand, revision, node); the workstation's provisioning and the
hosts' installer pods make byte-identical manifests but for the uid. Real names of pods,
containers, labels.
"""
import hashlib
import json
import uuid
from collections import namedtuple

ROOT = "/usr/local/lib/restorectl-lab"
RESOURCE_DIR = "/etc/kubernetes/static-pod-resources"
ETCD_CERTS = RESOURCE_DIR + "/etcd-certs"

# component: the name in paths; name: the pod's; plural: of the operator's resource.
Operand = namedtuple("Operand", "component name namespace plural kind operator first_revision")
OPERANDS = [
    Operand("etcd", "etcd", "openshift-etcd", "etcds", "Etcd", "etcd", 3),
    Operand("kube-apiserver", "kube-apiserver", "openshift-kube-apiserver", "kubeapiservers",
            "KubeAPIServer", "kube-apiserver", 7),
    Operand("kube-controller-manager", "kube-controller-manager",
            "openshift-kube-controller-manager", "kubecontrollermanagers",
            "KubeControllerManager", "kube-controller-manager", 7),
    Operand("kube-scheduler", "openshift-kube-scheduler", "openshift-kube-scheduler",
            "kubeschedulers", "KubeScheduler", "kube-scheduler", 8),
]
BY_COMPONENT = {operand.component: operand for operand in OPERANDS}
SLEEP = ["/bin/sleep", "infinity"]
# Upstream's shell ignores TERM and is killed after its pod's 30 s; this one takes as long by
# itself, so that the kubelet's grace can have a floor that lets a real etcd end in peace.
IGNORES_TERM = ["/bin/bash", "-c", ". %s/settings.sh; trap 'lab_sleep 30; exit 137' TERM; "
                "while true; do sleep 3600 & wait; done" % ROOT]


def image(name):
    """A pull spec by digest, as release payloads have them."""
    digest = hashlib.sha256(("okd-4.7/" + name).encode()).hexdigest()
    return "quay.io/openshift/okd-content@sha256:" + digest


def standin(name, *arguments):
    """The command of a container that is a Python stand-in."""
    return ["/usr/bin/python3", "-IS", ROOT + "/run.py", name, *arguments]


def env_name(node):
    """The node's name inside variable names of etcd.env."""
    return node.replace("-", "_").replace(".", "_")


def etcdctl_env(node, hosts):
    """ETCDCTL_* of the etcd pods and of etcd.env."""
    return {
        "ETCDCTL_API": "3",
        "ETCDCTL_CACERT": ETCD_CERTS + "/configmaps/etcd-serving-ca/ca-bundle.crt",
        "ETCDCTL_CERT": "%s/secrets/etcd-all-peer/etcd-peer-%s.crt" % (ETCD_CERTS, node),
        "ETCDCTL_KEY": "%s/secrets/etcd-all-peer/etcd-peer-%s.key" % (ETCD_CERTS, node),
        "ETCDCTL_ENDPOINTS": ",".join("https://%s:2379" % host["address"] for host in hosts),
    }


def etcd_env(node, hosts):
    """All variables of etcd.env on that node."""
    env = etcdctl_env(node, hosts)
    env.update({"ALL_ETCD_ENDPOINTS": env["ETCDCTL_ENDPOINTS"], "ETCD_IMAGE": image("etcd"),
                "ETCD_HEARTBEAT_INTERVAL": "100", "ETCD_ELECTION_TIMEOUT": "1000",
                "ETCD_QUOTA_BACKEND_BYTES": str(hosts[0]["etcd_quota"]),
                "ETCD_DATA_DIR": "/var/lib/etcd"})
    for host in hosts:
        prefix = "NODE_%s_" % env_name(host["name"])
        env.update({prefix + "IP": host["address"], prefix + "ETCD_NAME": host["name"],
                    prefix + "ETCD_URL_HOST": host["address"]})
    return env


def _container(name, command, image_name, env=None, **fields):
    """One container; env is a dict."""
    return dict({"name": name, "image": image(image_name), "imagePullPolicy": "IfNotPresent",
                 "command": command, "terminationMessagePolicy": "FallbackToLogsOnError",
                 "resources": {"requests": {"cpu": "10m", "memory": "50Mi"}},
                 "env": [{"name": key, "value": value} for key, value in (env or {}).items()]},
                **fields)


def _etcd(node, hosts):
    env = etcd_env(node, hosts)
    probe = {"tcpSocket": {"port": 2380}, "initialDelaySeconds": 3, "periodSeconds": 5}
    return 30, [
        _container("etcd-ensure-env-vars", ["/bin/sh", "-c", ': "${NODE_%s_IP?not set}"'
                                            % env_name(node)], "etcd", env),
        _container("etcd-resources-copy", ["/bin/sh", ROOT + "/ctr/etcd-resources-copy"],
                   "etcd-operator"),
    ], [
        _container("etcdctl", IGNORES_TERM, "etcd", env),
        _container("etcd", standin("etcd_container"), "etcd", env, readinessProbe=probe),
        _container("etcd-metrics", SLEEP, "etcd", env),
    ]


def _apiserver(_node, _hosts):
    probe = {"httpGet": {"scheme": "HTTPS", "port": 6443, "path": "/readyz"},
             "initialDelaySeconds": 10, "periodSeconds": 10}
    operator = "cluster-kube-apiserver-operator"
    return 135, [
        _container("setup", standin("wait_ports", "0", "6443"), "hyperkube"),
    ], [
        _container("kube-apiserver", standin("apiserver"), "hyperkube", readinessProbe=probe),
        _container("kube-apiserver-cert-syncer", SLEEP, operator),
        _container("kube-apiserver-cert-regeneration-controller", SLEEP, operator),
        _container("kube-apiserver-insecure-readyz", SLEEP, operator),
        _container("kube-apiserver-check-endpoints", SLEEP, operator),
    ]


def _controller_manager(_node, _hosts):
    operator = "cluster-kube-controller-manager-operator"
    probe = {"exec": {"command": ["/bin/true"]}, "initialDelaySeconds": 10}
    return 30, [
        _container("wait-for-host-ports", standin("wait_ports", "20", "10257"), "hyperkube"),
    ], [
        _container("kube-controller-manager", standin("signer"), "hyperkube",
                   readinessProbe=probe),
        _container("cluster-policy-controller", SLEEP, "cluster-policy-controller"),
        _container("kube-controller-manager-cert-syncer", SLEEP, operator),
        _container("kube-controller-manager-recovery-controller", SLEEP, operator),
    ]


def _scheduler(_node, _hosts):
    operator = "cluster-kube-scheduler-operator"
    probe = {"exec": {"command": ["/bin/true"]}, "initialDelaySeconds": 45}
    return 30, [
        _container("wait-for-host-port", standin("wait_ports", "5", "10259"), "hyperkube"),
    ], [
        _container("kube-scheduler", SLEEP, "hyperkube", readinessProbe=probe),
        _container("kube-scheduler-cert-syncer", SLEEP, operator),
        _container("kube-scheduler-recovery-controller", SLEEP, operator),
    ]


_BUILDERS = {"etcd": _etcd, "kube-apiserver": _apiserver,
             "kube-controller-manager": _controller_manager, "kube-scheduler": _scheduler}


def labels(operand, revision):
    """Labels of the operand's pods."""
    if operand.component == "etcd":
        base = {"app": "etcd", "k8s-app": "etcd", "etcd": "true"}
    elif operand.component == "kube-apiserver":
        base = {"app": "openshift-kube-apiserver", "apiserver": "true"}
    else:
        base = {"app": operand.name, operand.component: "true"}
    return dict(base, revision=str(revision))


def static_pod(component, revision, node, hosts, reason=""):
    """One line of JSON with a new uid, as library-go's installer writes it."""
    operand = BY_COMPONENT[component]
    grace, inits, containers = _BUILDERS[component](node, hosts)
    annotations = {"target.workload.openshift.io/management":
                   '{"effect": "PreferredDuringScheduling"}'}
    if component == "kube-apiserver":
        annotations["kubectl.kubernetes.io/default-logs-container"] = "kube-apiserver"
    if reason:
        annotations["lab/force-redeployment-reason"] = reason
    pod = {"kind": "Pod", "apiVersion": "v1",
           "metadata": {"name": operand.name, "namespace": operand.namespace,
                        "uid": str(uuid.uuid4()), "creationTimestamp": None,
                        "labels": labels(operand, revision), "annotations": annotations},
           "spec": {"volumes": [{"name": "resource-dir", "hostPath": {
                        "path": "%s/%s-pod-%d" % (RESOURCE_DIR, component, revision)}}],
                    "initContainers": inits, "containers": containers,
                    "restartPolicy": "Always", "terminationGracePeriodSeconds": grace,
                    "hostNetwork": True, "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}]},
           "status": {}}
    return json.dumps(pod, separators=(",", ":")) + "\n"
