#!/usr/bin/python3
"""Verifies a bundle of `restorectl export` without restorectl: docs/evidence.md has the format.
    verify-bundle.py BUNDLE [--key OPERATOR.pub] [--head SHA256]
Exits with 0 if everything holds, else with 5 and the name of the defect. Only a key or a kept head reveals a full rewrite."""
import argparse, hashlib, json, re, subprocess, sys, tempfile  # noqa: E401
from pathlib import Path
def refuse(defect, words):  # noqa: E302
    sys.exit(print(f"refused: {defect}: {words}") or 5)
def header(name, size):  # noqa: E302
    block = (name.ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
             + b" " * 8 + b"0" + b"\0" * 100 + b"ustar\00000" + b"\0" * 247)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]
def place(name):  # noqa: E302
    known = ["manifest.json", "manifest.json.sig", "signer.pub", "journal.jsonl"]
    if name not in known and not re.fullmatch(r"outputs/(?!\.)[A-Za-z0-9._-]{1,88}\.txt", name):
        refuse("unknown-file", f"unexpected file {name!r}")
    return str(known.index(name)) if name in known else "4" + name
def unpack(data):  # noqa: E302
    files, at = {}, 0
    while (block := data[at:at + 512]) != b"\0" * 512:
        name, digits = block[:100].rstrip(b"\0"), block[124:135]
        size = int(digits, 8) if re.fullmatch(rb"[0-7]{11}", digits) else -1
        if size < 0 or not name or block != header(name, size):
            refuse("not-a-bundle" if data else "nothing", "truncated, empty, or not a bundle")
        name, end = name.decode("latin-1"), at + 512 + size
        order = place(name)
        if files and place(list(files)[-1]) >= order:
            refuse("unknown-file", f"{name} is duplicated or out of order")
        files[name], at = data[at + 512:end], end + -size % 512
        if len(files[name]) != size or at > len(data) or data[end:at].strip(b"\0"):
            refuse("not-a-bundle", f"truncated in {name}")
    data[at:] == b"\0" * 1024 or refuse("not-a-bundle", "invalid end of archive")
    return files or refuse("nothing", "nothing to verify")
def read_journal(lines):  # noqa: E302
    facts, outputs, previous = [], {}, "0" * 64
    for number, line in enumerate(lines.split(b"\n")[:-1], 1):
        try:
            facts.append(fact := json.loads(line))
            if (fact["seq"], fact["prev"]) != (number, previous) or (fact["type"] == "run_started") != (number == 1):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            refuse("chain-broken", f"fact {number} is not chained to the previous one")
        previous = hashlib.sha256(line).hexdigest()
        if fact["type"] in ("job_progressed", "job_ended"):
            job = fact["job"] if len(fact["job"]) < 89 else fact["job"][:71] + "." + hashlib.sha256(fact["job"].encode()).hexdigest()[:16]
            text = outputs.setdefault(f"outputs/{job}.txt", ["", ""])
            text[fact["type"] == "job_ended"] = text[0] + fact["line"] + "\n" if "line" in fact else fact["tail"]
    if not facts or not lines.endswith(b"\n"):
        refuse("chain-broken" if lines else "nothing", "the journal is truncated or has no facts")
    return facts, {name: (a or b).encode() for name, (a, b) in sorted(outputs.items()) if a or b}, previous
options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # noqa: E305
[options.add_argument(word) for word in ("bundle", "--key", "--head")]
options = options.parse_args()
files = unpack(Path(options.bundle).read_bytes())
if not {"manifest.json", "journal.jsonl"} <= set(files) or ("manifest.json.sig" in files) != ("signer.pub" in files):
    refuse("missing-file", "no manifest.json, no journal.jsonl, or half a signature")
facts, outputs, head = read_journal(files["journal.jsonl"])
outputs == {n: t for n, t in files.items() if n.startswith("outputs/")} or refuse("outputs-differ", "they do not match the journal")
try:
    run, tool = facts[0], json.loads(files["manifest.json"])
    values = [1, run["run_id"], run["inventory"]["cluster"], tool["tool_version"], tool["tool_sha256"], run["tables_digest"]]
except (ValueError, KeyError, TypeError, RecursionError):
    refuse("manifest-differs", "manifest.json cannot be read")
values += [len(facts), head, run["time"], facts[-1]["time"]]
members = "format run cluster tool_version tool_sha256 tables_digest facts head first_time last_time".split()
dump = lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False)  # noqa: E731
listed = [dump({"name": n, "size": len(files[n]), "sha256": hashlib.sha256(files[n]).hexdigest()}) for n in ["journal.jsonl", *outputs]]
expected = "{\n" + "".join(f'"{m}":{dump(v)},\n' for m, v in zip(members, values)) + '"files":[\n' + ",\n".join(listed) + "]\n}\n"
expected.encode() == files["manifest.json"] or refuse("manifest-differs", "manifest.json does not match the files")
options.head in (None, head) or refuse("head-differs", f"the head is {head}")
options.key and "manifest.json.sig" not in files and refuse("unsigned", "the bundle is not signed")
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "sig").write_bytes(files.get("manifest.json.sig", b""))
    Path(folder, "signers").write_text('operator namespaces="restorectl" ' + (Path(options.key).read_text() if options.key else ""))
    how = ["verify", "-I", "operator", "-f", f"{folder}/signers"] if options.key else ["check-novalidate"]
    checked = subprocess.run(["ssh-keygen", "-Y", *how, "-n", "restorectl", "-s", f"{folder}/sig"], input=files["manifest.json"], capture_output=True)
if "manifest.json.sig" in files and checked.returncode != 0:
    refuse("signature-wrong", (checked.stdout + checked.stderr).decode(errors="replace").strip())
print(f"verified: run {run['run_id']!r}, {len(facts)} facts, head {head}")
print(f"signed with the key in {options.key}" if options.key else "signature not verified: compare the head, or give --key")
