"""Read an OpenAPI document from a file or a URL, distrusting it, and bring it into a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from regeneration import Refused

MOST_BYTES = 20_000_000
SECONDS = 30.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Names become file names, class names and string literals: the generator escapes them, and this
# keeps out what no API would use in the first place.
SAFE_NAME = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$.\- ]{0,119}$")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 as JSON would read it: no aliases, which can blow up a document, and no dates."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise Refused("the document uses YAML aliases, which an OpenAPI document needs nowhere")
        return super().compose_node(parent, index)  # type: ignore[no-untyped-call]


_Loader.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:timestamp"]
    for first, entries in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read(source: str) -> bytes:
    """The bytes of a file or of an http(s) URL. TLS is required unless the host is this machine."""
    parts = urlsplit(source)
    if parts.scheme in ("http", "https"):
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Refused(f"{source}: fetched over TLS only; use https://")
        return _fetch(source)
    path = Path(source)
    if not path.is_file():
        raise Refused(f"no such file: {source}")
    if path.stat().st_size > MOST_BYTES:
        raise Refused(f"{source}: larger than {MOST_BYTES} bytes")
    return path.read_bytes()


def _fetch(url: str) -> bytes:
    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=SECONDS) as response:
            if response.status_code != 200:
                raise Refused(f"{url}: answered with status {response.status_code}")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise Refused(f"{url}: larger than {MOST_BYTES} bytes")
    except httpx.HTTPError as error:
        raise Refused(f"{url}: no answer ({type(error).__name__})") from error
    return bytes(content)


def load(source: str) -> dict[str, Any]:
    """The OpenAPI 3 document at a path or URL, as JSON would hold it; raises Refused.

    Takes YAML or JSON. Refuses what is not OpenAPI 3, references that leave the document, names
    that no API would use, and documents that are too large or use YAML aliases.
    """
    return parse(read(source), source)


def parse(content: bytes, source: str) -> dict[str, Any]:
    """Like `load`, for bytes already read; source names them in an error."""
    try:
        document = yaml.load(content, Loader=_Loader)
    except Refused as refused:
        raise Refused(f"{source}: {refused}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refused(f"{source}: not YAML or JSON ({reason})") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise Refused(f"{source}: not an OpenAPI 3 document")
    try:
        document = _as_json(document)
    except RecursionError as error:
        raise Refused(f"{source}: nested too deeply") from error
    if not isinstance(document.get("paths"), dict) or not document["paths"]:
        raise Refused(f"{source}: an OpenAPI document without paths")
    _check_references(document, source)
    _check_names(document, source)
    return document


def _as_json(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _as_json(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_json(value) for value in node]
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
    for where, node in nodes(document):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str) and not reference.startswith("#/"):
            raise Refused(f"{source}: {where} refers outside the document: {reference}")


def _check_names(document: dict[str, Any], source: str) -> None:
    def check(where: str, name: Any) -> None:
        if not isinstance(name, str) or not SAFE_NAME.match(name):
            raise Refused(f"{source}: {where}: not a usable name: {str(name)[:60]!r}")

    for where, node in nodes(document):
        if not isinstance(node, dict):
            continue
        if where.endswith("/schemas") or (where.endswith("/properties") and "/example" not in where):
            for name in node:
                check(where, name)
        if "operationId" in node and isinstance(node["operationId"], str):
            check(where, node["operationId"])
        if "in" in node and "name" in node and "/parameters/" in where:
            check(where, node["name"])


def in_order_of(document: Any, reference: Any) -> Any:
    """The document with the keys of its mappings in the reference's order, new keys last by name.

    Makes the generated package independent of the order in which a vendor writes its document:
    the order of properties decides the order of a model's fields.
    """
    if isinstance(document, dict):
        known = reference if isinstance(reference, dict) else {}
        keys = [key for key in known if key in document]
        keys += sorted(key for key in document if key not in known)
        return {key: in_order_of(document[key], known.get(key)) for key in keys}
    if isinstance(document, list):
        known_list = reference if isinstance(reference, list) else []
        if all(isinstance(item, dict) and "name" in item for item in document):
            by_name = {(i.get("in"), i["name"]): i for i in known_list if isinstance(i, dict) and "name" in i}
            order = {name: position for position, name in enumerate(by_name)}
            ordered = sorted(document, key=lambda i: order.get((i.get("in"), i["name"]), len(order)))
            return [in_order_of(item, by_name.get((item.get("in"), item["name"]))) for item in ordered]
        padded = known_list + [None] * len(document)
        return [in_order_of(item, padded[position]) for position, item in enumerate(document)]
    return document
