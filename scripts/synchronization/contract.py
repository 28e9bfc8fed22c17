"""Compare two OpenAPI documents, ignoring prose and order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from regeneration import Refused
from regeneration.source import METHODS

PROSE = frozenset(
    {"description", "summary", "title", "example", "examples", "externalDocs", "termsOfService"}
)
# The keys of these mappings are names chosen by the author, so none of them is prose or an extension.
NAMES = frozenset({"properties", "patternProperties", "schemas", "paths", "callbacks", "responses", "content", "headers",
                   "securitySchemes", "requestBodies", "links", "encoding", "variables", "mapping", "scopes", "pathItems",
                   "webhooks", "$defs", "dependentSchemas", "parameters"})  # fmt: skip
DATA = frozenset({"default", "enum", "const", "security"})
UNORDERED = frozenset({"required", "enum", "type"})
MAX_CHARACTERS = 300
# A path appears in code, in Markdown and in a terminal, so it may have only what a URL template needs.
SAFE_PATH = re.compile(r"^/[A-Za-z0-9_.~:/{}\-]{0,250}$")


def structure(node: Any, key: str | None = None) -> Any:
    """The node without prose, extensions and order. Nodes that are equal in this form are the same contract.

    The order of keys, parameters, tags and enum values is not part of the contract. key: the key of the node
    in its parent.
    """
    if key in DATA:
        return sorted(node, key=repr) if isinstance(node, list) else node
    if isinstance(node, dict):
        if key in NAMES:
            kept = {name: structure(value) for name, value in node.items()}
            return {
                name: value
                for name, value in kept.items()
                if key not in ("paths", "responses") or not name.startswith("x-")
            }
        return {name: structure(value, name) for name, value in node.items() if not is_prose(name)}
    if isinstance(node, list):
        named = [item for item in node if isinstance(item, dict) and identity(item)]
        if key in ("parameters", "tags", "servers") and len(named) == len(node):
            return {identity(item): structure(item) for item in node}
        items = [structure(item) for item in node]
        return sorted(items, key=repr) if key in UNORDERED or key == "tags" else items
    return node


def is_prose(name: str) -> bool:
    """Whether a key is not part of the contract: prose, or an extension."""
    return name in PROSE or name.startswith("x-")


def identity(item: dict[str, Any]) -> str:
    """What identifies an item in a list of parameters, tags or servers; empty if nothing does."""
    if "$ref" in item:
        return str(item["$ref"])
    if "name" in item:
        return f"{item['in']}:{item['name']}" if "in" in item else str(item["name"])
    return str(item.get("url", ""))


def compared(document: dict[str, Any]) -> dict[str, Any]:
    """The structure of a whole document, without `info` and the patch level of `openapi`."""
    form: dict[str, Any] = structure(document)
    form.pop("info", None)
    form["openapi"] = ".".join(str(document.get("openapi", "")).split(".")[:2])
    return form


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs between two documents, one line for each place; an empty list means the same contract.

    An operation that has no operationId in `after` keeps the one it had, because the document is also
    published without operationIds.
    """
    old, new = compared(before), compared(after)
    for path, item in new["paths"].items():
        for method in METHODS:
            if isinstance(item.get(method), dict) and "operationId" not in item[method]:
                known = old["paths"].get(path, {}).get(method, {})
                if "operationId" in known:
                    item[method]["operationId"] = known["operationId"]
    return list(_changes(old, new, ""))


def _changes(old: Any, new: Any, where: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            here = f"{where}/{pointer(key)}"
            if key not in new:
                yield f"removed {here}"
            elif key not in old:
                yield f"added {here}"
            else:
                yield from _changes(old[key], new[key], here)
    elif old != new or type(old) is not type(new):
        yield f"changed {where} from {_brief(old)} to {_brief(new)}"


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def pointer(key: str) -> str:
    """A key, escaped for a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def without_extensions(node: Any, key: str | None = None) -> Any:
    """The node without extensions (keys x-…), because they are instructions to our generator.

    An x-idempotent in a fetched document, for example, would make the client retry a send.
    """
    if key in DATA:
        return node
    if isinstance(node, dict):
        named = key in NAMES and key not in ("paths", "responses")
        return {
            name: without_extensions(value, None if key in NAMES else name)
            for name, value in node.items()
            if named or not name.startswith("x-")
        }
    return [without_extensions(item) for item in node] if isinstance(node, list) else node


def check_text(document: dict[str, Any], source: str) -> None:
    """Raise Refused for text outside of prose that is unsafe in code, Markdown or a terminal."""
    for path in document["paths"]:
        if not path.startswith("x-") and not SAFE_PATH.fullmatch(path):
            raise Refused(f"{source}: not a usable path: {path[:60]!r}")
    for where, text in _texts(structure(document), ""):
        if len(text) > MAX_CHARACTERS:
            raise Refused(
                f"{source}: {where}: {len(text)} characters in a name or a value; at most {MAX_CHARACTERS} are allowed"
            )
        if not text.isprintable():
            raise Refused(f"{source}: {where}: unprintable characters in {text[:60]!r}")


def _texts(node: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield where, str(key)
            yield from _texts(value, f"{where}/{pointer(str(key))[:60]}")
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, where)
    elif isinstance(node, str):
        yield where, node
