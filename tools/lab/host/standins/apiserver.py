"""kube-apiserver's stand-in: HTTPS on 6443 with client certificates, its only state in etcd.

Invariant: it holds no state of its own, so a restored etcd takes the cluster back in time; it
behaves to signals and to a lost quorum as the real one does (70 s of graceful shutdown, an exit
after 20 s without etcd).
"""
import http.server
import os
import signal
import socket
import socketserver
import ssl
import sys
import threading
import time

from . import settings
from .api_handler import Handler
from .store import Hub, Store

CERTS = settings.RESOURCE_DIR + "/kube-apiserver-certs/secrets"
ETCD_DEADLINE_S = 20
SHUTDOWN_DELAY_S = 70
START_S = 8


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A thread a connection; what the handlers share hangs on it."""

    daemon_threads = True
    request_queue_size = 128
    address_family = socket.AF_INET6

    def __init__(self, store):
        super().__init__(("::", settings.API_PORT), Handler)
        self.store, self.hub, self.draining = store, Hub(store.etcd), False
        with open(CERTS + "/node-bootstrapper-token") as file:
            self.bootstrap_token = file.read().strip()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTS + "/serving/tls.crt", CERTS + "/serving/tls.key")
        context.load_verify_locations(settings.CA_FILE)
        context.verify_mode = ssl.CERT_OPTIONAL
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)

    def server_bind(self):
        """Both address families, as Go's listener does; no reverse look-up of the name."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = settings.HOST, settings.API_PORT

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is not worth a trace."""
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, ssl.SSLError)):
            settings.log("handler: %r" % error)


def die_without_etcd(store, stop):
    """Returns once etcd answers or stop is set; exits 1 when it has not answered for so long."""
    deadline = settings.scaled(ETCD_DEADLINE_S, 5.0)
    while not stop.is_set() and not store.alive():
        if time.monotonic() - store.last_success > deadline:
            settings.log("Error: context deadline exceeded")
            os._exit(1)
        stop.wait(0.3)


def watch_etcd(store, stop):
    """The life-long check: etcd's health decides over the process."""
    while True:
        time.sleep(2.0)
        die_without_etcd(store, stop)


def drain(server):
    """SIGTERM: goes on answering for the shutdown delay, then exits 0."""
    server.draining = True
    settings.log("Received SIGTERM, shutting down gracefully")
    time.sleep(settings.scaled(SHUTDOWN_DELAY_S))
    os._exit(0)


def main(_arguments):
    """Runs the server until a signal or a lost etcd ends it."""
    settings.be_called("kube-apiserver")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = Store()
    die_without_etcd(store, stop)
    stop.wait(settings.scaled(START_S))
    if stop.is_set():
        return 0
    server = Server(store)
    server.hub.subscribe(store.etcd.range("health")[0])
    threading.Thread(target=watch_etcd, args=(store, stop), daemon=True).start()
    threading.Thread(target=server.serve_forever, args=(0.5,), daemon=True).start()
    settings.log("Serving securely on [::]:%d" % settings.API_PORT)
    stop.wait()
    drain(server)
    return 0
