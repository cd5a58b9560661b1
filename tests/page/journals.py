"""Journals for tests of the page: a simulated run, lengthened or made hostile, with its chain made anew."""
import hashlib
import json
import subprocess

NONE = "0" * 64


def simulated(simulator, seed, path, *options):
    subprocess.run([simulator, "--seed", str(seed), "--journal", str(path), *options], check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(facts, path):
    """Numbers and chains the facts as the journal does, and writes them."""
    previous, lines = NONE, []
    for number, fact in enumerate(facts, 1):
        fact = {**fact, "seq": number}
        fact.pop("prev", None)
        fact["prev"] = previous
        line = json.dumps(fact, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(line.encode()).hexdigest()
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


def lengthened(facts, count):
    """Repeats each look's outcome, as a long wait does, until there are that many facts."""
    looks = [fact for fact in facts if fact["type"] == "observed"]
    more = (count - len(facts)) // len(looks) + 1
    longer = []
    for fact in facts:
        longer.append(fact)
        if fact["type"] == "observed":
            longer.extend({**fact, "intents": []} for _ in range(more))
    return longer[:count]
