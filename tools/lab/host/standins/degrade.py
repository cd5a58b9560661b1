"""Makes a ClusterOperator degraded for good, as one that nobody has looked after for weeks.

Invariant: only the object's own condition changes; an operator that a stand-in reports for would take
it back, so those are refused.
"""
import sys

from . import settings
from .apiclient import Api
from .installer import PEM
from .objects import OTHER_OPERATORS

PATH = "/apis/config.openshift.io/v1/clusteroperators/"
CONDITION = {"status": "True", "reason": "RenderConfigFailed",
             "message": "Failed to resync 4.7.0: pools have not progressed to latest configuration"}


def main(arguments):
    """degrade <operator>; returns the exit code."""
    name = arguments[0]
    if name not in OTHER_OPERATORS:
        sys.stderr.write("%s is not one of %s\n" % (name, ", ".join(OTHER_OPERATORS)))
        return 2
    api = Api(certificate=PEM)
    status = api.get(PATH + name)["status"]
    conditions = [dict(entry, lastTransitionTime=settings.rfc3339(), **CONDITION)
                  if entry["type"] == "Degraded" else entry for entry in status["conditions"]]
    api.call("PATCH", PATH + name + "/status", {"status": dict(status, conditions=conditions)})
    return 0
