"""A small Kubernetes client: one kept-open TLS connection, any live API server behind it.

Invariant: a call either returns the server's answer or raises ApiDown; it never blocks longer than
its time-out. The list of servers plays the internal load balancer: a refused one is passed over.
"""
import http.client
import json
import re
import socket
import ssl
import threading
import time

from . import settings

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 1.5
WATCH_S = 60


def notice_death(sock):
    """A peer that lost its power sends no FIN: four seconds of silence end the connection."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 4000)


class ApiDown(Exception):
    """No API server answered."""


class ApiError(Exception):
    """The server answered with an error status."""

    def __init__(self, code, message):
        super().__init__("%d %s" % (code, message))
        self.code = code


def identity_from(kubeconfig):
    """(cert and key path or None, token or None) of a kubeconfig written by provision.py."""
    with open(kubeconfig) as file:
        text = file.read()
    certificate = re.search(r"^\s*client-certificate:\s*(\S+)", text, re.M)
    token = re.search(r"^\s*token:\s*(\S+)", text, re.M)
    return certificate and certificate[1], token and token[1]


def servers(local_first=True):
    """Every host's API server; one's own first saves a way through the bridge."""
    addresses = [host["address"] for host in settings.HOSTS]
    if local_first and settings.ADDRESS in addresses:
        addresses.remove(settings.ADDRESS)
        addresses.insert(0, settings.ADDRESS)
    return addresses


class Api:
    """One identity's access to the API; call() is safe from several threads."""

    def __init__(self, certificate=None, token=None):
        self._context = ssl.create_default_context(cafile=settings.CA_FILE)
        if certificate:
            self._context.load_cert_chain(certificate)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = "Bearer " + token
        self._servers = servers()
        self._connection = None
        self._lock = threading.Lock()

    def _connect(self):
        """A connection to the first server that takes one; the others move to the back."""
        for _ in self._servers:
            connection = http.client.HTTPSConnection(
                self._servers[0], settings.API_PORT, timeout=CONNECT_TIMEOUT_S,
                context=self._context)
            try:
                connection.connect()
                notice_death(connection.sock)
                return connection
            except OSError:
                self._servers.append(self._servers.pop(0))
        raise ApiDown("no API server answers")

    def _send(self, connection, method, path, body):
        headers = self._headers
        if method == "PATCH":
            headers = dict(headers, **{"Content-Type": "application/merge-patch+json"})
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers)
        return connection.getresponse()

    def call(self, method, path, body=None, timeout=TIMEOUT_S):
        """The decoded answer; raises ApiError for an error status, ApiDown for no answer."""
        with self._lock:
            fresh = self._connection is None
            try:
                return self._exchange(method, path, body, timeout)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                if fresh or method == "POST":
                    raise ApiDown(repr(error)) from error
            try:
                return self._exchange(method, path, body, timeout)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                raise ApiDown(repr(error)) from error

    def _exchange(self, method, path, body, timeout):
        if self._connection is None:
            self._connection = self._connect()
        self._connection.sock.settimeout(timeout)
        response = self._send(self._connection, method, path, body)
        data = response.read()
        if response.will_close:
            self._forget()
            self._servers.append(self._servers.pop(0))
        answer = json.loads(data) if data else {}
        if response.status >= 400:
            raise ApiError(response.status, answer.get("message", ""))
        return answer

    def _forget(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path):
        """GET; None when there is no such object."""
        try:
            return self.call("GET", path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def ensure(self, collection, body):
        """POST unless it exists; returns whether it was created."""
        try:
            self.call("POST", collection, body)
            return True
        except ApiError as error:
            if error.code != 409:
                raise
            return False

    def put_data(self, namespace, name, data):
        """Writes a ConfigMap's data, creating it where it is missing."""
        path = "/api/v1/namespaces/%s/configmaps" % namespace
        try:
            self.call("PATCH", path + "/" + name, {"data": data})
        except ApiError as error:
            if error.code != 404:
                raise
            self.ensure(path, {"apiVersion": "v1", "kind": "ConfigMap",
                               "metadata": {"name": name, "namespace": namespace}, "data": data})

    def watch(self, path):
        """Yields each change below path until the server goes; a fresh watch sends all that is."""
        try:
            connection = self._connect()
        except ApiDown:
            return
        try:
            separator = "&" if "?" in path else "?"
            connection.sock.settimeout(WATCH_S + TIMEOUT_S)
            query = "%swatch=true&timeoutSeconds=%d" % (separator, WATCH_S)
            response = self._send(connection, "GET", path + query, None)
            if response.status >= 400:
                return
            for line in response:
                yield json.loads(line)
        except (OSError, http.client.HTTPException, ValueError):
            return
        finally:
            connection.close()


def watch_forever(api, path, wake):
    """Starts a thread that calls wake() at each change, and once after each new connection."""
    def follow():
        while True:
            for _ in api().watch(path):
                wake()
            wake()
            time.sleep(0.3)
    threading.Thread(target=follow, daemon=True).start()
