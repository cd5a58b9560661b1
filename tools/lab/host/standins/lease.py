"""Leader election by a Lease object: one of the three operator processes acts.

Invariant: a lease counts as abandoned only when this process itself saw it unchanged for the
whole duration, so neither skewed clocks nor a lease out of the past (after a restore) make two
leaders last.
"""
import time

from . import settings
from .apiclient import ApiDown, ApiError

NAMESPACE = "openshift-etcd-operator"
PATH = "/apis/coordination.k8s.io/v1/namespaces/%s/leases" % NAMESPACE
NAME = "operators-lock"


class Lease:
    """Call step() again and again; it says whether this host leads now."""

    def __init__(self, api):
        self._api = api
        self.duration = settings.scaled(60, 3.0)
        self._seen = None
        self._seen_at = 0.0
        self._renewed_at = None

    def step(self):
        """Renews, takes or watches the lease once."""
        try:
            return self._step()
        except (ApiDown, ApiError):
            held = self._renewed_at is not None
            return held and time.monotonic() - self._renewed_at < self.duration

    def _step(self):
        now = time.monotonic()
        lease = self._api.get(PATH + "/" + NAME)
        if lease is None:
            self._api.ensure(PATH, {"metadata": {"name": NAME, "namespace": NAMESPACE},
                                    "spec": self._spec()})
            return False
        spec = lease["spec"]
        if (spec["holderIdentity"], spec["renewTime"]) != self._seen:
            self._seen, self._seen_at = (spec["holderIdentity"], spec["renewTime"]), now
        if spec["holderIdentity"] != settings.HOST:
            self._renewed_at = None
            if now - self._seen_at < self.duration:
                return False
        lease["spec"] = self._spec()
        self._api.call("PUT", PATH + "/" + NAME, lease)
        self._renewed_at = now
        return True

    def _spec(self):
        return {"holderIdentity": settings.HOST, "renewTime": settings.rfc3339_micro(),
                "leaseDurationSeconds": int(self.duration)}
