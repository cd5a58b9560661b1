"""Init containers that wait until a predecessor has given its ports back.

Invariant: waits for real listening sockets, and for the imitated time that a real host's TIME_WAIT
sockets would take; ends with 0 only when the ports are free.
"""
import time

from . import settings

LISTEN, TIME_WAIT = "0A", "06"


def sockets(ports):
    """The states of the TCP sockets whose local port is one of these."""
    states = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(name) as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) in ports:
                    states.add(fields[3])
    return states


def wait_released(ports):
    """Returns when nothing listens there; whether TIME_WAIT sockets were left behind."""
    while LISTEN in sockets(ports):
        time.sleep(0.05)
    return TIME_WAIT in sockets(ports)


def main(arguments):
    """wait_ports <seconds> <port>…"""
    wait_released({int(port) for port in arguments[1:]})
    time.sleep(settings.scaled(float(arguments[0])))
    return 0
