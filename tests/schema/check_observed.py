#!/usr/bin/python3
"""Validates the lines that the test programs made: check_observed.py DIRECTORY PROGRAM…
Invariant: it ends with 0 only if each program has made lines, all of them fit the schema, and every type of fact and
intent that the schema has was among them."""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import journal_schema as schema  # noqa: E402


def main():
    directory, programs = Path(sys.argv[1]), sys.argv[2:]
    faults, seen, facts, intents = [], dict.fromkeys(programs, 0), set(), set()
    for path in sorted(directory.glob("*.json")):
        program = path.name.split(".")[0]
        seen[program] = seen.get(program, 0) + 1
        line = path.read_bytes()
        fault = schema.fault_of(line)
        if fault:
            faults.append(f"{path}: {fault}")
            continue
        line_facts, line_intents = schema.types_of(line)
        facts |= line_facts
        intents |= line_intents
    all_facts, all_intents = schema.all_types()
    faults += [f"{program} made no line: was it built and run?" for program, count in seen.items() if count == 0]
    faults += [f"no line has a {name}: run all unit tests before this one"
               for name in sorted((all_facts - facts) | (all_intents - intents))]
    for fault in faults[:20]:
        print(fault)
    print(f"{sum(seen.values())} kinds of lines ({', '.join(f'{p} {n}' for p, n in sorted(seen.items()))}), "
          f"{len(facts)} types of facts, {len(intents)} of intents: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
