"""Writing one revision's directory, /etc/kubernetes/static-pod-resources/<component>-pod-<N>.

Invariant: a directory of the same number is overwritten, as happens after a restore took the
numbers back; the manifest appears among the kubelet's only by rename, after all its files are
there.
"""
import json
import os

from . import manifests

VERSION = "4.7.0-202102130115.p0-0-g1a2b3c4"
# What goes into each revision: (kind/name/file, source below static-pod-resources).
FILES = {
    "etcd": [
        ("configmaps/etcd-serving-ca/ca-bundle.crt", "etcd-certs/configmaps/etcd-serving-ca/"
         "ca-bundle.crt"),
        ("configmaps/etcd-peer-client-ca/ca-bundle.crt", "etcd-certs/configmaps/"
         "etcd-peer-client-ca/ca-bundle.crt"),
        ("secrets/etcd-all-peer/etcd-peer-%(node)s.crt", "etcd-certs/secrets/etcd-all-peer/"
         "etcd-peer-%(node)s.crt"),
        ("secrets/etcd-all-peer/etcd-peer-%(node)s.key", "etcd-certs/secrets/etcd-all-peer/"
         "etcd-peer-%(node)s.key"),
    ],
    "kube-apiserver": [
        ("configmaps/kubelet-serving-ca/ca-bundle.crt", "etcd-certs/configmaps/etcd-serving-ca/"
         "ca-bundle.crt"),
        ("secrets/etcd-client/tls.crt", "etcd-certs/secrets/etcd-all-peer/"
         "etcd-peer-%(node)s.crt"),
        ("secrets/etcd-client/tls.key", "etcd-certs/secrets/etcd-all-peer/"
         "etcd-peer-%(node)s.key"),
        ("secrets/localhost-recovery-serving-certkey/tls.crt", "kube-apiserver-certs/secrets/"
         "serving/tls.crt"),
        ("secrets/localhost-recovery-serving-certkey/tls.key", "kube-apiserver-certs/secrets/"
         "serving/tls.key"),
    ],
    "kube-controller-manager": [
        ("configmaps/serviceaccount-ca/ca-bundle.crt", "etcd-certs/configmaps/etcd-serving-ca/"
         "ca-bundle.crt"),
        ("secrets/service-account-private-key/service-account.key",
         "kube-controller-manager-certs/secrets/csr-signer/tls.key"),
    ],
    "kube-scheduler": [
        ("configmaps/serviceaccount-ca/ca-bundle.crt", "etcd-certs/configmaps/etcd-serving-ca/"
         "ca-bundle.crt"),
        ("secrets/localhost-recovery-client-token/token", "kube-apiserver-certs/secrets/"
         "node-bootstrapper-token"),
    ],
}


def write(path, data, mode=0o600):
    """Writes a file and the directories above it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def write_revision(root, component, revision, node, hosts, reason=""):
    """Writes the directory below root ("" on a host); returns the manifest's text."""
    text = manifests.static_pod(component, revision, node, hosts, reason)
    resources = root + manifests.RESOURCE_DIR
    directory = "%s/%s-pod-%d" % (resources, component, revision)
    own = "%s/configmaps/%s-pod" % (directory, component)
    write(own + "/pod.yaml", json.dumps(json.loads(text), indent=1) + "\n")
    write(own + "/version", VERSION)
    write(own + "/forceRedeploymentReason", reason)
    for target, source in FILES[component]:
        with open("%s/%s" % (resources, source % {"node": node}), "rb") as file:
            write("%s/%s" % (directory, target % {"node": node}), file.read())
    write("%s/%s-pod.yaml" % (directory, component), text, 0o644)
    return text


def install_manifest(root, component, text):
    """Puts the manifest among the kubelet's by rename; the temporary name begins with a dot."""
    directory = root + "/etc/kubernetes/manifests"
    temporary = "%s/.%s-pod.yaml.tmp" % (directory, component)
    write(temporary, text)
    os.rename(temporary, "%s/%s-pod.yaml" % (directory, component))
