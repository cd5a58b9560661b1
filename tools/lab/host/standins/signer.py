"""kube-controller-manager's stand-in: issues the certificates of approved CSRs.

Invariant: only approved requests of the two kubelet signers are issued, with the cluster's CA;
three of these run side by side and the API's optimistic locking lets one of them win.
"""
import base64
import os
import signal
import subprocess
import tempfile
import threading

from . import settings
from .apiclient import Api, ApiDown, ApiError, watch_forever
from .identity import CLIENT_SIGNER, CSRS, SERVING_SIGNER
from .installer import PEM
from .nodes import Lifecycle

SIGNER = settings.RESOURCE_DIR + "/kube-controller-manager-certs/secrets/csr-signer/tls"
USAGES = {CLIENT_SIGNER: "clientAuth", SERVING_SIGNER: "serverAuth"}


def issue(request, signer):
    """The certificate (PEM) for a PKCS#10 request (PEM)."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {name: os.path.join(directory, name) for name in ("csr", "ext", "crt")}
        with open(paths["csr"], "wb") as file:
            file.write(request)
        with open(paths["ext"], "w") as file:
            file.write("keyUsage=critical,digitalSignature,keyEncipherment\n"
                       "extendedKeyUsage=%s\n" % USAGES[signer])
        subprocess.run(
            ["openssl", "x509", "-req", "-in", paths["csr"], "-CA", SIGNER + ".crt", "-CAkey",
             SIGNER + ".key", "-days", "30", "-copy_extensions", "copy", "-extfile",
             paths["ext"], "-out", paths["crt"]], check=True, capture_output=True)
        with open(paths["crt"], "rb") as file:
            return file.read()


def is_approved(item):
    """Approved, not denied, and not issued yet."""
    status = item.get("status", {})
    kinds = {entry["type"] for entry in status.get("conditions", [])}
    return "Approved" in kinds and "Denied" not in kinds and not status.get("certificate")


def sign_all(api):
    """One pass over all requests."""
    for item in api.call("GET", CSRS)["items"]:
        if item["spec"]["signerName"] not in USAGES or not is_approved(item):
            continue
        try:
            certificate = issue(base64.b64decode(item["spec"]["request"]),
                                item["spec"]["signerName"])
        except subprocess.CalledProcessError as error:
            settings.log("csr %s: %s" % (item["metadata"]["name"], error.stderr))
            continue
        item["status"]["certificate"] = base64.b64encode(certificate).decode()
        try:
            api.call("PUT", "%s/%s/status" % (CSRS, item["metadata"]["name"]), item)
            settings.log("certificate signing request %s is issued" % item["metadata"]["name"])
        except ApiError as error:
            if error.code not in (404, 409):
                raise


def main(_arguments):
    """Runs until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    api, wake = Api(certificate=PEM), threading.Event()
    watch_forever(lambda: api, CSRS, wake.set)
    lifecycle = Lifecycle(api)
    while True:
        wake.wait(lifecycle.PERIOD_S)
        wake.clear()
        try:
            sign_all(api)
            lifecycle.check()
        except (ApiDown, ApiError) as error:
            settings.log("api: %s" % error)
            threading.Event().wait(0.5)
