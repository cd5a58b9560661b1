"""Label and field selectors of list and watch requests, and merge patches.

Invariant: a selector this module does not understand is an error for the client, never "matches
all".
"""
import re


class BadSelector(Exception):
    """A selector that cannot be read."""


def _split(text):
    """Splits at commas outside of parentheses."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _label_term(term):
    """A predicate on a dict of labels."""
    found = re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)", term)
    if found:
        values = {value.strip() for value in found[3].split(",")}
        if found[2] == "in":
            return lambda labels: labels.get(found[1]) in values
        return lambda labels: labels.get(found[1]) not in values
    found = re.fullmatch(r"([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)", term)
    if found:
        if found[2] == "!=":
            return lambda labels: labels.get(found[1]) != found[3]
        return lambda labels: labels.get(found[1]) == found[3]
    found = re.fullmatch(r"(!?)([^=!\s,()]+)", term)
    if found:
        return lambda labels: (found[2] in labels) != bool(found[1])
    raise BadSelector("unable to parse requirement: " + term)


def field(item, path):
    """The string behind a dotted path, empty when it is not there."""
    for name in path.split("."):
        item = item.get(name, "") if isinstance(item, dict) else ""
    return item if isinstance(item, str) else str(item)


def _field_term(term):
    """A predicate on an object."""
    found = re.fullmatch(r"([A-Za-z.]+)(==|=|!=)([^=!]*)", term)
    if not found:
        raise BadSelector("invalid field selector: " + term)
    if found[2] == "!=":
        return lambda item: field(item, found[1]) != found[3]
    return lambda item: field(item, found[1]) == found[3]


def matcher(label_selector, field_selector):
    """A predicate on objects; raises BadSelector."""
    labels = [_label_term(term) for term in _split(label_selector)]
    fields = [_field_term(term) for term in _split(field_selector)]

    def matches(item):
        have = item["metadata"].get("labels") or {}
        return all(term(have) for term in labels) and all(term(item) for term in fields)
    return matches


def merge(target, patch):
    """RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result
