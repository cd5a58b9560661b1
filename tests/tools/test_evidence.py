"""Bundles that were tampered with, each refused by name by `restorectl verify` and by the independent verifier."""
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/page"))
import journals  # noqa: E402

RESTORECTL = os.environ["RESTORECTL"]
SIMULATOR = os.environ["RESTORECTL_SIM"]
INDEPENDENT = TOP / "tools/verify-bundle.py"
JOB = "outputs/sim-93.run-restore-script.master-0.1.txt"


def header(name, size, kind=b"0", link=b"", mode=b"0000600", octal=None):
    block = (name.encode().ljust(100, b"\0") + mode + b"\0" + b"0000000\0" * 2 + (octal or b"%011o\0" % size) + b"00000000000\0"
             + b" " * 8 + kind + link.ljust(100, b"\0") + b"ustar\00000" + b"\0" * 247)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def pack(files, end=b"\0" * 1024):
    """A bundle's container of (name, content) pairs, or of blocks as they are."""
    out = b""
    for entry in files:
        out += entry if isinstance(entry, bytes) else header(entry[0], len(entry[1])) + entry[1] + b"\0" * (-len(entry[1]) % 512)
    return out + end


def rechain(lines, change):
    """The journal with facts changed and every hash made anew: what somebody does who can write all of it."""
    facts = [json.loads(line) for line in lines.splitlines()]
    facts = change(facts) or facts
    with tempfile.TemporaryDirectory() as folder:
        journals.write(facts, Path(folder, "j"))
        return Path(folder, "j").read_bytes()


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="restorectl-evidence-")
        cls.dir = Path(cls.folder.name)
        for key in ("operator", "other"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", cls.dir / key], check=True)
        for seed in (93, 17):
            journals.simulated(SIMULATOR, seed, cls.dir / f"{seed}.jsonl")
            cls.export(cls.dir / f"{seed}.jsonl", f"{seed}.tar", "--sign-key", cls.dir / "operator")
        cls.whole = (cls.dir / "93.tar").read_bytes()
        cls.files = cls.unpack(cls.whole)
        cls.foreign = cls.unpack((cls.dir / "17.tar").read_bytes())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def export(cls, journal, name, *more):
        return subprocess.run([RESTORECTL, "export", journal, "-o", cls.dir / name, "--force", *more], check=True,
                              capture_output=True, text=True, env=os.environ | {"HOME": str(cls.dir)}).stdout

    @staticmethod
    def unpack(data):
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return [(member.name, tar.extractfile(member).read()) for member in tar]

    def both(self, data, *trust):
        """What each of the two says: "" where it verifies, else the defect's name."""
        path = self.dir / "candidate.tar"
        path.write_bytes(data)
        said = []
        for argv in ([RESTORECTL, "verify", path, *trust], [sys.executable, INDEPENDENT, path, *trust]):
            done = subprocess.run([*map(str, argv)], capture_output=True, text=True)
            words = done.stdout + done.stderr
            self.assertNotIn("Traceback", words)
            if done.returncode == 0:
                self.assertIn("verified: ", words)
                said.append("")
            else:
                self.assertEqual(done.returncode, 5, words)
                self.assertIn("refused: ", words)
                self.assertNotIn("verified: ", words)
                said.append(words.split("refused: ", 1)[1].split(":", 1)[0])
        return said

    def signed(self, manifest, key="operator", namespace="restorectl"):
        path = self.dir / "to-sign"
        path.write_bytes(manifest)
        path.with_suffix(".sig").unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", self.dir / key, path], check=True, capture_output=True)
        return Path(f"{path}.sig").read_bytes()

    def rebuilt(self, lines, signature=None):
        """The bundle of another journal, all digests made anew by export, with the old signature or another one."""
        (self.dir / "new.jsonl").write_bytes(lines)
        self.export(self.dir / "new.jsonl", "new.tar", "--no-sign")
        files = dict(self.unpack((self.dir / "new.tar").read_bytes()))
        old = dict(self.files)
        return pack([("manifest.json", files.pop("manifest.json")), ("manifest.json.sig", signature or old["manifest.json.sig"]),
                     ("signer.pub", old["signer.pub"]), *sorted(files.items())])

    def test_what_was_exported_verifies_signed_unsigned_and_cut_off(self):
        key = ["--key", self.dir / "operator.pub"]
        self.assertEqual(self.both(self.whole, *key), ["", ""])
        self.assertEqual(self.both(self.whole), ["", ""])
        self.export(self.dir / "93.jsonl", "unsigned.tar", "--no-sign")
        unsigned = (self.dir / "unsigned.tar").read_bytes()
        self.assertEqual(self.both(unsigned), ["", ""])
        self.assertEqual(self.both(unsigned, *key), ["unsigned", "unsigned"])
        # A run that was cut off within a line: what is whole is exported.
        journal = (self.dir / "93.jsonl").read_bytes()
        (self.dir / "cut.jsonl").write_bytes(journal[:-40])
        self.assertIn(f"truncated after fact {len(journal.splitlines()) - 1}", self.export(self.dir / "cut.jsonl", "cut.tar", "--no-sign"))
        self.assertEqual(self.both((self.dir / "cut.tar").read_bytes()), ["", ""])
        again = self.dir / "93.tar"
        self.export(self.dir / "93.jsonl", "again.tar", "--no-sign")
        self.assertEqual((self.dir / "again.tar").read_bytes(), unsigned, "the same run is the same bytes")
        refused = subprocess.run([RESTORECTL, "export", self.dir / "93.jsonl", "-o", again], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 2, "an existing file is not replaced")
        self.assertEqual(again.read_bytes(), self.whole)
        self.assertEqual(again.stat().st_mode & 0o777, 0o600)

    def test_hosts_may_be_called_by_their_whole_domain_names(self):
        # A job's id is RUN.STEP.HOST.ATTEMPT; a name in the archive has at most 100 bytes.
        for number, host in enumerate(("ip-10-0-131-183.ec2.internal", "ip-10-0-131-183.eu-central-1.compute.internal")):
            lines = (self.dir / "93.jsonl").read_bytes()
            for old, new in ((b"sim-93", b"20261123t101500123z-4f2a91c0"), (b"master-0", host.encode())):
                lines = lines.replace(old, new)
            (self.dir / "fqdn.jsonl").write_bytes(rechain(lines, lambda facts: None))
            self.export(self.dir / "fqdn.jsonl", "fqdn.tar", "--no-sign")
            data = (self.dir / "fqdn.tar").read_bytes()
            self.assertEqual(self.both(data), ["", ""])
            names = [name for name, _ in self.unpack(data) if name.startswith("outputs/")]
            self.assertTrue(all(len(name) <= 100 for name in names), names)
            cut = [name for name in names if re.search(r"\.[0-9a-f]{16}\.txt$", name)]
            self.assertTrue(cut or number == 0, names)
            # An output is still what the journal says, whatever its name.
            files = self.unpack(data)
            index = next(i for i, (name, _) in enumerate(files) if name in (cut or names))
            files[index] = (files[index][0], files[index][1] + b"and more\n")
            self.assertEqual(self.both(pack(files)), ["outputs-differ", "outputs-differ"])

    def test_the_head_that_was_kept_shows_a_journal_written_anew(self):
        (self.dir / "new.jsonl").write_bytes(rechain(dict(self.files)["journal.jsonl"], lambda facts: facts[:-1]))
        self.export(self.dir / "new.jsonl", "new.tar", "--no-sign")
        head = hashlib.sha256(dict(self.files)["journal.jsonl"].splitlines()[-1]).hexdigest()
        self.assertEqual(self.both((self.dir / "new.tar").read_bytes()), ["", ""], "nothing in it can show that")
        self.assertEqual(self.both((self.dir / "new.tar").read_bytes(), "--head", head), ["head-differs"] * 2)
        self.assertEqual(self.both(self.whole, "--head", head), ["", ""])

    def tampered(self):
        """Yields what was done, the bundle, and the defect's name, or two where the verifiers may differ."""
        files, foreign = dict(self.files), dict(self.foreign)
        lines = files["journal.jsonl"].splitlines(keepends=True)

        def with_(**changed):
            named = {name.replace(".", "_").replace("/", "_"): name for name in files}
            return pack([(n, c) for n, c in {**files, **{named[k]: v for k, v in changed.items()}}.items()])

        def journal(text):
            return with_(journal_jsonl=text)

        altered = bytearray(self.whole)
        altered[self.whole.index(b'"type":"confirmed"') + 60] ^= 1
        yield "a byte of the journal altered", bytes(altered), "chain-broken"
        yield "the last fact altered", journal(b"".join(lines[:-1]) + lines[-1].replace(b'"epoch":1', b'"epoch":2')), "manifest-differs"
        yield "facts removed at the beginning", journal(b"".join(lines[1:])), "chain-broken"
        yield "a fact removed in the midst", journal(b"".join(lines[:50] + lines[51:])), "chain-broken"
        yield "facts removed at the end", journal(b"".join(lines[:-3])), "manifest-differs"
        yield "two facts exchanged", journal(b"".join(lines[:50] + [lines[51], lines[50]] + lines[52:])), "chain-broken"
        yield "a fact doubled", journal(b"".join(lines[:50] + [lines[49]] + lines[50:])), "chain-broken"
        yield "a fact cut", journal(b"".join(lines)[:-20]), "chain-broken"
        yield "facts of another run put in", journal(b"".join(lines[:60] + foreign["journal.jsonl"].splitlines(keepends=True)[60:])), "chain-broken"
        yield "another run's journal", journal(foreign["journal.jsonl"]), "outputs-differ"
        yield "another run's outputs", with_(**{JOB.replace(".", "_").replace("/", "_"): foreign[next(n for n in foreign if "outputs/" in n)] + b"x"}), "outputs-differ"
        yield "the journal empty", journal(b""), "nothing"
        yield "the journal no journal", journal(b"hello\n"), "chain-broken"
        yield "two runs behind one another", journal(rechain(b"".join(lines), lambda facts: facts + [facts[0]])), "chain-broken"
        yield "re-chained without the key", self.rebuilt(rechain(b"".join(lines), lambda facts: [f for f in facts if f["seq"] != 40])), "signature-wrong"
        yield "re-chained, signed by another key", self.resigned(rechain(b"".join(lines), lambda facts: facts[:-1]), "other"), "signature-wrong"
        yield "re-chained under another run's id", self.rebuilt(rechain(b"".join(lines), self.rename)), "signature-wrong"
        manifest = files["manifest.json"]
        for what, old, new in (("number of facts", b'"facts":%d' % len(lines), b'"facts":%d' % (len(lines) - 1)), ("run", b'"run":"sim-93"', b'"run":"sim-94"'),
                               ("cluster", b'"cluster":"sim"', b'"cluster":"prod"'), ("time", b'"last_time":"2026', b'"last_time":"2027'),
                               ("head", b'"head":"', b'"head":"0'), ("size", b'"size":868', b'"size":869'), ("format", b'"format":1', b'"format":2')):
            self.assertIn(old, manifest)
            yield f"the manifest's {what} edited", with_(manifest_json=manifest.replace(old, new)), "manifest-differs"
        yield "the manifest's tool edited", with_(manifest_json=manifest.replace(b'"tool_version":"', b'"tool_version":"9')), "signature-wrong"
        yield "the manifest's member doubled", with_(manifest_json=manifest.replace(b'"format":1', b'"format":1,\n"format":1')), "manifest-differs"
        yield "the manifest cut", with_(manifest_json=manifest[:-20]), "manifest-differs"
        yield "the manifest deeply nested", with_(manifest_json=b"[" * 100_000), "manifest-differs"
        yield "the signature of another manifest", with_(manifest_json_sig=foreign["manifest.json.sig"]), "signature-wrong"
        yield "the signature of another key", with_(manifest_json_sig=self.signed(manifest, "other")), "signature-wrong"
        yield "the signature of another namespace", with_(manifest_json_sig=self.signed(manifest, namespace="file")), "signature-wrong"
        yield "the signature cut", with_(manifest_json_sig=files["manifest.json.sig"][:100]), "signature-wrong"
        yield "the signature removed", pack([f for f in self.files if f[0] not in ("manifest.json.sig", "signer.pub")]), "unsigned"
        yield "half the signature removed", pack([f for f in self.files if f[0] != "signer.pub"]), "missing-file"
        yield "an output edited", with_(**{JOB.replace(".", "_").replace("/", "_"): files[JOB].replace(b"etcd", b"ETCD")}), "outputs-differ"
        yield "an output removed", pack([f for f in self.files if f[0] != JOB]), "outputs-differ"
        yield "an output put in", pack([*self.files, ("outputs/zz.txt", b"hello\n")]), "outputs-differ"
        yield "a file put in", pack([*self.files, ("zz", b"hello\n")]), "unknown-file"
        yield "a file outside", pack([*self.files, ("/etc/passwd", b"hello\n")]), "unknown-file"
        yield "a file above", pack([*self.files, ("outputs/../../x.txt", b"hello\n")]), "unknown-file"
        yield "a file twice", pack([*self.files, self.files[-1]]), "unknown-file"
        yield "files out of order", pack(list(reversed(self.files))), "unknown-file"
        yield "the journal missing", pack([f for f in self.files if f[0] != "journal.jsonl"]), "missing-file"
        yield "the manifest missing", pack([f for f in self.files if f[0] != "manifest.json"]), "missing-file"
        yield "a link", pack([*self.files, header("outputs/zz.txt", 0, kind=b"2", link=b"/etc/passwd")]), "not-a-bundle"
        yield "a folder", pack([*self.files, header("outputs/zz.txt", 0, kind=b"5")]), "not-a-bundle"
        yield "another mode", pack([*self.files[:-1], header(JOB, len(files[JOB]), mode=b"0000777") + files[JOB] + b"\0" * (-len(files[JOB]) % 512)]), "not-a-bundle"
        yield "a huge size", pack([*self.files[:-1], header(JOB, 0, octal=b"77777777777\0")]), "not-a-bundle"
        yield "a size that is none", pack([*self.files[:-1], header(JOB, 0, octal=b"-0000000001\0")]), "not-a-bundle"
        yield "bytes behind the end", self.whole + b"\0" * 512, "not-a-bundle"
        yield "bytes in the padding", self.whole[:-1025] + b"x" + self.whole[-1024:], "not-a-bundle"
        yield "cut in the midst", self.whole[:len(self.whole) // 2], "not-a-bundle"
        yield "cut at the end", self.whole[:-512], "not-a-bundle"
        yield "an empty file", b"", "nothing"
        yield "an archive of nothing", b"\0" * 1024, "nothing"
        yield "no archive", os.urandom(4096), "not-a-bundle"

    @staticmethod
    def rename(facts):
        facts[0]["run_id"] = "sim-94"

    def resigned(self, lines, key):
        data = dict(self.unpack(self.rebuilt(lines)))
        return self.rebuilt(lines, self.signed(data["manifest.json"], key))

    def test_every_kind_of_tampering_is_refused_by_name_by_both(self):
        seen = set()
        for what, data, defect in self.tampered():
            with self.subTest(what):
                self.assertNotIn(what, seen)
                seen.add(what)
                self.assertEqual(self.both(data, "--key", self.dir / "operator.pub"), [defect, defect])
        self.assertGreaterEqual(len(seen), 30)
        print(f"{len(seen)} kinds of tampering, each refused by both verifiers", file=sys.stderr)

    def test_an_imported_run_is_looked_at_and_not_driven(self):
        env = os.environ | {"RESTORECTL_STATE_DIR": str(self.dir / "state")}
        run = lambda *words: subprocess.run([RESTORECTL, *map(str, words)], capture_output=True, text=True, env=env)  # noqa: E731
        bad = self.dir / "bad.tar"
        bad.write_bytes(self.whole[:-512])
        self.assertEqual(run("import", bad).returncode, 5)
        self.assertEqual(run("runs", "-o", "json").stdout.strip(), "[]", "nothing is left of a refused one")
        self.assertEqual(run("import", self.dir / "93.tar", "--key", self.dir / "operator.pub").returncode, 0)
        self.assertIn("imported", run("runs").stdout)
        self.assertEqual(run("replay", "sim-93").returncode, 0)
        self.assertEqual(run("report", "sim-93", "-o", self.dir / "r.html").returncode, 0)
        for verb in (["resume", "sim-93"], ["abandon", "sim-93", "--reason", "x"]):
            refused = run(*verb)
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn("imported", refused.stderr)
        self.assertEqual(run("import", self.dir / "93.tar").returncode, 4, "it is here already")


if __name__ == "__main__":
    unittest.main(verbosity=2)
