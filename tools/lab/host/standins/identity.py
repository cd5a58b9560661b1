"""The kubelet's PKI: bootstrap by CSR when it is gone, the serving certificate by a second CSR.

Invariant: private keys never leave the host; a running kubelet does not notice that its files were
removed, only a restart looks at them.
"""
import base64
import os
import subprocess
import time

from . import kubeconfig, settings
from .apiclient import Api, ApiDown, ApiError, identity_from

PKI = "/var/lib/kubelet/pki"
CLIENT_PEM = PKI + "/kubelet-client-current.pem"
SERVER_PEM = PKI + "/kubelet-server-current.pem"
KUBECONFIG = "/var/lib/kubelet/kubeconfig"
BOOTSTRAP = "/etc/kubernetes/kubeconfig"
CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
BACKOFF_S = 8.7
CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING_SIGNER = "kubernetes.io/kubelet-serving"


def make_request(alternative_names):
    """(key PEM, PKCS#10 PEM) for this node."""
    key, request = PKI + "/.key.tmp", PKI + "/.csr.tmp"
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request, "-subj",
               "/O=system:nodes/CN=system:node:" + settings.HOST]
    if alternative_names:
        command += ["-addext", "subjectAltName=" + alternative_names]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(key, "rb") as key_file, open(request, "rb") as request_file:
        result = key_file.read(), request_file.read()
    os.unlink(key)
    os.unlink(request)
    return result


def store(path, certificate, key):
    """Writes certificate and key as one PEM, with the dated name behind the link."""
    kind = os.path.basename(path).replace("-current.pem", "")
    dated = "%s/%s-%s.pem" % (PKI, kind, time.strftime("%Y-%m-%d-%H-%M-%S"))
    fd = os.open(dated, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(certificate + key)
    temporary = path + ".tmp"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(dated, temporary)
    os.rename(temporary, path)


class Gone(Exception):
    """The request vanished from the API, as after a restore: it has to be made again."""


class Identity:
    """Obtains what is missing; remembers the serving request that is under way."""

    def __init__(self):
        self._serving = None
        self._serving_done = os.path.exists(SERVER_PEM)

    @property
    def waiting(self):
        """Whether a serving request is under way."""
        return self._serving is not None

    def ensure_client(self):
        """Returns when the client certificate is there; asks for it with the bootstrap token."""
        if os.path.exists(CLIENT_PEM) and os.path.exists(KUBECONFIG):
            settings.log("Loading cert/key pair from %s" % CLIENT_PEM)
            return
        settings.log("bootstrap.go:100] Use the bootstrap credentials to request a cert, and set "
                     "kubeconfig to point to the certificate dir")
        os.makedirs(PKI, exist_ok=True)
        api = Api(token=identity_from(BOOTSTRAP)[1])
        key, request = make_request(None)
        name, certificate = None, None
        while certificate is None:
            try:
                name = name or self._submit(api, request, CLIENT_SIGNER, "client auth")
                certificate = self._issued(api, name)
            except Gone:
                name = None
            except (ApiDown, ApiError) as error:
                settings.log("bootstrap: %s" % error)
                time.sleep(settings.scaled(2, 0.3))
            time.sleep(settings.scaled(1, 0.1))
        settings.log("certificate signing request %s is issued" % name)
        store(CLIENT_PEM, certificate, key)
        with open(KUBECONFIG, "w") as file:
            file.write(kubeconfig.by_files("https://%s:6443" % settings.ADDRESS, settings.CA_FILE,
                                           CLIENT_PEM))
        time.sleep(settings.scaled(BACKOFF_S))

    @staticmethod
    def _submit(api, request, signer, usage):
        """Creates the CSR; returns its name."""
        return api.call("POST", CSRS, {
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"generateName": "csr-"},
            "spec": {"request": base64.b64encode(request).decode(), "signerName": signer,
                     "usages": ["digital signature", "key encipherment", usage]}
        })["metadata"]["name"]

    @staticmethod
    def _issued(api, name):
        """The certificate's PEM, or None while it is not issued."""
        item = api.get(CSRS + "/" + name)
        if item is None:
            raise Gone(name)
        encoded = item.get("status", {}).get("certificate")
        return base64.b64decode(encoded) if encoded else None

    def ensure_serving(self, api):
        """One look at the serving certificate; may raise ApiDown or ApiError."""
        if self._serving_done:
            return
        if self._serving is None:
            key, request = make_request("DNS:%s,IP:%s" % (settings.HOST, settings.ADDRESS))
            name = self._submit(api, request, SERVING_SIGNER, "server auth")
            self._serving = (name, key)
        try:
            certificate = self._issued(api, self._serving[0])
        except Gone:
            self._serving = None
            return
        if certificate is not None:
            store(SERVER_PEM, certificate, self._serving[1])
            self._serving, self._serving_done = None, True
