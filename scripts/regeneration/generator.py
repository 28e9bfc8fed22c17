"""The generator's command line, which also renders our templates of modules that it does not know."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openapi_python_client
from openapi_python_client.cli import app
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import model_property
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

sys.path.insert(0, str(Path(__file__).parents[1]))
from regeneration import names, variants

MODULES = ("events", "_structs", "typed_dicts")
# The built document, which main reads: the generator keeps no discriminators.
DOCUMENT: dict[str, Any] = {}
# Python distinguishes 1 from 1.0, as json does; a struct with one of the two types would convert the other.
_NUMBER = "int | float"
_SCALARS: dict[type[Any], str] = {
    BooleanProperty: "bool",
    DateProperty: "str",
    DateTimeProperty: "str",
    FloatProperty: _NUMBER,
    IntProperty: _NUMBER,
    StringProperty: "str",
    UuidProperty: "str",
}


class Project(openapi_python_client.Project):
    """A package with the modules of MODULES in addition to those of the generator."""

    def build(self) -> Sequence[GeneratorError]:
        names.rename(self.openapi)
        unions = variants.Unions(self.openapi, DOCUMENT)
        self.env.globals.update(variants_of=unions.of, attributes_of=names.attributes_of(self.openapi))
        errors = super().build()
        structs = Structs(self.openapi).of_responses()
        requests = models_of_requests(self.openapi)
        for name in MODULES:
            template = self.env.get_template(f"{name.strip('_')}.py.jinja")
            module = template.render(structs=structs, requests=requests)
            (self.package_dir / f"{name}.py").write_text(module, encoding=self.config.file_encoding)
        return errors


@dataclass(frozen=True)
class Field:
    """A field of a struct: the attribute of the model, its key, and its type without null."""

    attribute: str
    key: Any
    type: str

    @property
    def renamed(self) -> bool:
        """Whether the key is not the name of the attribute."""
        return bool(self.attribute != self.key.get_untrusted_value())


class Structs:
    """The structs of models: classes with the same attributes, whose types are those of JSON.

    A model has none if msgspec cannot express the type of an attribute, or if it contains itself.
    """

    def __init__(self, openapi: Any) -> None:
        self._endpoints = [
            endpoint
            for collection in openapi.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
        ]
        # A property may refer to an unfinished copy of a model, so models are looked up by their names.
        self._models = {model.class_info.name: model for model in openapi.models}
        self._found: dict[str, tuple[Field, ...] | None] = {}

    def of_responses(self) -> list[tuple[str, tuple[Field, ...]]]:
        """The names and fields of the structs of all successful responses, and of what these contain."""
        needed: set[str] = set()
        waiting = [name for name in self._responses() if self._fields(name, ())]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self._contained(name)
        return [(name, self._fields(name, ()) or ()) for name in sorted(needed)]

    def _responses(self) -> Iterator[str]:
        for endpoint in self._endpoints:
            for response in endpoint.responses.patterns:
                low, _ = response.status_code.range
                prop = response.prop
                if isinstance(prop, ListProperty):
                    prop = prop.inner_property
                if 200 <= low < 300 and isinstance(prop, ModelProperty):
                    yield prop.class_info.name

    def _contained(self, name: str) -> Iterator[str]:
        for prop in self._properties(name):
            kind = _bare(prop)
            if isinstance(kind, ListProperty):
                kind = _bare(kind.inner_property)
            if isinstance(kind, ModelProperty):
                yield kind.class_info.name

    def _properties(self, name: str) -> list[Any]:
        model = self._models.get(name)
        return [*(model.required_properties or ()), *(model.optional_properties or ())] if model else []

    def _fields(self, name: str, containers: tuple[str, ...]) -> tuple[Field, ...] | None:
        if name in containers:
            return None
        if name not in self._found:
            fields = [(prop, self._type(_bare(prop), (*containers, name))) for prop in self._properties(name)]
            complete = fields and all(kind for _, kind in fields)
            self._found[name] = (
                tuple(Field(prop.python_name, prop.name, kind or "") for prop, kind in fields)
                if complete
                else None
            )
        return self._found[name]

    def _type(self, prop: Any, containers: tuple[str, ...]) -> str | None:
        if isinstance(prop, ModelProperty):
            name = str(prop.class_info.name)
            return name if self._fields(name, containers) else None
        if isinstance(prop, ListProperty):
            inner = _bare(prop.inner_property)
            item = self._type(inner, containers) if isinstance(inner, ModelProperty) else _undecoded(inner)
            return f"list[{item}]" if item else None
        return _scalar(prop)


def models_of_requests(openapi: Any) -> list[Any]:
    """The models of all JSON request bodies, and of what these contain, sorted."""
    models = {model.class_info.name: model for model in openapi.models}
    endpoints = [
        one for collection in openapi.endpoint_collections_by_tag.values() for one in collection.endpoints
    ]
    waiting = [body.prop for one in endpoints for body in one.bodies if body.body_type == "json"]
    found: dict[str, Any] = {}
    while waiting:
        prop = waiting.pop()
        if isinstance(prop, UnionProperty):
            waiting += prop.inner_properties
        elif isinstance(prop, ListProperty):
            waiting.append(prop.inner_property)
        elif isinstance(prop, ModelProperty) and prop.class_info.name not in found:
            # A property may refer to an unfinished copy of a model.
            model = models.get(prop.class_info.name, prop)
            found[prop.class_info.name] = model
            waiting += [*(model.required_properties or ()), *(model.optional_properties or ())]
    return [found[name] for name in sorted(found)]


def _bare(prop: Any) -> Any:
    """The property without null: a union of one type and null counts as that type."""
    if isinstance(prop, UnionProperty):
        others = [one for one in prop.inner_properties if not isinstance(one, NoneProperty)]
        if len(others) == 1:
            return others[0]
    return prop


def _undecoded(prop: Any) -> str | None:
    """The type of an item of a list, or None; lists in lists are kept as they are."""
    if isinstance(prop, ListProperty):
        item = _undecoded(prop.inner_property)
        return f"list[{item}]" if item else None
    return _scalar(prop)


def _scalar(prop: Any) -> str | None:
    """The type of a property that is neither an object nor a list, or None; of a union it may be several."""
    if isinstance(prop, UnionProperty):
        kinds = [_scalar(one) for one in prop.inner_properties if not isinstance(one, NoneProperty)]
        if not kinds or None in kinds:
            return None
        return " | ".join(dict.fromkeys(part for kind in kinds for part in str(kind).split(" | ")))
    if isinstance(prop, EnumProperty):
        return "str" if prop.value_type is str else _NUMBER
    return _SCALARS.get(type(prop))


def _keep(*arguments: Any) -> None:
    """In place of an error for similar names: `names.rename` makes them distinct."""


if __name__ == "__main__":
    model_property._resolve_naming_conflict = _keep  # type: ignore[assignment]
    DOCUMENT.update(json.loads(Path(sys.argv[sys.argv.index("--path") + 1]).read_text("utf-8")))
    openapi_python_client.Project = Project  # type: ignore[misc]
    app()
