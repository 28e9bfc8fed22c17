"""Prepare a corrected document for the generator: rules that hold everywhere, so no overlay action.

The result is the built document. It is OpenAPI 3.1, whose schemas are plain JSON Schema, so that
any validator reads it as meant, and it carries what our templates need to know:

  x-direction   on a schema of components: `request` if only requests use it, `both` if answers use
                it too, else `answer`
  x-operation   on every response, where alone the generator hands extensions to templates: the
                operation's own x- keys, and the rules for its arguments
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from regeneration import Refused, webhook_events
from regeneration.source import METHODS, nodes

Node = dict[str, Any]
INSTRUCTIONS = {
    *("x-optional-means-nullable", "x-phone-number", "x-idempotent", "x-sends-text", "x-numbered-pairs"),
    *("x-direction", "x-operation", webhook_events.KEY),
}
RULES = {"minimum": "minimum", "maxLength": "max_length", "x-phone-number": "phone"}


def prepare(document: Node) -> Node:
    """The built document; the given one is left alone."""
    built = copy.deepcopy(document)
    built["openapi"] = "3.1.0"
    nullable = bool(built.pop("x-optional-means-nullable", False))
    webhook_events.prepare(built)
    _expand(built)
    _hoist(built)
    for where, node in nodes(built):
        if isinstance(node, dict) and isinstance(node.get("enum"), list) and "/example" not in where:
            _tell_members_apart(node)
    for schema in list(_schemas(built)):
        _replace_nullable(schema)
        if nullable:
            _let_optional_be_null(schema)
    _mark_directions(built)
    for path, method, operation in operations(built):
        operation.setdefault("security", copy.deepcopy(built.get("security", [])))
        for parameter in operation.get("parameters", []):
            _describe(parameter)
        about = _about(built, operation, f"{method.upper()} {path}")
        for response in operation.get("responses", {}).values():
            response["x-operation"] = about
    return built


def without_instructions(document: Node) -> Node:
    """The document without what would instruct this build: that is for the overlay alone.

    Our own x- keys go, lest a document from outside have a send repeated; and the titles of
    schemas, which are prose, and by which the generator would name classes.
    """
    stripped = copy.deepcopy(document)
    for where, node in nodes(stripped):
        # What stands under these two keys is data and names, but a schema may have such a name too.
        is_schema = where.startswith("/components/schemas/") and where.count("/") == 3
        if not isinstance(node, dict) or (
            not is_schema and (where.endswith("/properties") or "/example" in where)
        ):
            continue
        for key in INSTRUCTIONS & node.keys():
            del node[key]
        if where != "/info" and isinstance(node.get("title"), str):
            del node["title"]
    return stripped


def with_tags_of(contract: Node, document: Node) -> Node:
    """The document with the contract's first tag on every operation that has none.

    The overlay takes all tags away to set its own, which it cannot do for operations it does not know.
    """
    tagged = copy.deepcopy(document)
    published = {(path, method): operation for path, method, operation in operations(contract)}
    for path, method, operation in operations(tagged):
        tags = published.get((path, method), {}).get("tags", [])
        if not operation.get("tags") and tags:
            operation["tags"] = tags[:1]
    return tagged


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Every operation of a document: path, method, operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield path, method, item[method]


def resolve(document: Node, node: Node) -> Node:
    """The node itself, or what its $ref names."""
    for _ in range(20):
        if "$ref" not in node:
            return node
        target: Any = document
        for part in str(node["$ref"])[2:].split("/"):
            target = (
                target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            )
        if not isinstance(target, dict):
            raise Refused(f"reference to nothing: {node['$ref']}")
        node = target
    raise Refused(f"reference in a circle: {node['$ref']}")


def _expand(document: Node) -> None:
    """Give every operation an id, its path's parameters, and in place of references what they name."""
    for path, method, operation in operations(document):
        # The generator's own choice, made here so that inline schemas are named after it too.
        operation.setdefault("operationId", re.sub(r"[^A-Za-z0-9]+", "_", f"{method}{path}").strip("_"))
        own = [resolve(document, parameter) for parameter in operation.get("parameters", [])]
        shared = [resolve(document, parameter) for parameter in document["paths"][path].get("parameters", [])]
        named = {(parameter["in"], parameter["name"]) for parameter in own}
        merged = own + [
            parameter for parameter in shared if (parameter["in"], parameter["name"]) not in named
        ]
        if merged:
            operation["parameters"] = copy.deepcopy(merged)
        if "requestBody" in operation:
            operation["requestBody"] = copy.deepcopy(resolve(document, operation["requestBody"]))
        for code, response in operation.get("responses", {}).items():
            operation["responses"][code] = copy.deepcopy(resolve(document, response))
    for item in document["paths"].values():
        item.pop("parameters", None)


def _bodies(operation: Node) -> Iterator[Node]:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        yield media.get("schema", {})


def _answers(operation: Node) -> Iterator[Node]:
    for response in operation.get("responses", {}).values():
        for media in response.get("content", {}).values():
            yield media.get("schema", {})
    for callback in operation.get("callbacks", {}).values():
        for item in callback.values():
            for _, _, inner in operations({"paths": {"": item}}):
                yield from _bodies(inner)


def _schemas(document: Node) -> Iterator[Node]:
    """Every object schema with properties, wherever it stands."""
    for where, node in nodes(document):
        properties = node.get("properties") if isinstance(node, dict) else None
        # A schema or a property may itself have the name properties: then its values are not schemas.
        if isinstance(properties, dict) and all(isinstance(value, dict) for value in properties.values()):
            yield from () if "/example" in where else (node,)


def _hoist(document: Node) -> None:
    """Move enums and objects that stand inline in a property to components, under a stable name.

    The generator makes several classes of an inline enum that may be null, and names an inline
    object after its place. The names are those it would have given to the plain inline form.
    """
    components = document.setdefault("components", {}).setdefault("schemas", {})

    def visit(schema: Node, name: str) -> None:
        for part in [schema, *schema.get("allOf", [])]:
            for key, value in (part.get("properties") or {}).items():
                part["properties"][key] = moved(value, f"{name}_{value.get('title') or key}")

    def moved(schema: Node, name: str) -> Node:
        if "items" in schema:
            return {**schema, "items": moved(schema["items"], f"{name}_item")}
        if "enum" not in schema and not schema.get("properties"):
            return schema
        if name in components:
            raise Refused(f"two schemas named {name}: one stands inline; give it a title in the overlay")
        outer: Node = {key: schema[key] for key in ("description", "nullable") if key in schema}
        components[name] = {
            key: value for key, value in schema.items() if key not in ("nullable", "title", "default")
        }
        visit(components[name], name)
        return (
            {**outer, "allOf": [{"$ref": f"#/components/schemas/{name}"}]}
            if outer
            else {"$ref": f"#/components/schemas/{name}"}
        )

    for name, schema in list(components.items()):
        visit(schema, name)
    for _, _, operation in operations(document):
        for kind, content in (
            ("request", operation.get("requestBody", {}).get("content", {})),
            ("response", _success(operation)),
        ):
            for media in content.values():
                schema = media.get("schema") or {}
                if schema.get("properties") or "items" in schema:
                    media["schema"] = moved(schema, f"{operation.get('operationId', 'operation')}_{kind}")


def _success(operation: Node) -> Node:
    for code, response in operation.get("responses", {}).items():
        if code.startswith("2") and response.get("content"):
            content: Node = response["content"]
            return content
    return {}


def _or_null(schema: Node) -> Node:
    """The schema, or null, the way JSON Schema says it."""
    if isinstance(schema.get("type"), list) or "anyOf" in schema or "oneOf" in schema:
        if "type" in schema:
            return {**schema, "type": list(dict.fromkeys([*schema["type"], "null"]))}
        key = "anyOf" if "anyOf" in schema else "oneOf"
        return (
            schema if {"type": "null"} in schema[key] else {**schema, key: [*schema[key], {"type": "null"}]}
        )
    if "type" in schema and "enum" not in schema and not schema.get("properties"):
        return {**schema, "type": [schema["type"], "null"]}
    if not schema.keys() - {"description", "example"}:
        return schema  # any value, and so null
    outer: Node = {key: schema[key] for key in ("description", "example") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in outer}
    if list(inner) == ["allOf"] and len(inner["allOf"]) == 1:
        inner = inner["allOf"][0]
    return {**outer, "anyOf": [inner, {"type": "null"}]}


def _replace_nullable(schema: Node) -> None:
    for key, value in schema["properties"].items():
        if isinstance(value.get("items"), dict) and value["items"].pop("nullable", False):
            value["items"] = _or_null(value["items"])
        if value.pop("nullable", False):
            schema["properties"][key] = _or_null(value)


def _let_optional_be_null(schema: Node) -> None:
    required = schema.get("required", [])
    for key, value in schema["properties"].items():
        if key not in required:
            schema["properties"][key] = _or_null(value)


def _tell_members_apart(schema: Node) -> None:
    """Give the members of an enum names of their own where the generator's would be the same.

    It makes both A-B and A_B a member A_B, of which one is lost, and stops at both sent and SENT.
    """
    values = [value for value in schema["enum"] if value is not None]
    if not all(isinstance(value, str) for value in values):
        return
    given = schema.pop("x-enum-varnames", None)
    if isinstance(given, list) and len(given) == len(values) and _are_distinct_names(given):
        schema["x-enum-varnames"] = given
        return
    names = [
        re.sub(r"\W+", "_", value).strip("_").upper() if value[:1].isalpha() else f"VALUE_{at}"
        for at, value in enumerate(values)
    ]
    if not _are_distinct_names(names):
        schema["x-enum-varnames"] = [
            f"{name}_{at}" if names.count(name) > 1 else name for at, name in enumerate(names)
        ]


def _are_distinct_names(words: list[Any]) -> bool:
    plain = {str(word).upper().replace("_", "") for word in words}
    return len(plain) == len(words) and all(re.fullmatch(r"[^\W\d]\w*", str(word)) for word in words)


def _mark_directions(document: Node) -> None:
    def reach(starts: Iterator[Node], seen: set[str]) -> set[str]:
        for start in starts:
            for _, node in nodes(start):
                name = (
                    str(node["$ref"]).rpartition("/")[2]
                    if isinstance(node, dict) and "$ref" in node
                    else None
                )
                if name and name not in seen:
                    seen.add(name)
                    reach(iter([resolve(document, node)]), seen)
        return seen

    requests: set[str] = set()
    answers: set[str] = set()
    for _, _, operation in operations(document):
        reach(_bodies(operation), requests)
        reach(_answers(operation), answers)
    for name, schema in document["components"]["schemas"].items():
        directions = (name in requests, name in answers)
        schema["x-direction"] = "both" if all(directions) else "request" if directions[0] else "answer"


def _describe(parameter: Node) -> None:
    """The generator documents a parameter by its schema's description alone; and none is sent as null."""
    schema = parameter.get("schema", {})
    schema.pop("nullable", None)
    if "description" in parameter and "$ref" not in schema:
        schema.setdefault("description", parameter["description"])


def _about(document: Node, operation: Node, where: str) -> Node:
    """What templates must know of an operation: see the module's text."""
    arguments: Node = {}
    named: list[tuple[str, Node, bool]] = [
        (p["name"], p.get("schema", {}), False) for p in operation.get("parameters", [])
    ]
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/json":
            body = resolve(document, media.get("schema", {}))
            named += [(name, value, True) for name, value in body.get("properties", {}).items()]
    for name, schema, in_body in named:
        rules = {RULES[key]: schema[key] for key in RULES if key in schema}
        if in_body and schema.get("format") == "uri":
            rules["url"] = True
        for rule, value in rules.items():
            if not isinstance(value, int | bool):
                raise Refused(f"{where}: {name}: {rule} must be a whole number, not {value!r}")
        if rules:
            arguments[name] = rules
    return {
        "idempotent": bool(operation.get("x-idempotent", False)),
        "sends_text": bool(operation.get("x-sends-text", False)),
        "arguments": arguments,
        "numbered_pairs": operation.get("x-numbered-pairs", []),
    }
