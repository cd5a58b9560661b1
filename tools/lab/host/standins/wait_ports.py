"""Init containers that wait until a predecessor has given its ports back.

Invariant: waits for real listening sockets, and for the imitated time that a real host's TIME_WAIT
sockets would take; ends with 0 only when the ports are free.
"""
import time

from . import settings

LISTEN = "0A"


def listening(ports):
    """Whether something on this host listens on one of the ports."""
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(name) as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) in ports:
                    return True
    return False


def wait_released(ports):
    """Returns when nothing listens there."""
    while listening(ports):
        time.sleep(0.05)


def main(arguments):
    """wait_ports <seconds> <port>…"""
    wait_released({int(port) for port in arguments[1:]})
    time.sleep(settings.scaled(float(arguments[0])))
    return 0
