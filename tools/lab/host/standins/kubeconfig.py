"""Writing kubeconfigs in the form that both kubectl and the stand-ins' client read.

Invariant: one cluster, one user, one context; file references and embedded data are never mixed.
"""
import base64

TEMPLATE = """apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster:
    server: %(server)s
%(authority)s
contexts:
- name: lab
  context:
    cluster: lab
    user: lab
current-context: lab
preferences: {}
users:
- name: lab
  user:
%(user)s
"""


def by_files(server, ca_file, pem):
    """A kubeconfig that points to files on the host; certificate and key share one PEM."""
    return TEMPLATE % {"server": server, "authority": "    certificate-authority: " + ca_file,
                       "user": "    client-certificate: %s\n    client-key: %s" % (pem, pem)}


def by_token(server, ca_file, token):
    """A kubeconfig with a bearer token."""
    return TEMPLATE % {"server": server, "authority": "    certificate-authority: " + ca_file,
                       "user": "    token: " + token}


def embedded(server, ca, certificate, key):
    """A kubeconfig that can be carried elsewhere: everything is inside (PEM bytes)."""
    def data(name, value):
        return "    %s-data: %s" % (name, base64.b64encode(value).decode())
    return TEMPLATE % {"server": server, "authority": data("certificate-authority", ca),
                       "user": data("client-certificate", certificate) + "\n"
                       + data("client-key", key)}
