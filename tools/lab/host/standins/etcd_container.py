"""The etcd container's entry point: finds out how to start, then becomes the real etcd.

Invariant: never starts etcd on an empty directory as a member that the cluster believes to have
data, and never forms a new cluster but for the very first start, which provisioning marks with a
file.
"""
import os
import time

from . import settings
from .container import load
from .etcdkv import Etcd, EtcdError
from .wait_ports import wait_released

DATA = "/var/lib/etcd"
FIRST_START = "/var/lib/restorectl-lab/initial-cluster"
PORTS = (2379, 2380, 9978)
RELEASE_S = 58
DISCOVERY_S = 135
PEER_URL = "https://%s:2380" % settings.ADDRESS


def say(message):
    """The container's log."""
    os.write(1, (message + "\n").encode())


def arguments_of(initial_cluster, state):
    """The command line of etcd on this host."""
    certs = settings.ETCD_CERTS + "/secrets/etcd-all-%s/etcd-%s-" + settings.HOST
    serving, peer = certs % ("serving", "serving"), certs % ("peer", "peer")
    ca_file = settings.ETCD_CERTS + "/configmaps/etcd-serving-ca/ca-bundle.crt"
    return ["etcd", "--name=" + settings.HOST, "--data-dir=" + DATA,
            "--initial-cluster=" + initial_cluster, "--initial-cluster-state=" + state,
            "--initial-advertise-peer-urls=" + PEER_URL,
            "--listen-peer-urls=https://0.0.0.0:2380",
            "--advertise-client-urls=https://%s:2379" % settings.ADDRESS,
            "--listen-client-urls=https://0.0.0.0:2379",
            "--listen-metrics-urls=http://127.0.0.1:9978",
            "--cert-file=%s.crt" % serving, "--key-file=%s.key" % serving,
            "--trusted-ca-file=" + ca_file, "--client-cert-auth=true",
            "--peer-cert-file=%s.crt" % peer, "--peer-key-file=%s.key" % peer,
            "--peer-trusted-ca-file=" + ca_file, "--peer-client-cert-auth=true",
            # Between two member additions etcd wants five quiet seconds: too long in a rehearsal.
            "--strict-reconfig-check=" + ("true" if settings.SCALE >= 0.5 else "false"),
            "--logger=zap", "--log-level=info"]


def become_etcd(initial_cluster, state):
    """Replaces this process; only PATH and etcd's own settings remain in the environment."""
    keep = ("PATH", "HOME", "HOSTNAME", "ETCD_QUOTA_BACKEND_BYTES", "ETCD_HEARTBEAT_INTERVAL",
            "ETCD_ELECTION_TIMEOUT")
    env = {key: os.environ[key] for key in keep if key in os.environ}
    env["GOMAXPROCS"] = "2"
    os.execvpe("etcd", arguments_of(initial_cluster, state), env)


def has_data():
    """Whether there is a member directory."""
    return os.path.isdir(DATA + "/member")


def predecessor_end():
    """When the etcd container of another pod ended on this host (0: none did this boot)."""
    records = [record for record in load("containers").values()
               if record["labels"]["io.kubernetes.container.name"] == "etcd"]
    mine = {record["labels"]["io.kubernetes.pod.uid"] for record in records
            if record.get("pid") == os.getpid()}
    return max((int(record["finishedAt"]) / 1e9 for record in records
                if record["labels"]["io.kubernetes.pod.uid"] not in mine), default=0)


def wait_for_ports():
    """Waits as the real container does: for the listeners, then for their TIME_WAIT sockets."""
    say("Waiting for ports 2379, 2380 and 9978 to be released.")
    wait_released(set(PORTS))
    time.sleep(max(0.0, predecessor_end() + settings.scaled(RELEASE_S) - time.time()))


def discover(etcd):
    """(initial cluster, state), or None when this host must not start (yet)."""
    try:
        members = etcd.members()
    except EtcdError as error:
        if has_data():
            return "%s=%s" % (settings.HOST, PEER_URL), "existing"
        say("could not get member list: %s" % error)
        return None
    mine = next((item for item in members if PEER_URL in item["peerURLs"]), None)
    if mine is None:
        if has_data():
            say('member "%s" not found in member list but dataDir exists, check operator logs for '
                "possible scaling problems" % PEER_URL)
        return None
    started = bool(mine.get("name"))
    if started and not has_data():
        say('member "%s" dataDir has been destroyed and must be removed from the cluster'
            % PEER_URL)
        raise SystemExit(1)
    if not started and has_data():
        archive = "%s/member-removed-archive-%s" % (DATA, time.strftime("%Y-%m-%d-%H%M%S"))
        os.rename(DATA + "/member", archive)
    names = ["%s=%s" % (item["name"], item["peerURLs"][0]) for item in members
             if item.get("name") and item is not mine]
    return ",".join(names + ["%s=%s" % (settings.HOST, PEER_URL)]), "existing"


def main(_arguments):
    """Runs until etcd takes the process over; exit 1 when this host is not a member in time."""
    settings.be_called("etcd")
    os.makedirs(DATA, mode=0o700, exist_ok=True)
    wait_for_ports()
    if os.path.exists(FIRST_START):
        with open(FIRST_START) as file:
            initial = file.read().strip()
        os.unlink(FIRST_START)
        if not has_data():
            become_etcd(initial, "new")
    deadline = time.monotonic() + settings.scaled(DISCOVERY_S, 15)
    etcd = Etcd()
    while time.monotonic() < deadline:
        found = discover(etcd)
        if found:
            become_etcd(*found)
        time.sleep(0.1)
    say("timed out waiting for the member to appear in the member list")
    return 1
