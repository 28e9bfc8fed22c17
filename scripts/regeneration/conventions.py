"""Prepare a corrected document for the generator, with rules that apply everywhere.

The result is the built document. It is OpenAPI 3.1, whose schemas are JSON Schema, so that any
validator can use it. It has keys for the templates:

  x-direction   on a schema of components: `request` if only requests use it, `response` if only
                responses use it, else `both`
  x-rules       on a schema of components: the rules for its properties
  x-operation   on every response: the x- keys of the operation, and the rules for its parameters.
                The generator passes extensions to templates only for responses and schemas.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from regeneration import Misfit, Refused, access, forms, list_pages, webhook_events
from regeneration.source import METHODS, nodes

Node = dict[str, Any]
INSTRUCTIONS = {
    *("x-optional-means-nullable", "x-phone-number", "x-idempotent", "x-sends-text", "x-numbered-pairs"),
    *(
        "x-echoes",
        "x-result-has",
        "x-direction",
        "x-operation",
        "x-rules",
        webhook_events.KEY,
        list_pages.KEY,
    ),
}
# Names that the generated modules import.
RESERVED_CLASSES = {
    *(
        "any",
        "authenticatedclient",
        "bytesio",
        "classvar",
        "client",
        "file",
        "intenum",
        "iterable",
        "mapping",
    ),
    *("members", "model", "omitted", "operation", "requestfiles", "response", "self", "sequence", "strenum"),
    *("typechecking", "unset", "uuid"),
}
RULES = {
    "minimum": "minimum",
    "exclusiveMinimum": "above",
    "maxLength": "max_length",
    "x-phone-number": "phone",
}


def prepare(document: Node) -> Node:
    """The built document, a copy."""
    built = copy.deepcopy(document)
    built["openapi"] = "3.1.0"
    nullable = bool(built.pop("x-optional-means-nullable", False))
    webhook_events.prepare(built)
    _expand(built)
    forms.prepare(built)
    _hoist(built)
    _name_classes(built)
    for where, node in nodes(built):
        if isinstance(node, dict) and isinstance(node.get("enum"), list) and "/example" not in where:
            _distinguish_members(node)
    for schema in list(_schemas(built)):
        _replace_nullable(schema)
        if nullable:
            _let_optional_be_null(schema)
    _mark_directions(built)
    _add_rules(built)
    for path, method, operation in operations(built):
        operation.setdefault("security", copy.deepcopy(built.get("security", [])))
        access.check(built, operation, f"{method.upper()} {path}")
        if not any(code.startswith("2") for code in operation.get("responses", {})):
            raise Refused(
                f"{method.upper()} {path} has no response with a status 2xx, so its result is unknown; add one by an "
                "action in openapi.overlay.yaml"
            )
        for parameter in operation.get("parameters", []):
            _describe(parameter)
        about = _about(built, operation, f"{method.upper()} {path}")
        for response in operation.get("responses", {}).values():
            response["x-operation"] = about
    return built


def without_instructions(document: Node) -> Node:
    """A copy of the document without instructions to this build, which only the overlay may give.

    Without the x- keys, a document from outside cannot make a send retryable. The titles of schemas
    are prose, and the generator would name classes after them.
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
    """A copy of the document in which operations without a tag have their first tag of the contract.

    The overlay removes all tags and sets its own, but only on the operations it lists.
    """
    tagged = copy.deepcopy(document)
    published = {(path, method): operation for path, method, operation in operations(contract)}
    for path, method, operation in operations(tagged):
        tags = published.get((path, method), {}).get("tags", [])
        if not operation.get("tags") and tags:
            operation["tags"] = tags[:1]
    return tagged


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """The operations of a document: path, method, operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield path, method, item[method]


def resolve(document: Node, node: Node) -> Node:
    """The node, or the target of its $ref."""
    for _ in range(20):
        if "$ref" not in node:
            return node
        target: Any = document
        for part in str(node["$ref"])[2:].split("/"):
            target = (
                target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            )
        if not isinstance(target, dict):
            raise Refused(f"reference without a target: {node['$ref']}")
        node = target
    raise Refused(f"circular reference: {node['$ref']}")


def _expand(document: Node) -> None:
    """Give every operation an id and the parameters of its path, and replace references by their targets."""
    for path, method, operation in operations(document):
        # The default of the generator, set here so that inline schemas are named after it too.
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


def _response_schemas(operation: Node) -> Iterator[Node]:
    for response in operation.get("responses", {}).values():
        for media in response.get("content", {}).values():
            yield media.get("schema", {})
    for callback in operation.get("callbacks", {}).values():
        for item in callback.values():
            for _, _, inner in operations({"paths": {"": item}}):
                yield from _bodies(inner)


def _schemas(document: Node) -> Iterator[Node]:
    """All object schemas with properties, at any place."""
    for where, node in nodes(document):
        properties = node.get("properties") if isinstance(node, dict) else None
        # A schema or a property may itself have the name properties: then its values are not schemas.
        if isinstance(properties, dict) and all(isinstance(value, dict) for value in properties.values()):
            yield from () if "/example" in where else (node,)


def _hoist(document: Node) -> None:
    """Move inline enums and objects of properties to components, under a stable name.

    The generator makes several classes of an inline enum that may be null, and names an inline
    object after its place. The names are those it gives to the plain inline form.
    """
    components = document.setdefault("components", {}).setdefault("schemas", {})

    def visit(schema: Node, name: str) -> None:
        for part in [schema, *schema.get("allOf", [])]:
            for key, value in (part.get("properties") or {}).items():
                part["properties"][key] = moved(value, f"{name}_{value.get('title') or _ascii(key)}")

    def moved(schema: Node, name: str) -> Node:
        if "items" in schema:
            return {**schema, "items": moved(schema["items"], f"{name}_item")}
        if "enum" not in schema and not schema.get("properties"):
            return schema
        if name in components:
            raise Refused(
                f"two schemas are named {name}; give the inline one a `title` by an action in openapi.overlay.yaml"
            )
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


def _ascii(key: str) -> str:
    """The key of a property as a part of the name of a schema."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", key)


def _name_classes(document: Node) -> None:
    """Give other class names to schemas whose own ones the modules of the package use.

    Raises Refused for two schemas that would have the same class, which the generator drops.
    """
    known: dict[str, str] = {}
    for name, schema in document["components"]["schemas"].items():
        if not isinstance(schema, dict):
            continue
        title = schema.get("title") or name
        if _plain(title) in RESERVED_CLASSES:
            title = schema["title"] = f"{title}_model"
        if (other := known.setdefault(_plain(title), name)) != name:
            raise Refused(
                f"the schemas {' and '.join(sorted((other, name)))} have the same name in Python; give one of them another `title` "
                "by an action in openapi.overlay.yaml"
            )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _success(operation: Node) -> Node:
    for code, response in operation.get("responses", {}).items():
        if code.startswith("2") and response.get("content"):
            content: Node = response["content"]
            return content
    return {}


def _or_null(schema: Node) -> Node:
    """The schema or null, in JSON Schema."""
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
        return schema  # any value, null included
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


def _distinguish_members(schema: Node) -> None:
    """Give the members of an enum distinct names.

    The generator gives A-B and A_B the same name, so that one is lost, and fails on sent and SENT.
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
    responses: set[str] = set()
    for _, _, operation in operations(document):
        reach(_bodies(operation), requests)
        reach(_response_schemas(operation), responses)
    for name, schema in document["components"]["schemas"].items():
        directions = (name in requests, name in responses)
        schema["x-direction"] = "both" if all(directions) else "request" if directions[0] else "response"


def _describe(parameter: Node) -> None:
    """Move the description into the schema, where the generator reads it. No parameter may be null."""
    schema = parameter.get("schema", {})
    schema.pop("nullable", None)
    if "description" in parameter and "$ref" not in schema:
        schema.setdefault("description", parameter["description"])


def _about(document: Node, operation: Node, where: str) -> Node:
    """What templates must know about an operation: see the docstring of the module."""
    parameters = operation.get("parameters", [])
    rules = {p["name"]: _rules(p.get("schema", {}), f"{where}: {p['name']}") for p in parameters}
    styles = (
        (p["name"], forms.list_style(p, resolve(document, p.get("schema", {})), where)) for p in parameters
    )
    lists = {name: style for name, style in styles if style is not None}
    pages = list_pages.read(document, operation, _success(operation), where)
    return {
        "idempotent": bool(operation.get("x-idempotent", False)),
        "sends_text": bool(operation.get("x-sends-text", False)),
        "arguments": {name: rule for name, rule in rules.items() if rule},
        "numbered_pairs": operation.get("x-numbered-pairs", []),
        "echoes": _echoes(document, operation, where),
        "result_has": _result_has(document, operation, where),
        **({"lists": lists} if lists else {}),
        **({"pages": pages} if pages else {}),
    }


def _echoes(document: Node, operation: Node, where: str) -> Node:
    """`x-echoes`: properties of the result that must have the value of an argument, by their names."""
    echoes: Node = operation.get("x-echoes", {})
    results = _properties(document, _success(operation))
    arguments = {parameter["name"] for parameter in operation.get("parameters", [])}
    arguments |= _properties(document, operation.get("requestBody", {}).get("content", {})).keys()
    for name, argument in echoes.items():
        if name not in results:
            raise Misfit(f"{where}: x-echoes: the response has no property {name}", where, ("x-echoes", name))
        if argument not in arguments:
            raise Misfit(
                f"{where}: x-echoes: there is no parameter or property {argument}", where, ("x-echoes", name)
            )
    return echoes


def _result_has(document: Node, operation: Node, where: str) -> Node:
    """`x-result-has`: properties of the result, one of which must have a value, and which values count."""
    result_has: Node = operation.get("x-result-has", {})
    results = _properties(document, _success(operation))
    for name, values in result_has.items():
        if name not in results:
            raise Misfit(
                f"{where}: x-result-has: the response has no property {name}", where, ("x-result-has", name)
            )
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise Refused(f"{where}: x-result-has: {name} must have a list of texts")
    return result_has


def _properties(document: Node, content: Node) -> Node:
    """The properties of the objects in a request or a response."""
    properties: Node = {}
    for media in content.values():
        for part in _parts(document, media.get("schema", {})):
            properties.update(part.get("properties") or {})
    return properties


def _add_rules(document: Node) -> None:
    """Give each schema of components the rules for its properties, inherited ones among them."""
    for name, schema in document["components"]["schemas"].items():
        rules: Node = {}
        for part in _parts(document, schema):
            for key, value in (part.get("properties") or {}).items():
                rules[key] = _rules(value, f"schema {name}: {key}")
                if value.get("format") == "uri":
                    rules[key]["url"] = True
        if present := {key: rule for key, rule in rules.items() if rule}:
            schema["x-rules"] = present


def _parts(document: Node, schema: Node) -> Iterator[Node]:
    schema = resolve(document, schema)
    for part in schema.get("allOf", []):
        yield from _parts(document, part)
    yield schema


def _rules(schema: Node, where: str) -> Node:
    rules = {RULES[key]: schema[key] for key in RULES if key in schema}
    for rule, value in rules.items():
        if not isinstance(value, int | float):
            raise Refused(f"{where}: {rule} must be a number, not {value!r}")
    return rules
