"""Talking to systemd: sd_notify without its library.

Invariant: outside a Type=notify unit this does nothing, so that stand-ins also run by hand.
"""
import os
import socket


def notify(message):
    """Sends one state line to the manager, if it asked for them."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message.encode(), address)
