"""Stand-ins for the parts of an OKD control-plane host that Debian does not ship.

Invariant: nothing here is imported outside a lab host, except manifests and objects by
provision.py.
"""
