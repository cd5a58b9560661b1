"""Checks lines of journals against docs/journal.schema.json. Invariant: it is strict where a reader is lenient: what
this version writes has every field of its type and no field that the schema does not have."""
import json
from pathlib import Path

import jsonschema

TOP = Path(__file__).resolve().parents[2]


def load():
    return json.loads((TOP / "docs/journal.schema.json").read_text())


def strict(schema):
    """The same schema, but each field must be there and none that is unknown."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if made.pop("additionalProperties", False):
        # Where the fields come from several schemas, only the outermost can tell which are left over.
        made["unevaluatedProperties" if "allOf" in made else "additionalProperties"] = False
    fields = made.get("properties")
    if isinstance(fields, dict) and not any("const" in field for field in fields.values() if isinstance(field, dict)):
        made["required"] = sorted(fields)
    return made


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


STRICT = validator(strict(load()))
LENIENT = validator(load())


def fault_of(line, by=STRICT):
    """What is wrong with a line, in one sentence; empty: nothing."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"is no JSON: {error}"
    # The innermost: around it, everything is left over for the outer schemas, and they complain of all of it.
    error = max(by.iter_errors(record), key=lambda one: len(one.absolute_path), default=None)
    if error is None:
        return ""
    place = "/".join(map(str, error.absolute_path)) or "the line"
    return f"fact {record.get('seq')} ({record.get('type')}), {place}: {error.message[:300]}"


def types_of(line):
    record = json.loads(line)
    return {record["type"]}, {intent["type"] for intent in record["intents"]}


def all_types():
    schema = load()
    return (set(schema["properties"]["type"]["enum"]),
            set(schema["$defs"]["intent"]["properties"]["type"]["enum"]))


def faults_in(path, by=STRICT):
    """What is wrong with a journal.jsonl; a last line without its newline is being written and left out."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [f"{path}, line {number}: {fault}" for number, line in enumerate(lines, 1) if (fault := fault_of(line, by))]
