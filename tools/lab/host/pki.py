"""The lab's certificates: one authority, EC keys, every certificate by one openssl process.

Invariant: keys are made per lab and never leave its directory (0600); everything is signed by the
one CA, whose subject names the lab so that two labs cannot be taken for each other.
"""
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

DAYS = "365"
CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError("openssl %s: %s" % (arguments[0], done.stderr.strip()))


class Authority:
    """A CA in a directory; certificates are <directory>/<name>.crt and .key."""

    def __init__(self, directory, lab):
        self.directory = directory
        os.makedirs(directory, mode=0o700, exist_ok=True)
        _openssl("req", "-x509", *CURVE, "-days", DAYS, "-subj", "/OU=openshift/CN=%s-ca" % lab,
                 "-keyout", self.key("ca"), "-out", self.crt("ca"),
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature")

    def crt(self, name):
        """Path of a certificate."""
        return os.path.join(self.directory, name + ".crt")

    def key(self, name):
        """Path of a private key."""
        return os.path.join(self.directory, name + ".key")

    def read(self, name):
        """(certificate, key) as bytes."""
        with open(self.crt(name), "rb") as crt, open(self.key(name), "rb") as key:
            return crt.read(), key.read()

    def issue(self, name, subject, usage, alternative_names=()):
        """Makes one certificate; usage is an extendedKeyUsage list."""
        extensions = ["-addext", "extendedKeyUsage=" + usage, "-addext",
                      "basicConstraints=critical,CA:FALSE",
                      "-addext", "keyUsage=critical,digitalSignature,keyEncipherment"]
        if alternative_names:
            extensions += ["-addext", "subjectAltName=" + ",".join(alternative_names)]
        _openssl("req", "-x509", *CURVE, "-days", DAYS, "-subj", subject, "-CA", self.crt("ca"),
                 "-CAkey", self.key("ca"), "-keyout", self.key(name), "-out", self.crt(name),
                 *extensions)


def make(directory, lab, hosts):
    """All certificates of a lab; returns the authority."""
    authority = Authority(directory, lab)
    both = "serverAuth,clientAuth"
    jobs = [("admin", "/O=system:masters/CN=system:admin", "clientAuth", ())]
    for host in hosts:
        name, address = host["name"], host["address"]
        own = ("DNS:" + name, "IP:" + address, "DNS:localhost", "IP:127.0.0.1", "IP:::1")
        node = "/O=system:nodes/CN=system:node:" + name
        jobs += [
            ("etcd-peer-" + name, "/O=system:etcd-peers/CN=system:etcd-peer:" + name, both, own),
            ("etcd-serving-" + name, "/O=system:etcd-servers/CN=system:etcd-server:" + name, both,
             own),
            ("apiserver-" + name, "/CN=kube-apiserver", "serverAuth",
             own + ("DNS:kubernetes.default.svc", "DNS:localhost-recovery")),
            ("kubelet-client-" + name, node, "clientAuth", ()),
            ("kubelet-server-" + name, node, "serverAuth", own[:2]),
        ]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(authority.issue, *job) for job in jobs]:
            done.result()
    return authority
