"""The etcd operator's care for membership: adds a host's member when its pod waits for that.

Invariant: one unstarted member at a time; nothing is ever removed from the cluster.
"""
from . import settings
from .etcdkv import Etcd, EtcdError


class EtcdMembers:
    """Speaks to etcd itself; what etcd cannot do now is tried at the next sync."""

    def __init__(self, api):
        self._api = api
        self._etcd = None
        self._written = None

    def _members(self):
        if self._etcd is None:
            self._etcd = Etcd()
        return self._etcd.members()

    def ensure_member(self, node, pod):
        """Adds the node's peer URL if its etcd container runs and is no member yet."""
        ready = {entry["name"]: entry["ready"]
                 for entry in pod.get("status", {}).get("containerStatuses", [])}
        if ready.get("etcd", True):
            return
        address = next(host["address"] for host in settings.HOSTS if host["name"] == node)
        peer = "https://%s:2380" % address
        try:
            members = self._members()
            if any(peer in item["peerURLs"] for item in members):
                return
            if all(item.get("name") for item in members):
                self._etcd.member_add(peer)
                settings.log("etcd: added member " + peer)
        except EtcdError as error:
            settings.log("etcd: member add %s: %s" % (peer, error))

    def sync_endpoints(self):
        """Keeps ConfigMap openshift-etcd/etcd-endpoints: member id in hex -> address."""
        try:
            members = self._members()
        except EtcdError:
            return
        data = {"%x" % int(item["ID"]): item["peerURLs"][0].split("/")[-1].rpartition(":")[0]
                for item in members if item.get("name")}
        path = "/api/v1/namespaces/openshift-etcd/configmaps/etcd-endpoints"
        found = self._api.get(path)
        old = found.get("data", {}) if found else {}
        if old != data:
            gone = dict.fromkeys(set(old) - set(data))
            self._api.put_data("openshift-etcd", "etcd-endpoints", gone | data)
