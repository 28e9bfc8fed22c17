"""Bodies of responses for tests: valid ones made up from a schema, and the same with random changes."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

Node = dict[str, Any]
TIMESTAMPS = [
    *("2026-07-25T09:39:35.227", "2026-07-25T09:39:35.1250403Z", "2026-07-25T09:39:35", "2026-07-25"),
    *("2026-07-25Z09:39:35", "2026-07-25T09:39:35+02:00", "Sat, 25 Jul 2026 09:39:35 GMT", "soon", "Z", ""),
]
DATES = ["2026-07-25", "20260725", "2026-13-01", "yesterday"]
STRANGE: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, -0.0, 2.5, 1e300, 2**63, 2**70, "", "x", "delivered", "ünïcode 😀"),
    *([], [None], [1], ["x"], [[]], [{}], {}, {"id": 1}, {"x": None}, *TIMESTAMPS, *DATES),
    "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36",
]
# Each replaces a text that is likely to be in a document.
TEXTS = [
    *((": 1", ": 1e400"), (": 1", ": NaN"), (": 1", ": 01"), (": 1", ": 1" + "0" * 5000), (": 1", ": -0")),
    *(('": ', '": 1, "x": '), ('": "', '": "\\ud800'), ('": "', '": "\\u0041'), ('": "', '": "\t')),
    *(("{", "{ "), ("}", "}\n"), ("}", ",}"), ("}", "} x"), ("{", "\ufeff{"), ("null", "nul"), ("[", "[[")),
]


def schema_of(document: Node, operation: Any) -> Node | None:
    """The schema of the first successful response with a JSON body."""
    responses = document["paths"][operation.path][operation.method.lower()]["responses"]
    for status, response in responses.items():
        if status.startswith("2") and "application/json" in response.get("content", {}):
            schema: Node = response["content"]["application/json"]["schema"]
            return schema
    return None


def valid(document: Node, schema: Node, chance: random.Random, depth: int = 0) -> Any:
    """A random value that the schema allows, with all properties. Lists below a depth of 4 are empty."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return valid(document, chance.choice(schema[key]), chance, depth)
    if len(schema.get("allOf", [])) == 1 and "properties" not in schema:
        return valid(document, schema["allOf"][0], chance, depth)
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kinds = schema.get("type", "object")
    kind = chance.choice(kinds) if isinstance(kinds, list) else kinds
    if kind == "object":
        return _object(document, schema, chance, depth)
    if kind == "array":
        length = chance.choice([0, 1, 3, 20 if depth < 2 else 2]) if depth < 4 else 0
        return [valid(document, schema["items"], chance, depth + 1) for _ in range(length)]
    if kind == "string":
        made_up = {
            "date-time": TIMESTAMPS[chance.randrange(3)],
            "date": DATES[0],
            "uuid": "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36",
        }
        return made_up.get(
            schema.get("format", ""), chance.choice(["", "x", "Ünï 😀", 'a "quoted" \\ text\n'])
        )
    simple: Node = {
        "integer": chance.randrange(-3, 1000),
        "number": chance.choice([1, 2.5]),
        "boolean": chance.random() < 0.5,
        "null": None,
    }
    return simple[kind]


def _object(document: Node, schema: Node, chance: random.Random, depth: int) -> Node:
    value: Node = {}
    for part in schema.get("allOf", []):
        value |= valid(document, part, chance, depth)
    for key, inner in schema.get("properties", {}).items():
        value[key] = valid(document, inner, chance, depth + 1)
    return value


def mutated(value: Any, chance: random.Random) -> bytes:
    """The value as JSON with a few random changes, of values or of the text."""
    holder = {"": copy.deepcopy(value)}
    for _ in range(chance.randrange(3)):
        _change(holder, chance)
    text = json.dumps(holder[""], ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.3:
        old, new = chance.choice(TEXTS)
        at = chance.randrange(len(text) + 1)
        text = text[:at] + text[at:].replace(old, new, 1)
    content = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.05:
        content = chance.choice([content[:-1], content + b"\x00", text.encode("utf-16"), b" " + content])
    return content


def _strange(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(STRANGE))


def _change(value: Any, chance: random.Random) -> None:
    """Change one random place in an object or a list."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.85:
            value = inner
            continue
        kind = chance.randrange(4)
        if kind == 0 and key != "":
            del value[key]
        elif kind == 1 and isinstance(value, dict) and key != "":
            value[chance.choice(["brand_new", "additional_properties", f"{key}_"])] = _strange(chance)
        elif kind == 2 and isinstance(value, list):
            value.insert(key, _strange(chance))
        else:
            value[key] = _strange(chance)
        return
