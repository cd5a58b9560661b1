"""Makes lab hosts out of bare file systems: stand-ins, certificates, manifests, units.

Invariant: provision() only writes below each host's root and the lab's own directory, and leaves
a host that, once booted, forms the cluster by itself; wait_healthy() only looks.
"""
import base64
import compileall
import json
import os
import secrets
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import pki  # noqa: E402
from standins import kubeconfig, manifests, objects, revisions  # noqa: E402

LIB = manifests.ROOT
UNITS = ("crio", "kubelet", "lab-operators", "lab-containers", "lab-seed")
MASKED = ("etcd.service",)
HOST_PYTHON = (3, 11)
API_CERTS = manifests.RESOURCE_DIR + "/kube-apiserver-certs/secrets"
ADMIN_PEM = API_CERTS + "/control-plane-node-admin-client-cert-key/tls.pem"
CA_FILE = "/etc/kubernetes/ca.crt"
HEALTHY_S, HEALTHY_SCALED_S = 60, 240

SETTINGS_SH = """# What the lab's shell scripts know of their host.
# Invariant: imitated delays pass through lab_sleep.
LAB_SCALE=%(scale)s
LAB_HOST=%(host)s
LAB_ADDRESS=%(address)s
LAB_ENV_NAME=%(env_name)s

# lab_sleep SECONDS [FLOOR]: the imitated delay in the lab's time.
lab_sleep() {
    sleep "$(awk -v s="$1" -v f="${2:-0}" -v k="$LAB_SCALE" \\
        'BEGIN { t = s * k; print (t < f) ? f : t }')"
}
"""

RESTORE_POD = """apiVersion: v1
kind: Pod
metadata:
  name: etcd
  namespace: openshift-etcd
  labels:
    app: etcd
    k8s-app: etcd
    etcd: "true"
    revision: "%(revision)d"
spec:
  containers:
  - name: etcd
    image: %(image)s
    imagePullPolicy: IfNotPresent
    terminationMessagePolicy: FallbackToLogsOnError
    command:
    - /bin/sh
    - %(lib)s/ctr/restore-etcd
    resources:
      requests:
        memory: 600Mi
        cpu: 300m
    readinessProbe:
      tcpSocket:
        port: 2380
      failureThreshold: 3
      initialDelaySeconds: 3
      periodSeconds: 5
    securityContext:
      privileged: true
    env:
%(env)s
  hostNetwork: true
  restartPolicy: Always
  terminationGracePeriodSeconds: 30
  priorityClassName: system-node-critical
  tolerations:
  - operator: Exists
"""


def _read(path):
    with open(path, "rb") as file:
        return file.read()


class HostWriter:
    """Writes into one host's root."""

    def __init__(self, spec, host, authority, token):
        self.spec, self.host, self.authority, self.token = spec, host, authority, token
        self.root, self.name = host["root"], host["name"]
        self.hosts = [{key: item[key] for key in ("name", "address", "etcd_quota")}
                      for item in spec["hosts"]]

    def write(self, path, data, mode=0o600):
        """Writes one file of the host."""
        revisions.write(self.root + path, data, mode)

    def everything(self):
        """The whole host."""
        self.library()
        self.units()
        self.certificates()
        self.kubeconfigs()
        self.etcd_scripts()
        self.pods()

    def library(self):
        """Stand-ins, tools, settings."""
        target = self.root + LIB
        shutil.copytree(os.path.join(self.spec["dir"], "standins"), target + "/standins",
                        dirs_exist_ok=True)
        for script in sorted(os.listdir(os.path.join(HERE, "files", "ctr"))):
            self.write("%s/ctr/%s" % (LIB, script), _read("%s/files/ctr/%s" % (HERE, script)),
                       0o755)
        self.write(LIB + "/run.py", _read(HERE + "/files/run.py"), 0o755)
        self.write("/usr/bin/crictl", _read(HERE + "/files/crictl"), 0o755)
        self.write("/usr/bin/oc", _read(HERE + "/files/oc"), 0o755)
        self.write("/etc/crictl.yaml", "runtime-endpoint: unix:///run/crio/crio.sock\n"
                   "timeout: 10\n", 0o644)
        self.write(LIB + "/settings.json", json.dumps({
            "scale": self.spec["scale"], "host": self.name, "address": self.host["address"],
            "hosts": self.hosts, "recovery": self.spec["recovery"],
            "removal_needs_api": bool(self.spec.get("removal_needs_api"))}, indent=1), 0o644)
        self.write(LIB + "/settings.sh", SETTINGS_SH % {
            "scale": self.spec["scale"], "host": self.name, "address": self.host["address"],
            "env_name": manifests.env_name(self.name)}, 0o644)
        for directory in ("/var/log/lab", "/var/lib/restorectl-lab", "/etc/kubernetes/manifests"):
            os.makedirs(self.root + directory, exist_ok=True)

    def units(self):
        """systemd units, enabled; Debian's own etcd must not run."""
        directory = self.root + "/etc/systemd/system"
        wants = directory + "/multi-user.target.wants"
        os.makedirs(wants, exist_ok=True)
        for unit in UNITS:
            if unit == "lab-seed" and self.name != self.spec["recovery"]:
                continue
            self.write("/etc/systemd/system/%s.service" % unit,
                       _read("%s/files/units/%s.service" % (HERE, unit)), 0o644)
            self._link("../%s.service" % unit, "%s/%s.service" % (wants, unit))
        for unit in MASKED:
            self._link("/dev/null", "%s/%s" % (directory, unit))

    @staticmethod
    def _link(target, path):
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)

    def _pair(self, directory, base, name):
        certificate, key = self.authority.read(name)
        self.write("%s/%s.crt" % (directory, base), certificate, 0o600)
        self.write("%s/%s.key" % (directory, base), key, 0o600)

    def certificates(self):
        """etcd's and the API server's TLS, the signer, the kubelet's PKI."""
        ca_pem = _read(self.authority.crt("ca"))
        self.write(CA_FILE, ca_pem, 0o644)
        for name in ("etcd-serving-ca", "etcd-peer-client-ca", "etcd-metrics-proxy-serving-ca"):
            self.write("%s/configmaps/%s/ca-bundle.crt" % (manifests.ETCD_CERTS, name), ca_pem,
                       0o644)
        for host in self.hosts:
            for kind, source in (("peer", "peer"), ("serving", "serving"),
                                 ("serving-metrics", "serving")):
                self._pair("%s/secrets/etcd-all-%s" % (manifests.ETCD_CERTS, kind),
                           "etcd-%s-%s" % (kind, host["name"]),
                           "etcd-%s-%s" % (source, host["name"]))
        self._pair(API_CERTS + "/serving", "tls", "apiserver-" + self.name)
        self._pair(manifests.RESOURCE_DIR + "/kube-controller-manager-certs/secrets/csr-signer",
                   "tls", "ca")
        self.write(API_CERTS + "/node-bootstrapper-token", self.token + "\n")
        self.write(ADMIN_PEM, b"".join(self.authority.read("admin")))
        for kind in ("client", "server"):
            dated = "/var/lib/kubelet/pki/kubelet-%s-%s.pem" % (
                kind, time.strftime("%Y-%m-%d-%H-%M-%S"))
            self.write(dated, b"".join(self.authority.read("kubelet-%s-%s" % (kind, self.name))))
            self._link(dated, "%s/var/lib/kubelet/pki/kubelet-%s-current.pem" % (self.root, kind))

    def kubeconfigs(self):
        """The node kubeconfigs, the kubelet's and the bootstrap one."""
        recovery = next(host for host in self.hosts if host["name"] == self.spec["recovery"])
        balanced = "https://%s:6443" % recovery["address"]
        for name, server in (("localhost", "https://localhost:6443"),
                             ("localhost-recovery", "https://localhost:6443"),
                             ("lb-int", balanced), ("lb-ext", balanced)):
            self.write("%s/node-kubeconfigs/%s.kubeconfig" % (API_CERTS, name),
                       kubeconfig.embedded(server, _read(self.authority.crt("ca")),
                                           *self.authority.read("admin")))
        own = "https://%s:6443" % self.host["address"]
        self.write("/var/lib/kubelet/kubeconfig", kubeconfig.by_files(
            own, CA_FILE, "/var/lib/kubelet/pki/kubelet-client-current.pem"))
        self.write("/etc/kubernetes/kubeconfig", kubeconfig.by_token(own, CA_FILE, self.token))

    def etcd_scripts(self):
        """etcd-certs/configmaps: what the recovery scripts and the restore need."""
        env = manifests.etcd_env(self.name, self.hosts)
        scripts = manifests.ETCD_CERTS + "/configmaps/etcd-scripts"
        self.write(scripts + "/etcd.env", "".join(
            'export %s="%s"\n' % item for item in sorted(env.items())), 0o644)
        for name in sorted(os.listdir(os.path.join(HERE, "files", "scripts"))):
            self.write("%s/%s" % (scripts, name), _read("%s/files/scripts/%s" % (HERE, name)),
                       0o755 if name.endswith(".sh") else 0o644)
        lines = "\n".join('    - name: %s\n      value: "%s"' % item
                          for item in sorted(env.items()))
        self.write(manifests.ETCD_CERTS + "/configmaps/restore-etcd-pod/pod.yaml", RESTORE_POD % {
            "revision": manifests.BY_COMPONENT["etcd"].first_revision, "lib": LIB, "env": lines,
            "image": manifests.image("etcd")}, 0o644)

    def pods(self):
        """First revisions and manifests; the mark that lets etcd form the first cluster."""
        for operand in manifests.OPERANDS:
            text = revisions.write_revision(self.root, operand.component, operand.first_revision,
                                            self.name, self.hosts)
            revisions.install_manifest(self.root, operand.component, text)
        self.write("/var/lib/restorectl-lab/initial-cluster", ",".join(
            "%s=https://%s:2380" % (host["name"], host["address"]) for host in self.hosts))
        if self.name == self.spec["recovery"]:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.write(LIB + "/initial-objects.json", json.dumps(
                objects.initial_objects(self.spec["name"], self.hosts, now)))


def provision(spec):
    """Writes every host of the spec (see the lab's contract); the hosts are not running yet."""
    authority = pki.make(os.path.join(spec["dir"], "pki"), spec["name"], spec["hosts"])
    token = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()
    staging = os.path.join(spec["dir"], "standins")
    shutil.copytree(os.path.join(HERE, "standins"), staging, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    if sys.version_info[:2] == HOST_PYTHON:
        compileall.compile_dir(staging, quiet=2, stripdir=spec["dir"], prependdir=LIB)
    for host in spec["hosts"]:
        HostWriter(spec, host, authority, token).everything()
    recovery = next(host for host in spec["hosts"] if host["name"] == spec["recovery"])
    revisions.write(os.path.join(spec["dir"], "admin.kubeconfig"), kubeconfig.embedded(
        "https://%s:6443" % recovery["address"], _read(authority.crt("ca")),
        *authority.read("admin")))


def wait_healthy(spec, run):
    """Returns when all is healthy; run(host, command, timeout) -> (rc, out, err) as root."""
    seconds = HEALTHY_S + HEALTHY_SCALED_S * spec["scale"]
    code, out, err = run(spec["recovery"], "/usr/bin/python3 -IS %s/run.py healthy %d"
                         % (LIB, seconds), seconds + 30)
    if code:
        raise RuntimeError("the lab is not healthy after %d s: %s%s" % (seconds, out, err))
