"""HTTP for the API server's stand-in: authentication, routing, verbs, answers.

Invariant: every answer is a Kubernetes object or Status; an etcd that cannot serve is a 500 with
etcd's own words, as the real server gives.
"""
import http.server
import json
import select
import urllib.parse

from . import resources, settings
from .etcdkv import EtcdError
from .selectors_k8s import BadSelector, matcher, merge
from .store import Problem, watch_object
from .tables import table

OPEN_PATHS = ("/healthz", "/readyz", "/livez", "/version")
MERGE_TYPES = ("application/merge-patch+json", "application/strategic-merge-patch+json")
MAX_BODY = 3 << 20
VERSION = {"major": "1", "minor": "20", "gitVersion": "v1.20.0+bafe72f", "gitCommit": "bafe72f",
           "gitTreeState": "clean", "platform": "linux/amd64"}


class Request:
    """What a path under /api or /apis asks for."""

    def __init__(self, path, query):
        parts = path.strip("/").split("/")
        group = parts[1] if parts[0] == "apis" else ""
        rest = parts[3:] if parts[0] == "apis" else parts[2:]
        version = parts[2] if parts[0] == "apis" and len(parts) > 2 else "v1"
        self.namespace = None
        if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
            self.namespace, rest = rest[1], rest[2:]
        self.resource = resources.BY_PATH.get((group, version, rest[0] if rest else ""))
        if self.resource is None or len(rest) > 3:
            raise Problem(404, "NotFound", "the server could not find the requested resource")
        self.name = rest[1] if len(rest) > 1 else None
        self.sub = rest[2] if len(rest) > 2 else ""
        self.query = query


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection; answers one request after the other."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True

    def setup(self):
        """The TLS handshake is done here, in the connection's own thread."""
        self.request.settimeout(10)
        self.request.do_handshake()
        self.request.settimeout(None)
        super().setup()
        self.user, self.groups = self._certificate_identity()

    def _certificate_identity(self):
        subject = (self.request.getpeercert() or {}).get("subject", ())
        names = [pair for entry in subject for pair in entry]
        user = next((value for key, value in names if key == "commonName"), None)
        groups = [value for key, value in names if key == "organizationName"]
        return user, groups + ["system:authenticated"]

    def _identity(self):
        """(user, groups) by certificate or by the bootstrap token; (None, …) when anonymous."""
        if self.user is None and self.headers.get("Authorization", "") == (
                "Bearer " + self.server.bootstrap_token):
            account = "openshift-machine-config-operator"
            return "system:serviceaccount:%s:node-bootstrapper" % account, [
                "system:serviceaccounts", "system:serviceaccounts:" + account,
                "system:authenticated"]
        return self.user, self.groups

    def log_message(self, format, *args):
        """No access log: it would only cost time."""

    def version_string(self):
        """No server header worth a name."""
        return "kube-apiserver"

    def do_GET(self):
        """Reads, lists, watches, discovery, health."""
        self._serve(self._get)

    def do_POST(self):
        """Creates."""
        self._serve(self._post)

    def do_PUT(self):
        """Replaces."""
        self._serve(self._put)

    def do_PATCH(self):
        """Merges."""
        self._serve(self._patch)

    def do_DELETE(self):
        """Deletes."""
        self._serve(self._delete)

    def _serve(self, verb):
        """Runs a verb and turns every error into a Status."""
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                raise Problem(413, "RequestEntityTooLarge", "limit is %d" % MAX_BODY)
            self.body = self.rfile.read(length)
            url = urllib.parse.urlsplit(self.path)
            query = {key: values[-1] for key, values in
                     urllib.parse.parse_qs(url.query, keep_blank_values=True).items()}
            verb(urllib.parse.unquote(url.path), query)
        except Problem as problem:
            self._status(problem.code, problem.reason, str(problem))
        except BadSelector as error:
            self._status(400, "BadRequest", str(error))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._status(400, "BadRequest", "the object provided is unrecognized: %r" % error)
        except EtcdError as error:
            self._status(500, "InternalError", str(error))

    def _write(self, code, data, content_type):
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        if self.server.draining:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _json(self, code, item):
        self._write(code, json.dumps(item, separators=(",", ":")).encode(), "application/json")

    def _status(self, code, reason, message):
        self._json(code, {"kind": "Status", "apiVersion": "v1", "metadata": {},
                          "status": "Failure", "message": message, "reason": reason,
                          "code": code})

    def _health(self, path):
        if path == "/version":
            self._json(200, VERSION)
        elif path == "/readyz" and self.server.draining:
            self._write(500, b"[-]shutdown failed: reason withheld\nreadyz check failed\n",
                        "text/plain")
        elif path != "/livez" and not self.server.store.alive():
            self._write(500, b"[-]etcd failed: reason withheld\nhealthz check failed\n",
                        "text/plain")
        else:
            self._write(200, b"ok", "text/plain")

    def _get(self, path, query):
        base = "/" + path.strip("/").split("/")[0]
        if base in OPEN_PATHS:
            self._health(base)
            return
        self._authenticated()
        if path == "/openapi/v2":
            self._write(200, b"", "application/octet-stream")
            return
        document = resources.discovery(path)
        if document is not None:
            self._json(200, document)
            return
        request = Request(path, query)
        if query.get("watch") in ("true", "1"):
            self._watch(request)
        elif request.name:
            item = self.server.store.get(request.resource, request.namespace, request.name)
            self._answer(request, item, [item], {})
        else:
            self._list(request)

    def _authenticated(self):
        if self._identity()[0] is None:
            raise Problem(401, "Unauthorized", "Unauthorized")

    def _wants_table(self):
        return "as=Table" in self.headers.get("Accept", "")

    def _answer(self, request, item, items, list_metadata):
        """One object or list, as a Table when that was asked for."""
        if self._wants_table():
            item = table(request.resource.kind, items, list_metadata)
        self._json(200, item)

    def _list(self, request):
        matches = matcher(request.query.get("labelSelector", ""),
                          request.query.get("fieldSelector", ""))
        revision, items = self.server.store.list(request.resource, request.namespace)
        items = [item for item in items if matches(item)]
        metadata = {"resourceVersion": str(revision)}
        self._answer(request, {"kind": request.resource.kind + "List", "metadata": metadata,
                               "apiVersion": resources.api_version(request.resource),
                               "items": items}, items, metadata)

    def _watch(self, request):
        """Streams changes; without a resourceVersion everything there is comes first."""
        selector = request.query.get("fieldSelector", "")
        if request.name:
            selector = ",".join(filter(None, [selector, "metadata.name=" + request.name]))
        matches = matcher(request.query.get("labelSelector", ""), selector)
        first, revision = [], int(request.query.get("resourceVersion") or 0)
        if not revision:
            revision, first = self.server.store.list(request.resource, request.namespace)
        seconds = float(request.query.get("timeoutSeconds") or 1800)
        prefix = resources.list_prefix(request.resource, request.namespace)
        generation = self.server.hub.subscribe(revision)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        for item in filter(matches, first):
            self._event(request, "ADDED", item)
        self.wfile.flush()
        for event in self.server.hub.follow(generation, prefix, revision, seconds):
            if event is not None:
                kind, item = watch_object(event)
                if matches(item):
                    self._event(request, kind, item)
                    self.wfile.flush()
            elif self.server.draining or select.select([self.connection], [], [], 0)[0]:
                return

    def _event(self, request, kind, item):
        if self._wants_table():
            item = table(request.resource.kind, [item], {})
        line = json.dumps({"type": kind, "object": item}, separators=(",", ":"))
        self.wfile.write(line.encode() + b"\n")

    def _post(self, path, query):
        self._authenticated()
        request, item = Request(path, query), json.loads(self.body)
        if request.resource.kind == "CertificateSigningRequest":
            user, groups = self._identity()
            item["spec"].update(username=user, groups=groups)
            item.pop("status", None)
        namespace = request.namespace or item.get("metadata", {}).get("namespace") or "default"
        self._json(201, self.server.store.create(request.resource, namespace, item))

    def _change(self, request, transform, expected):
        """Writes the part of the object that the (sub-)resource owns."""
        def modify(old):
            new = transform(old)
            if request.sub in ("status", "approval"):
                return dict(old, status=new.get("status", {}))
            if request.resource.status:
                new["status"] = old.get("status", {})
                if not new["status"] and "status" not in old:
                    del new["status"]
            return new
        item = self.server.store.change(request.resource, request.namespace, request.name, modify,
                                        expected)
        if request.sub == "approval":
            settings.note("csr.approvals", request.name, item["spec"].get("username", ""),
                          item["spec"]["signerName"])
        self._json(200, item)

    def _put(self, path, query):
        self._authenticated()
        request, item = Request(path, query), json.loads(self.body)
        expected = item["metadata"].get("resourceVersion")
        self._change(request, lambda _old: json.loads(self.body), expected)

    def _patch(self, path, query):
        self._authenticated()
        request, patch = Request(path, query), json.loads(self.body)
        if self.headers.get("Content-Type", "").split(";")[0] not in MERGE_TYPES:
            raise Problem(415, "UnsupportedMediaType", "only merge patches are understood")
        expected = patch.get("metadata", {}).get("resourceVersion")
        self._change(request, lambda old: merge(old, patch), expected)

    def _delete(self, path, query):
        self._authenticated()
        request = Request(path, query)
        if request.name is None:
            raise Problem(405, "MethodNotAllowed", "a collection cannot be deleted here")
        item = self.server.store.delete(request.resource, request.namespace, request.name)
        self._json(200, {"kind": "Status", "apiVersion": "v1", "metadata": {},
                         "status": "Success", "details": {
                             "name": request.name, "group": request.resource.group,
                             "kind": request.resource.plural, "uid": item["metadata"]["uid"]}})
