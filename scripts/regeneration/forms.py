"""Replace forms of OpenAPI that the generator does not have by forms that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from regeneration import Refused
from regeneration.source import METHODS, nodes

Node = dict[str, Any]
JSON = re.compile(r"application/json|text/json|application/(?:[\w.+-]+|\*)\+json|\*/\*")
BINARY = "application/octet-stream"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_DEFAULT_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def prepare(document: Node) -> None:
    """Change the document, whose references to responses and bodies are replaced, in place."""
    _choose_media_types(document)
    for _, operation in _operations(document):
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "header" and parameter.get("schema", {}).get("type") == "array":
                # The generator has no lists in headers. The items are written into one text.
                parameter["schema"] = {"type": "string"}
    for where, node in nodes(document):
        if isinstance(node, dict) and "/example" not in where and not where.endswith("/properties"):
            _open_constant(node)


def _choose_media_types(document: Node) -> None:
    """Keep one media type of every content: JSON if there is one.

    With two, the fields of a JSON body would not be arguments any more, so that a second one would break
    the code of every caller. A response of an unknown type is bytes.
    """
    for where, operation in _operations(document):
        if "requestBody" in operation:
            content = _chosen(operation["requestBody"].get("content", {}), FORMS)
            for name, media in content.items():
                if not _is_json(name) and _base(name) not in (*FORMS, BINARY):
                    raise Refused(
                        f"{where}: requests of the content type {name} cannot be sent; give it another one, or "
                        "remove the operation, by an action in openapi.overlay.yaml"
                    )
                if _is_json(name) and _is_any_object(document, media.get("schema", {})):
                    # Its fields are arguments otherwise, and this one has none.
                    media["schema"] = {}
            operation["requestBody"]["content"] = content
        for response in operation.get("responses", {}).values():
            content = response.get("content", {})
            chosen = _chosen(content, ())
            for name in list(chosen):
                if not _is_json(name) and not name.startswith("text/"):
                    chosen = {BINARY: {"schema": {"type": "string", "format": "binary"}}}
            if content:
                response["content"] = chosen


def _chosen(content: Node, preferred: tuple[str, ...]) -> Node:
    for name, media in content.items():
        if _base(name) == "application/json":
            return {name: media}
    for name, media in content.items():
        if _is_json(name):
            return {"application/json": media}
    for name, media in content.items():
        if _base(name) in preferred:
            return {name: media}
    return dict(list(content.items())[:1])


def _is_json(name: str) -> bool:
    return JSON.fullmatch(_base(name)) is not None


def _base(name: str) -> str:
    return name.partition(";")[0].strip().lower()


def _is_any_object(document: Node, schema: Node) -> bool:
    """Whether a schema is an object of which nothing is known."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = document.get("components", {}).get("schemas", {}).get(name, {})
    known = {"properties", "allOf", "anyOf", "oneOf", "enum", "$ref"}
    return schema.get("type") == "object" and not any(schema.get(key) for key in known)


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield f"{method.upper()} {path}", item[method]


def _open_constant(schema: Node) -> None:
    """Replace a constant by an enum with one value: enums are open, so that a second value breaks nothing.

    An enum whose values are not all strings, or all integers, has no names in Python: any value of its type
    is accepted.
    """
    if "const" in schema and isinstance(schema["const"], str | int | float | bool):
        schema["enum"] = [schema.pop("const")]
    values = schema.get("enum")
    if not isinstance(values, list):
        return
    if None in values and len(values) > 1:
        # Else null would be a value of its own, and the class would have another name.
        values = schema["enum"] = [value for value in values if value is not None]
        schema["nullable"] = True
        if isinstance(schema.get("type"), list):
            schema["type"] = next((kind for kind in schema["type"] if kind != "null"), "string")
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) == 1 and kinds <= {str, int}:
        schema.setdefault("type", "string" if kinds == {str} else "integer")
    else:
        del schema["enum"]
        names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
        if "type" not in schema and all(type(value) in names for value in values):
            schema["type"] = [names[kind] for kind in dict.fromkeys(map(type, values))]


def list_style(parameter: Node, schema: Node, where: str) -> str | None:
    """How a parameter that is a list is sent, as its separator, or empty to send each item; None if it is no list.

    Raises Refused for a form that cannot be sent.
    """
    name, place = parameter.get("name"), parameter.get("in", "")
    kinds = schema.get("type")
    kinds = set(kinds) if isinstance(kinds, list) else {kinds}
    if "content" in parameter or "object" in kinds or schema.get("properties"):
        raise Refused(
            f"{where}: the parameter {name} is an object; replace it by one parameter for each property, by "
            "actions in openapi.overlay.yaml"
        )
    style = parameter.get("style", _DEFAULT_STYLES.get(place))
    if place == "path" and style != "simple":
        raise Refused(
            f"{where}: the parameter {name} has the style {style}, which cannot be sent in the path; set style by "
            "an action in openapi.overlay.yaml"
        )
    if "array" not in kinds:
        return None
    explode = parameter.get("explode", style == "form")
    if style == "simple":
        return ","
    if style in _SEPARATORS and place == "query":
        return "" if explode else _SEPARATORS[style]
    if style == "form" and not explode:
        return ","
    raise Refused(
        f"{where}: the list {name} has the style {style}, which cannot be sent in the {place}; set style and "
        "explode by an action in openapi.overlay.yaml"
    )
