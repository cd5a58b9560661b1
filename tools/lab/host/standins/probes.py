"""Readiness probes: a command, a TCP connection or an HTTPS answer below 400.

Invariant: a probe takes at most a second and never raises.
"""
import http.client
import socket
import ssl
import subprocess

TIMEOUT_S = 1.0


def succeeds(probe):
    """Whether the probe of a container's spec is satisfied now."""
    try:
        if "exec" in probe:
            return subprocess.run(probe["exec"]["command"], timeout=TIMEOUT_S,
                                  stdin=subprocess.DEVNULL, check=False).returncode == 0
        if "tcpSocket" in probe:
            port = int(probe["tcpSocket"]["port"])
            socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
            return True
        get = probe["httpGet"]
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", int(get["port"]),
                                                 timeout=TIMEOUT_S, context=context)
        try:
            connection.request("GET", get["path"])
            return connection.getresponse().status < 400
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, subprocess.TimeoutExpired):
        return False
