#!/usr/bin/python3
"""The schema itself: it takes what was ever written, and finds what no line may have."""
import copy
import json
import sys
import unittest

sys.dont_write_bytecode = True
import journal_schema as schema  # noqa: E402

HISTORIES = sorted((schema.TOP / "tests/histories").glob("*.jsonl"))
# Written by this version's format: a version that adds a field records a new history and names it here.
OWN = schema.TOP / "tests/histories/lab-finding-4.jsonl"


def records():
    yield from map(json.loads, OWN.read_text().splitlines())


def fault(record, by=schema.STRICT):
    return schema.fault_of(json.dumps(record), by)


class Schema(unittest.TestCase):
    def setUp(self):
        self.record = copy.deepcopy(next(r for r in records() if any(i["type"] == "run_job" for i in r["intents"])))
        self.start = copy.deepcopy(next(r for r in records() if r["type"] == "run_started"))
        self.assertEqual(fault(self.record), "")
        self.assertEqual(fault(self.start), "")

    def test_every_history_fits_what_a_reader_takes(self):
        self.assertGreater(len(HISTORIES), 3)
        for path in HISTORIES:
            self.assertEqual(schema.faults_in(path, schema.LENIENT), [])

    def test_the_envelope_is_as_the_format_says(self):
        for name, value in (("seq", 0), ("seq", 1.5), ("seq", "1"), ("seq", True), ("epoch", 0), ("type", "frobnicated"),
                            ("time", "2026-11-23 10:15:00.125Z"), ("time", "2026-11-23T10:15:00Z"),
                            ("prev", "0" * 63), ("prev", "G" * 64), ("intents", {}), ("intents", [1])):
            for by in (schema.STRICT, schema.LENIENT):
                self.assertNotEqual(fault(self.record | {name: value}, by), "", f"{name}: {value}")

    def test_a_field_of_another_type_is_found_wherever_it_stands(self):
        for damage in (lambda r: r["inventory"].update(cluster=5),
                       lambda r: r["inventory"]["hosts"][0].update(node_addresses="x"),
                       lambda r: r["inventory"]["ssh"].update(port=65536),
                       lambda r: r["inventory"]["api"].update(via="carrier_pigeon"),
                       lambda r: r["backup"]["files"][0]["chunks"].append(1)):
            record = copy.deepcopy(self.start)
            damage(record)
            for by in (schema.STRICT, schema.LENIENT):
                self.assertNotEqual(fault(record, by), "")

    def test_what_a_reader_ignores_is_found_in_our_own_lines(self):
        def places(record):
            return [record, record["inventory"], record["inventory"]["hosts"][0], record["backup"]["files"][0]]
        for number in range(len(places(self.start))):
            record = copy.deepcopy(self.start)
            places(record)[number]["unheard_of"] = 1
            self.assertIn("unheard_of", fault(record))
            self.assertEqual(fault(record, schema.LENIENT), "")
        intent = copy.deepcopy(self.record)
        intent["intents"][0]["unheard_of"] = 1
        self.assertIn("unheard_of", fault(intent))
        self.assertEqual(fault(intent, schema.LENIENT), "")

    def test_a_field_of_another_type_of_fact_is_unheard_of_here(self):
        self.assertIn("evidence", fault(self.record | {"evidence": "x"}))

    def test_a_missing_field_is_the_readers_default_and_our_own_fault(self):
        del self.start["backup"]["content"]
        self.assertIn("content", fault(self.start))
        self.assertEqual(fault(self.start, schema.LENIENT), "")
        del self.record["intents"][0]["script"]
        self.assertIn("script", fault(self.record))


if __name__ == "__main__":
    unittest.main()
