"""Check `x-pagination` of the overlay: how to request the next page of a list by offset or by cursor.

docs/overlay.md describes the key. Lists with `page` and `page_size` need none.
"""

from __future__ import annotations

from typing import Any

from regeneration import Misfit, Refused

KEY = "x-pagination"
Node = dict[str, Any]
_KEYS = {"offset", "cursor", "next", "items", "total", "limit", "maximum"}


def read(document: Node, operation: Node, content: Node, where: str) -> Node | None:
    """The checked hint of an operation, or None. content: of its successful response."""
    about = operation.get(KEY)
    if about is None:
        return None

    def refused(reason: str) -> Refused:
        return Refused(f"{where}: {KEY}: {reason}")

    if (
        not isinstance(about, dict)
        or not about.keys() <= _KEYS
        or len(about.keys() & {"offset", "cursor"}) != 1
    ):
        raise refused(f"a mapping with offset or cursor, and of {', '.join(sorted(_KEYS))} was expected")
    if ("cursor" in about) != ("next" in about) or "items" not in about:
        raise refused("items is required, and next goes with cursor")
    maximum = about.get("maximum", 0)
    if ("limit" in about) != ("maximum" in about) or not isinstance(maximum, int) or maximum < 0:
        raise refused("limit goes with maximum, which is a number of items")
    query = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    for key in ("offset", "cursor", "limit"):
        if key in about and about[key] not in query:
            raise Misfit(f"{where}: {KEY}: {key}: no parameter {about[key]}", where, (KEY,))
    media: Node = next(iter(content.values()), {})
    schema = media.get("schema", {})
    for key in ("items", "next", "total"):
        at, place = "", schema
        for part in str(about.get(key, "")).split(".") if key in about else []:
            place, at = properties(document, place).get(part), f"{at}.{part}".strip(".")
            if place is None:
                raise Misfit(f"{where}: {KEY}: {key}: the response has no property {at}", where, (KEY,))
    if "." in str(about["items"]):
        raise refused("items must be a property of the response itself")
    return {
        "kind": "cursor" if "cursor" in about else "offset",
        "parameter": about.get("cursor", about.get("offset")),
        "items": about["items"],
        "next": str(about["next"]).split(".") if "next" in about else [],
        "total": str(about["total"]).split(".") if "total" in about else [],
        "limit": about.get("limit", ""),
        "maximum": maximum,
    }


def properties(document: Node, schema: Any, level: int = 0) -> Node:
    """The properties of a schema, those that it takes from other schemas included."""
    if level > 20:
        raise Refused("references in a circle")
    if not isinstance(schema, dict):
        return {}  # true and false are schemas too
    found: Node = dict(schema.get("properties") or {})
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/components/schemas/")
        found |= properties(document, document["components"]["schemas"].get(name, {}), level + 1)
    for part in [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]:
        found |= properties(document, part, level + 1)
    return found
