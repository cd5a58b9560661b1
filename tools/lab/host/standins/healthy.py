"""Waits until the whole lab is healthy; says what is missing when it is not in time.

Invariant: looks only at what a person could see: etcd's members, every API server, the operators,
Nodes and static pods.
"""
import http.client
import json
import ssl
import sys
import time

from . import rollout, settings
from .apiclient import Api, ApiDown, ApiError
from .etcdkv import Etcd, EtcdError, client_context
from .installer import PEM
from .manifests import OPERANDS


def endpoint_problem(context, address, port, path):
    """None when https://address:port/path answers 200 (etcd: with health true)."""
    connection = http.client.HTTPSConnection(address, port, timeout=2, context=context)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status == 200 and b'"health":"false"' not in body:
            return None
        return "%s:%d%s answers %d" % (address, port, path, response.status)
    except (OSError, http.client.HTTPException) as error:
        return "%s:%d%s: %s" % (address, port, path, error)
    finally:
        connection.close()


def etcd_problems():
    """What is wrong with etcd."""
    context = client_context()
    problems = [endpoint_problem(context, host["address"], 2379, "/health")
                for host in settings.HOSTS]
    try:
        started = [item for item in Etcd().members() if item.get("name")]
        if len(started) != len(settings.HOSTS):
            problems.append("etcd has %d started members" % len(started))
    except EtcdError as error:
        problems.append("etcd: %s" % error)
    return problems


def cluster_problems(api):
    """What is wrong with the cluster as the API tells it."""
    problems = []
    nodes = api.call("GET", "/api/v1/nodes")["items"]
    ready = sum(1 for node in nodes if rollout.is_ready(node))
    if ready != len(settings.HOSTS):
        problems.append("%d nodes are ready" % ready)
    for operand in OPERANDS:
        item = api.get("/apis/operator.openshift.io/v1/%s/cluster" % operand.plural) or {}
        conditions = item.get("status", {}).get("conditions", [])
        if not any(entry["type"] == "NodeInstallerProgressing"
                   and entry.get("reason") == "AllNodesAtLatestRevision" for entry in conditions):
            problems.append(operand.component + " is rolling out")
        pods = api.call("GET", "/api/v1/namespaces/%s/pods" % operand.namespace)["items"]
        static = [pod for pod in pods if "revision" in pod["metadata"].get("labels", {})
                  and rollout.is_ready(pod)]
        if len(static) != len(settings.HOSTS):
            problems.append("%d %s pods are ready" % (len(static), operand.component))
    return problems


def problems_now():
    """Everything that is not as it should be."""
    problems = etcd_problems()
    context = ssl.create_default_context(cafile=settings.CA_FILE)
    problems += [endpoint_problem(context, host["address"], settings.API_PORT, "/readyz")
                 for host in settings.HOSTS]
    problems = [problem for problem in problems if problem]
    if problems:
        return problems
    try:
        return cluster_problems(Api(certificate=PEM))
    except (ApiDown, ApiError) as error:
        return ["API: %s" % error]


def main(arguments):
    """healthy <seconds>: 0 when healthy in time; else 1 and the problems as JSON on stdout."""
    deadline = time.monotonic() + float(arguments[0])
    while True:
        problems = problems_now()
        if not problems:
            return 0
        if time.monotonic() >= deadline:
            json.dump(problems, sys.stdout)
            return 1
        time.sleep(0.25)
