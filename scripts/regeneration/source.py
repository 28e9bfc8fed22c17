"""Read an untrusted OpenAPI document from a file or a URL, and put its keys in a fixed order."""

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from regeneration import Refused

MAX_BYTES = 20_000_000
MAX_LEVELS = 100
SECONDS = 10.0  # to connect, and for each read
MAX_SECONDS = 60.0  # for the whole document
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Names of schemas and operations become file names and class names. The generator escapes them; names
# that no API would use are not accepted at all.
SAFE_NAME = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_$.\- ]{0,119}")
# Names of properties and parameters become identifiers and string literals: letters of any alphabet, and
# the signs that APIs use.
SAFE_KEY = re.compile(r"[\w$@][\w$@.:\[\]\- ]{0,119}")
# Parameters of a path are fields of a format string.
SAFE_PART = re.compile(r"[^\W\d][\w\-]{0,119}")
# A tag becomes a folder of the package.
SAFE_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\- ]{0,119}")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class _Loader(yaml.CSafeLoader):
    """The JSON part of YAML 1.2, the language of OpenAPI. PyYAML itself implements 1.1.

    In YAML 1.1 a key `on` is a boolean, 12:30 is 750, 010 is 8, and 2026-03-14 is a date.
    """


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def read(source: str) -> bytes:
    """The bytes of a file or of an http(s) URL. TLS is required unless the host is this machine."""
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise Refused(f"{source}: not a URL ({error})") from error
    if parts.scheme in ("http", "https"):
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Refused(f"{source}: not fetched without TLS; use https://")
        return _fetch(source)
    path = Path(source)
    try:
        if not path.is_file():
            raise Refused(f"no such file: {source}")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"{source}: cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise Refused(f"{source}: larger than {MAX_BYTES} bytes")
    return content


def _fetch(url: str) -> bytes:
    content = bytearray()
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with httpx.stream("GET", url, timeout=SECONDS) as response:
            if response.status_code != 200:
                raise Refused(f"{url}: the response has status {response.status_code}, not 200")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise Refused(f"{url}: larger than {MAX_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise Refused(f"{url}: took longer than {MAX_SECONDS:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused(f"{url}: no response ({type(error).__name__})") from error
    return bytes(content)


def load(source: str) -> dict[str, Any]:
    """The OpenAPI 3 document at a path or URL, in YAML or JSON, with the types of JSON.

    Raises Refused if it is not OpenAPI 3, is too large, uses YAML aliases, refers to other documents,
    or has names that no API would use.
    """
    return parse(read(source), source)


def parse(content: bytes, source: str) -> dict[str, Any]:
    """The same for the content of a document. `source` is its name in errors."""
    try:
        document = _as_json(_decode(content))
    except Refused as refused:
        raise Refused(f"{source}: {refused}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refused(f"{source}: not YAML or JSON ({reason})") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise Refused(f"{source}: not an OpenAPI 3 document")
    if not isinstance(document.get("paths"), dict) or not document["paths"]:
        raise Refused(f"{source}: an OpenAPI document without paths")
    _check_references(document, source)
    _check_names(document, source)
    _check_tags(document, source)
    return document


def _decode(content: bytes) -> Any:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            pass  # a YAML document may begin with a brace too
    # Aliases can expand without limit, and nesting overflows the stack of libyaml's composer. The
    # events show both without using memory.
    level = 0
    for event in yaml.parse(content, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise Refused("the document uses YAML aliases, which are not supported")
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
            if level > MAX_LEVELS:
                raise Refused(f"nested more than {MAX_LEVELS} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
    return yaml.load(content, Loader=_Loader)  # noqa: S506  a CSafeLoader


def _as_json(node: Any, level: int = 0) -> Any:
    """The node with str keys. Raises Refused for values that JSON does not have."""
    if level > MAX_LEVELS:
        raise Refused(f"nested more than {MAX_LEVELS} levels deep")
    if isinstance(node, dict):
        return {str(key): _as_json(value, level + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_json(value, level + 1) for value in node]
    if not isinstance(node, str | int | float | bool | None) or (
        isinstance(node, float) and not math.isfinite(node)
    ):
        raise Refused(f"a value that JSON does not have: {str(node)[:60]}")
    return node


def nodes(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every node of a document with its JSON pointer."""
    yield where, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from nodes(value, f"{where}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{where}/{index}")


def _check_references(document: dict[str, Any], source: str) -> None:
    for path, item in document["paths"].items():
        if isinstance(item, dict) and "$ref" in item:
            raise Refused(f"{source}: the path {path} is a reference; its operations must be in its place")
    for where, node in nodes(document):
        if not isinstance(node, dict):
            continue
        # $id changes the base of the references below it. A dict under one of the keys is a property.
        for key, inside in (("$ref", "#/"), ("$dynamicRef", "#"), ("$id", "#")):
            reference = node.get(key)
            if isinstance(reference, str) and not reference.startswith(inside):
                raise Refused(f"{source}: {where} refers to another document: {reference[:100]}")


def _check_names(document: dict[str, Any], source: str) -> None:
    def check(where: str, name: Any, form: re.Pattern[str]) -> None:
        # Python normalizes identifiers, so that the attribute would have another name than the key.
        if (
            not isinstance(name, str)
            or not form.fullmatch(name)
            or not any(character.isalpha() for character in name)
            or unicodedata.normalize("NFKC", name) != name
        ):
            raise Refused(f"{source}: {where}: not a usable name: {str(name)[:60]!r}")

    for where, node in nodes(document):
        if not isinstance(node, dict):
            continue
        if where.endswith("/schemas"):
            for name in node:
                check(where, name, SAFE_NAME)
        if where.endswith("/properties") and "/example" not in where:
            for name in node:
                check(where, name, SAFE_KEY)
        if "operationId" in node and isinstance(node["operationId"], str):
            check(where, node["operationId"], SAFE_NAME)
        if "in" in node and "name" in node and "/parameters/" in where:
            check(where, node["name"], SAFE_PART if node["in"] == "path" else SAFE_KEY)


def _check_tags(document: dict[str, Any], source: str) -> None:
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method) if isinstance(item, dict) else None
            tags = operation.get("tags") if isinstance(operation, dict) else None
            for tag in tags if isinstance(tags, list) else []:
                if not isinstance(tag, str) or not SAFE_TAG.fullmatch(tag):
                    raise Refused(
                        f"{source}: {method.upper()} {path[:100]!r} has the tag {str(tag)[:60]!r}; "
                        "a tag may have only letters, digits, spaces, underscores and hyphens"
                    )


def in_order_of(document: Any, reference: Any) -> Any:
    """The document with its keys in the order of the reference. New keys are sorted and come last.

    The order of properties is the order of the fields of a model, so the package would otherwise
    depend on the order in which the vendor writes the document.
    """
    if isinstance(document, dict):
        known = reference if isinstance(reference, dict) else {}
        keys = [key for key in known if key in document]
        keys += sorted(key for key in document if key not in known)
        return {key: in_order_of(document[key], known.get(key)) for key in keys}
    if isinstance(document, list):
        known_list = reference if isinstance(reference, list) else []
        if all(isinstance(item, dict) and "name" in item for item in document):
            known_items = {
                _name(item): item for item in known_list if isinstance(item, dict) and "name" in item
            }
            order = {name: position for position, name in enumerate(known_items)}
            ordered = sorted(document, key=lambda item: order.get(_name(item), len(order)))
            return [in_order_of(item, known_items.get(_name(item))) for item in ordered]
        padded = known_list + [None] * len(document)
        return [in_order_of(item, padded[position]) for position, item in enumerate(document)]
    return document


def _name(item: dict[str, Any]) -> tuple[str, str]:
    return str(item.get("in")), str(item["name"])
