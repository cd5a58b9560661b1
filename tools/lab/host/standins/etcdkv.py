"""etcd's v3 API through its JSON gateway: range, conditional put and delete, members, watch.

Invariant: every read is linearizable and every request asks for a leader, so a member that lost its
quorum answers with an error at once instead of an old value.
"""
import base64
import http.client
import json
import queue
import ssl

from . import settings
from .apiclient import CONNECT_TIMEOUT_S, notice_death, servers

CLIENT_PORT = 2379
REQUEST_TIMEOUT_S = 8.0
HEADERS = {"Content-Type": "application/json", "Grpc-Metadata-hasleader": "true"}


class EtcdError(Exception):
    """No endpoint could serve the request; str() is the last reason."""


class Conflict(Exception):
    """The key was changed or created by somebody else in between."""


def encode(text):
    """Keys and values travel in base64."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def decode(text):
    """The bytes behind a base64 field; a missing field is empty."""
    return base64.b64decode(text or "")


def prefix_end(prefix):
    """The first key after all keys that begin with the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def client_context():
    """Mutual TLS with the host's own etcd client certificate."""
    context = ssl.create_default_context(cafile=settings.CA_FILE)
    context.load_cert_chain(settings.ETCD_CERTS + "/secrets/etcd-all-peer/etcd-peer-%s.crt"
                            % settings.HOST, settings.ETCD_CERTS
                            + "/secrets/etcd-all-peer/etcd-peer-%s.key" % settings.HOST)
    return context


class Etcd:
    """A pool of kept-open connections to the first endpoint that serves."""

    def __init__(self):
        self._context = client_context()
        self._servers = servers()
        self._pool = queue.SimpleQueue()

    def _connect(self, address):
        connection = http.client.HTTPSConnection(address, CLIENT_PORT, timeout=CONNECT_TIMEOUT_S,
                                                 context=self._context)
        connection.connect()
        notice_death(connection.sock)
        connection.sock.settimeout(REQUEST_TIMEOUT_S)
        return connection

    def _pooled(self):
        try:
            return self._pool.get_nowait()
        except queue.Empty:
            return None

    def call(self, path, body):
        """POSTs to one endpoint after the other until one serves; raises EtcdError."""
        data = json.dumps(body)
        connection = self._pooled()
        while connection is not None:
            try:
                return self._exchange(connection, path, data)
            except (OSError, http.client.HTTPException, EtcdError):
                connection = self._pooled()
        reason = "no endpoint"
        for address in self._servers:
            try:
                return self._exchange(self._connect(address), path, data)
            except (OSError, http.client.HTTPException, EtcdError) as error:
                reason = str(error)
        raise EtcdError(reason)

    def _exchange(self, connection, path, data):
        connection.request("POST", path, data, HEADERS)
        response = connection.getresponse()
        data = response.read()
        try:
            answer = json.loads(data)
        except ValueError:
            answer = {"error": data[:200].decode("utf-8", "replace")}
        if response.status != 200:
            connection.close()
            raise EtcdError(answer.get("error", "status %d" % response.status))
        self._pool.put(connection)
        return answer

    def range(self, key, end=None):
        """(store revision, [(key, value bytes, mod_revision, create_revision)])."""
        body = {"key": encode(key)}
        if end:
            body["range_end"] = encode(end)
        answer = self.call("/v3/kv/range", body)
        return int(answer["header"]["revision"]), [record(kv) for kv in answer.get("kvs", [])]

    def list(self, prefix):
        """range() over all keys that begin with the prefix."""
        return self.range(prefix, prefix_end(prefix))

    def put(self, key, value, expected):
        """Writes if mod_revision is still `expected` (0: must not exist); returns the revision."""
        return self._txn(key, expected, {"request_put": {"key": encode(key),
                                                         "value": encode(value)}})

    def delete(self, key, expected):
        """Deletes if mod_revision is still `expected`."""
        return self._txn(key, expected, {"request_delete_range": {"key": encode(key)}})

    def _txn(self, key, expected, operation):
        answer = self.call("/v3/kv/txn", {
            "compare": [{"key": encode(key), "target": "MOD", "result": "EQUAL",
                         "mod_revision": str(expected)}], "success": [operation]})
        if not answer.get("succeeded"):
            raise Conflict(key)
        return int(answer["header"]["revision"])

    def put_all(self, pairs):
        """Writes many keys in one transaction."""
        self.call("/v3/kv/txn", {"success": [
            {"request_put": {"key": encode(key), "value": encode(value)}} for key, value in pairs]})

    def members(self):
        """[{"ID", "name", "peerURLs", …}] as the cluster knows them."""
        return self.call("/v3/cluster/member/list", {})["members"]

    def member_add(self, peer_url):
        """Adds a voting member that has yet to start."""
        return self.call("/v3/cluster/member/add", {"peerURLs": [peer_url]})

    def watch(self, prefix, revision):
        """Yields lists of (type, key, value, mod, create, previous value) from the revision on.

        The first item is an empty list: the watch stands. Ends when the endpoint goes, and when it
        has lost its leader.
        """
        for address in self._servers:
            try:
                connection = self._connect(address)
                connection.request("POST", "/v3/watch", json.dumps({"create_request": {
                    "key": encode(prefix), "range_end": encode(prefix_end(prefix)),
                    "start_revision": str(revision), "prev_kv": True}}), HEADERS)
                connection.sock.settimeout(None)
                yield from watch_events(connection.getresponse())
                return
            except (OSError, http.client.HTTPException, ValueError):
                continue


def record(kv):
    """(key, value, mod_revision, create_revision) of a gateway's kv."""
    return (decode(kv["key"]).decode(), decode(kv.get("value")), int(kv["mod_revision"]),
            int(kv["create_revision"]))


def watch_events(response):
    """Decodes the gateway's stream of JSON lines."""
    for line in response:
        result = json.loads(line).get("result")
        if result is None or result.get("canceled"):
            return
        events = []
        for event in result.get("events", []):
            kv, before = event["kv"], event.get("prev_kv", {})
            deleted = event.get("type") == "DELETE"
            events.append(("DELETE" if deleted else "PUT", decode(kv["key"]).decode(),
                           decode(kv.get("value")), int(kv["mod_revision"]),
                           int(kv.get("create_revision", 0)), decode(before.get("value"))))
        yield events
