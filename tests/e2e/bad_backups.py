"""Backups with one defect each, made from a good one. Invariant: every case says which defect it must be
refused for; the good backup is never changed."""
import gzip
import hashlib
import io
import os
import shutil
import struct
import tarfile

PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
TRAILER = 32


# ---- snapshots: a bbolt file and the SHA-256 of it ------------------------------------------------------------------
def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xFFFFFFFFFFFFFFFF
    return value


def signed(data):
    """With the meta pages' checksums and the trailer made anew: only a look at the content can tell."""
    data = bytearray(data)
    page = struct.unpack_from("<I", data, 24)[0]
    for meta in (16, page + 16):
        struct.pack_into("<Q", data, meta + 56, fnv1a(data[meta:meta + 56]))
    data[-TRAILER:] = hashlib.sha256(data[:-TRAILER]).digest()
    return bytes(data)


class Bolt:
    """Where things are in a snapshot; enough to damage it on purpose."""

    def __init__(self, data):
        self.data = data
        self.page = struct.unpack_from("<I", data, 24)[0]
        metas = [16, self.page + 16]
        self.meta = max(metas, key=lambda at: struct.unpack_from("<Q", data, at + 48)[0])
        self.root = struct.unpack_from("<Q", data, self.meta + 16)[0]
        self.pages = struct.unpack_from("<Q", data, self.meta + 40)[0]

    def header(self, number):
        return struct.unpack_from("<QHHI", self.data, number * self.page)

    def elements(self, number):
        """(where the element is, key, where its value is, its value's size) of a leaf."""
        for index in range(self.header(number)[2]):
            at = number * self.page + 16 + index * 16
            _, position, key, value = struct.unpack_from("<IIII", self.data, at)
            begin = at + position
            yield at, self.data[begin:begin + key], begin + key, value

    def bucket(self, name):
        """(where the bucket's root page is written, the page)."""
        for _, key, value, _ in self.elements(self.root):
            if key == name.encode():
                return value, struct.unpack_from("<Q", self.data, value)[0]
        raise KeyError(name)

    def a_leaf(self, name):
        page = self.bucket(name)[1]
        while self.header(page)[1] == 1:
            page = struct.unpack_from("<Q", self.data, page * self.page + 16 + 8)[0]
        return page


def flipped(data, at, bit=1):
    data = bytearray(data)
    data[at] ^= bit
    return bytes(data)


def with_bytes(data, at, new):
    return data[:at] + new + data[at + len(new):]


def replaced(data, old, new):
    assert len(old) == len(new) and old in data, old
    return data.replace(old, new)


def in_leaf(change):
    """A case that damages the first leaf of the bucket `key` and signs the snapshot anew."""
    def mutate(data):
        bolt = Bolt(data)
        return signed(change(data, bolt, bolt.a_leaf("key") * bolt.page))
    return mutate


def twice_used(data):
    bolt = Bolt(data)
    return signed(with_bytes(data, bolt.bucket("key")[0], struct.pack("<Q", bolt.root)))


def last_key_of_leaf(data, bolt, at):
    return list(bolt.elements(at // bolt.page))[-1]


SNAPSHOTS = [
    ("an empty snapshot", "empty", lambda d: b""),
    ("a text under a snapshot's name", "cut-short", lambda d: b"not a snapshot\n"),
    ("a long text under a snapshot's name", "no-bolt-file", lambda d: b"not a snapshot\n" * 1000),
    ("a compressed snapshot", "no-bolt-file", gzip.compress),
    ("cut within the first meta page", "cut-short", lambda d: d[:60]),
    ("cut behind the first page", "cut-short", lambda d: d[:4096]),
    ("cut in its middle", "cut-short", lambda d: d[:len(d) // 2]),
    ("cut in its middle, at a page", "cut-short", lambda d: d[:len(d) // 8192 * 4096]),
    ("cut by its last byte", "cut-short", lambda d: d[:-1]),
    ("cut within its trailer", "cut-short", lambda d: d[:-16]),
    ("without its trailer", "trailer-missing", lambda d: d[:-TRAILER]),
    ("with bytes behind its end", "too-long", lambda d: d + b"x" * 7),
    ("with a page behind its end", "too-long", lambda d: d + b"\0" * 4096),
    ("of a big-endian machine", "big-endian",
     lambda d: signed(with_bytes(with_bytes(d, 16, d[16:20][::-1]), 4096 + 16, d[16:20][::-1]))),
    ("a flipped bit in its magic number", "no-bolt-file", lambda d: flipped(d, 16)),
    ("a flipped bit in its first meta page", "meta-broken", lambda d: flipped(d, 16 + 40)),
    ("a flipped bit in its second meta page", "meta-broken", lambda d: flipped(d, 4096 + 16 + 50)),
    ("a flipped bit in the unused end of its first page", "digest-differs", lambda d: flipped(d, 4000)),
    ("a flipped bit in a page's header", "digest-differs", lambda d: flipped(d, Bolt(d).a_leaf("key") * 4096 + 12)),
    ("a flipped bit in a key", "digest-differs",
     lambda d: flipped(d, list(Bolt(d).elements(Bolt(d).a_leaf("key")))[0][2] - 1)),
    ("a flipped bit in a value", "digest-differs",
     lambda d: flipped(d, list(Bolt(d).elements(Bolt(d).a_leaf("key")))[0][2] + 40)),
    ("a flipped bit in its last page", "digest-differs", lambda d: flipped(d, len(d) - TRAILER - 1)),
    ("a flipped bit in its trailer", "digest-differs", lambda d: flipped(d, len(d) - 5)),
    ("a page that is another's, signed anew", "page-broken", in_leaf(lambda d, b, at: flipped(d, at, 64))),
    ("a page of no kind, signed anew", "page-broken", in_leaf(lambda d, b, at: with_bytes(d, at + 8, b"\x20\0"))),
    ("a page that flows beyond the file, signed anew", "page-broken",
     in_leaf(lambda d, b, at: with_bytes(d, at + 12, b"\xff\xff\xff\0"))),
    ("an element beyond its page, signed anew", "page-broken",
     in_leaf(lambda d, b, at: with_bytes(d, at + 16 + 12, b"\xff\xff\0\0"))),
    ("more elements than a page has room for, signed anew", "page-broken",
     in_leaf(lambda d, b, at: with_bytes(d, at + 10, b"\xff\xff"))),
    ("keys out of order, signed anew", "page-broken",
     in_leaf(lambda d, b, at: with_bytes(d, list(b.elements(at // b.page))[0][2] - 17, b"\xff"))),
    ("a key that is no revision, signed anew", "key-space-broken",
     in_leaf(lambda d, b, at: with_bytes(d, last_key_of_leaf(d, b, at)[2] - 9, b"z"))),
    ("a value that is no key and value, signed anew", "key-space-broken",
     in_leaf(lambda d, b, at: with_bytes(d, list(b.elements(at // b.page))[0][2], b"\xff\xff"))),
    ("a root that is no page, signed anew", "page-broken",
     lambda d: signed(with_bytes(d, Bolt(d).meta + 16, struct.pack("<Q", Bolt(d).pages + 5)))),
    ("a page that is used twice, signed anew", "page-broken", twice_used),
    ("of no OpenShift cluster", "no-cluster-version",
     lambda d: signed(replaced(d, b"/clusterversions/version", b"/clusterversions/without"))),
    ("taken within an update", "within-an-update",
     lambda d: signed(replaced(d, b'"state":"Completed"', b'"state":"PartialXX"'))),
    ("encrypted at rest, without its keys", "keys-missing",
     lambda d: signed(replaced(d, b'{"apiVersion":"v1","kind":"ConfigMap"',
                               b'k8s:enc:aescbc:v1:1:XXXXXXXXXXXXXXXXX'))),
]


# ---- archives ----------------------------------------------------------------------------------------------------------
def entries_of(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return [(member, tar.extractfile(member).read() if member.isfile() else b"") for member in tar]


def packed(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for member, content in entries:
            tar.addfile(member, io.BytesIO(content) if member.isfile() else None)
    return out.getvalue()


def entry(name, content=b"x", kind=tarfile.REGTYPE, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    member.size = len(content) if kind == tarfile.REGTYPE else 0
    return member, content


def plus(*more):
    return lambda data: packed(entries_of(data) + list(more))


def without(pod):
    return lambda data: packed([e for e in entries_of(data) if not e[0].name.endswith(f"/{pod}-pod.yaml")])


def second_revision(data):
    old = [e for e in entries_of(data) if e[0].name.endswith("/etcd-pod.yaml")][0]
    return plus(entry("static-pod-resources/etcd-pod-99/etcd-pod.yaml", old[1]))(data)


def bomb(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as file:
        file.write(gzip.decompress(data)[:-1024])
        for _ in range(300):
            file.write(b"\0" * (1 << 20))
    return out.getvalue()


TOP = "static-pod-resources/etcd-pod-3/"
ARCHIVES = [
    ("an empty archive", "archive-empty", lambda d: b""),
    ("an archive that is not compressed", "archive-broken", gzip.decompress),
    ("a text under an archive's name", "archive-broken", lambda d: gzip.compress(b"no tar at all\n" * 100)),
    ("an archive without entries", "pod-missing", lambda d: packed([])),
    ("an archive cut in its middle", "archive-cut-short", lambda d: d[:len(d) // 2]),
    ("an archive cut by its last byte", "archive-cut-short", lambda d: d[:-1]),
    ("a flipped bit in an archive's middle", "archive-broken", lambda d: flipped(d, len(d) // 2)),
    ("a flipped bit in an archive's checksum", "archive-broken", lambda d: flipped(d, len(d) - 6)),
    ("bytes behind an archive's end", "archive-broken", lambda d: d + b"more"),
    ("an archive whose tar is cut", "archive-broken", lambda d: gzip.compress(gzip.decompress(d)[:3000])),
    ("a second revision of a pod", "two-revisions", second_revision),
    ("names that begin with ./", "archive-prefix",
     lambda d: packed([entry("./" + member.name, content) for member, content in entries_of(d) if member.isfile()])),
    ("a symlink", "archive-link", plus(entry(TOP + "a", kind=tarfile.SYMTYPE, link="/etc/shadow"))),
    ("a hard link", "archive-link", plus(entry(TOP + "a", kind=tarfile.LNKTYPE, link=TOP + "etcd-pod.yaml"))),
    ("a name with ..", "archive-escape", plus(entry("static-pod-resources/../manifests/evil.yaml"))),
    ("an absolute name", "archive-escape", plus(entry("/etc/kubernetes/manifests/evil.yaml"))),
    ("a name outside", "archive-foreign", plus(entry("manifests/evil.yaml"))),
    ("another folder within", "archive-foreign", plus(entry("static-pod-resources/etcd-certs/ca.crt"))),
    ("a device", "archive-special", plus(entry(TOP + "null", kind=tarfile.CHRTYPE))),
    ("a pipe", "archive-special", plus(entry(TOP + "pipe", kind=tarfile.FIFOTYPE))),
    ("a name twice", "archive-twice", plus(entry(TOP + "a"), entry(TOP + "a"))),
    ("more entries than there can be", "archive-bomb", plus(*[entry(f"{TOP}{i}") for i in range(20_001)])),
    ("an archive that unpacks without end", "archive-bomb", bomb),
] + [(f"an archive without the {pod} pod", "pod-missing", without(pod)) for pod in PODS]


# ---- directories -------------------------------------------------------------------------------------------------------
def other_time(path):
    return path.with_name(path.name.replace("snapshot_20", "snapshot_19").replace("resources_20", "resources_19"))


def dirty(path):
    head, dot, tail = path.name.partition(".")
    return path.with_name(head + "__POSSIBLY_DIRTY__" + dot + tail)


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def as_folder(path):
    path.unlink()
    path.mkdir()


# Each gets (directory, snapshot, archive) of a copy.
DIRECTORIES = [
    ("no snapshot", "no-pair", lambda d, s, a: s.unlink()),
    ("no archive", "no-pair", lambda d, s, a: a.unlink()),
    ("an empty directory", "no-pair", lambda d, s, a: (s.unlink(), a.unlink())),
    ("a pair of two times", "mixed-pair", lambda d, s, a: s.rename(other_time(s))),
    ("two pairs", "several-pairs", lambda d, s, a: (shutil.copy(s, other_time(s)), shutil.copy(a, other_time(a)))),
    ("two snapshots", "several-pairs", lambda d, s, a: shutil.copy(s, other_time(s))),
    ("two archives", "several-pairs", lambda d, s, a: shutil.copy(a, other_time(a))),
    ("the dirty one beside the clean one", "several-pairs",
     lambda d, s, a: (shutil.copy(s, dirty(s)), shutil.copy(a, dirty(a)))),
    ("a backup taken with --force", "possibly-dirty", lambda d, s, a: (s.rename(dirty(s)), a.rename(dirty(a)))),
    ("no directory", "no-directory", lambda d, s, a: shutil.rmtree(d)),
    ("a file for a directory", "no-directory", lambda d, s, a: (shutil.rmtree(d), d.write_text("x"))),
    ("the pair one folder deeper", "no-pair",
     lambda d, s, a: ((d / "deeper").mkdir(), [path.rename(d / "deeper" / path.name) for path in (s, a)])),
    ("a pipe for a snapshot", "unreadable", lambda d, s, a: as_pipe(s)),
    ("a folder for an archive", "unreadable", lambda d, s, a: as_folder(a)),
]


def make(good, case_directory):
    """Yields (title, defect, directory) of every case, one after another in the same directory."""
    def fresh():
        if case_directory.is_dir():
            shutil.rmtree(case_directory)
        case_directory.unlink(missing_ok=True)
        shutil.copytree(good, case_directory)
        return next(case_directory.glob("snapshot_*.db")), next(case_directory.glob("static_*.tar.gz"))

    for title, defect, change in SNAPSHOTS:
        snapshot, _ = fresh()
        snapshot.write_bytes(change(snapshot.read_bytes()))
        yield title, defect, case_directory
    for title, defect, change in ARCHIVES:
        _, archive = fresh()
        archive.write_bytes(change(archive.read_bytes()))
        yield title, defect, case_directory
    for title, defect, change in DIRECTORIES:
        change(case_directory, *fresh())
        yield title, defect, case_directory
