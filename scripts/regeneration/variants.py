"""Unions of models: which model a value is, by the discriminator of the union."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.strings import ClassName

from regeneration.names import PREFIX

Node = dict[str, Any]


class Unions:
    """The unions of a document that have a discriminator."""

    def __init__(self, openapi: Any, document: Node) -> None:
        schemas = document.get("components", {}).get("schemas", {})
        models = {str(model.class_info.name) for model in openapi.models}
        classes = {
            name: str(ClassName(schema.get("title") or name, PREFIX)) for name, schema in schemas.items()
        }
        self._classes = {name: found for name, found in classes.items() if found in models}
        self._known: dict[frozenset[str], Node] = {}
        for schema in _schemas(document):
            found = self._variants(schema, schemas)
            if found is not None:
                self._known[frozenset(found["models"].values())] = found

    def _variants(self, schema: Node, schemas: Node) -> Node | None:
        about = schema.get("discriminator")
        parts = [*schema.get("oneOf", []), *schema.get("anyOf", [])] if isinstance(about, dict) else []
        names = [str(part["$ref"]).rpartition("/")[2] for part in parts if "$ref" in part]
        if not names or not isinstance(about, dict) or any(name not in self._classes for name in names):
            return None
        mapping = {
            str(value): str(name).rpartition("/")[2] for value, name in (about.get("mapping") or {}).items()
        }
        # A schema that is not in the mapping has its name as the value.
        mapping |= {name: name for name in names if name not in mapping.values()}
        models = {value: self._classes[name] for value, name in mapping.items() if name in self._classes}
        return {"key": str(about.get("propertyName")), "models": models}

    def of(self, prop: Any) -> Node | None:
        """The discriminating key of a union, and its models by values of that key; None without them."""
        inner = [one for one in getattr(prop, "inner_properties", ()) if not isinstance(one, NoneProperty)]
        if len(inner) < 2 or not all(one.template == "model_property.py.jinja" for one in inner):
            return None
        found = self._known.get(frozenset(str(one.class_info.name) for one in inner))
        if found is None:
            return None
        modules = {str(one.class_info.name): str(one.class_info.module_name) for one in inner}
        return {"key": found["key"], "models": found["models"], "modules": modules}


def _schemas(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schemas(value)
