"""Valid responses of every operation, from the schemas of the contract."""

from __future__ import annotations

import copy
import functools
import json
import random
from pathlib import Path
from typing import Any

import textrequest_api

_DOCUMENT: dict[str, Any] = json.loads(
    (Path(textrequest_api.__file__).parent / "openapi.json").read_text("utf-8")
)
SAMPLES_PER_RESPONSE = 12
_STRINGS = ["", "a", "Delivered late", "ärger", "\U0001f600", "0", "null", "<b>x</b>", "x" * 300]
_TIMES = [
    "2026-03-14T15:09:26.535",
    "2026-03-14T15:09:26.1250403Z",
    "2026-03-14T15:09:26+02:00",
    "2026-03-14",
]


@functools.cache
def responses(operation: str) -> list[tuple[int, Any]]:
    """Status and body of valid responses, by the name of the operation; the body is None if it has none.

    The same every time.
    """
    draw = random.Random(operation)
    found: list[tuple[int, Any]] = []
    for path in _DOCUMENT["paths"].values():
        for method in path.values():
            if not isinstance(method, dict) or method.get("operationId", "").lower() != operation.replace(
                "custom_fields", "customfields"
            ):
                continue
            for status, response in method["responses"].items():
                schemas = [media["schema"] for media in response.get("content", {}).values()]
                code = int(status) if status.isdigit() else 500
                found += [
                    (code, value_of(schema, draw)) for schema in schemas for _ in range(SAMPLES_PER_RESPONSE)
                ]
                if not schemas:
                    found.append((code, None))
    # Most inputs start from a success: an error is read in one way whatever the operation is.
    successes = [one for one in found if one[0] < 300]
    return found + successes * (2 * len(found) // max(1, len(successes)))


def payloads() -> list[Any]:
    """Valid payloads of webhooks."""
    draw = random.Random("webhooks")
    names = [name for name in _DOCUMENT["components"]["schemas"] if name.startswith("webhook_payload")]
    return [
        value_of({"$ref": f"#/components/schemas/{name}"}, draw)
        for name in names
        for _ in range(SAMPLES_PER_RESPONSE)
    ]


def value_of(schema: dict[str, Any], draw: random.Random) -> Any:
    """A value that matches a schema. An example of the contract is one more often than not."""
    if "$ref" in schema:
        return value_of(_DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], draw)
    if "allOf" in schema:
        merged: dict[str, Any] = {}
        for part in schema["allOf"]:
            value = value_of(part, draw)
            if not isinstance(value, dict):
                return value
            merged |= value
        return merged
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return value_of(draw.choice(alternatives), draw)
    if "enum" in schema:
        return draw.choice(schema["enum"])
    if "example" in schema and draw.random() < 0.6:
        return copy.deepcopy(schema["example"])
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    return _of_kind(draw.choice(kinds) if isinstance(kinds, list) else kinds, schema, draw)


def _of_kind(kind: str, schema: dict[str, Any], draw: random.Random) -> Any:
    if kind == "object":
        required = schema.get("required", [])
        return {
            name: value_of(value, draw)
            for name, value in schema.get("properties", {}).items()
            if name in required or draw.random() < 0.8
        }
    if kind == "array":
        return [value_of(schema.get("items", {}), draw) for _ in range(draw.choice([0, 1, 1, 3]))]
    if kind == "string":
        return draw.choice(_TIMES if "date" in schema.get("format", "") else _STRINGS)
    numbers = {"integer": [0, 1, 350, 2**31], "number": [0, 1.5, 84.5], "boolean": [True, False]}
    return draw.choice(numbers.get(kind, [None]))
