"""What an installer pod does on its host: writes the revision's files, then the manifest.

Invariant: it installs the revision that its command line names, with the reason that the API
holds for that revision; it fails (exit 1) and changes nothing when the API does not have that
revision.
"""
import time

from . import settings
from .apiclient import Api, ApiDown, ApiError
from .manifests import BY_COMPONENT
from .revisions import install_manifest, write_revision

PEM = (settings.RESOURCE_DIR + "/kube-apiserver-certs/secrets/"
       "control-plane-node-admin-client-cert-key/tls.pem")
INSTALL_S = 3


def main(arguments):
    """installer <component> <revision>; returns the exit code."""
    component, revision = arguments[0], int(arguments[1])
    namespace = BY_COMPONENT[component].namespace
    time.sleep(settings.scaled(INSTALL_S))
    try:
        found = Api(certificate=PEM).get("/api/v1/namespaces/%s/configmaps/%s-pod-%d"
                                         % (namespace, component, revision))
    except (ApiDown, ApiError) as error:
        settings.log("failed to fetch the revision: %s" % error)
        return 1
    if found is None:
        settings.log("configmap %s-pod-%d not found" % (component, revision))
        return 1
    reason = found["data"].get("forceRedeploymentReason", "")
    text = write_revision("", component, revision, settings.HOST, settings.HOSTS, reason)
    install_manifest("", component, text)
    settings.log("Writing static pod manifest %s-pod.yaml revision %d" % (component, revision))
    return 0
