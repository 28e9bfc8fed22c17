"""Distinct names for the attributes of models, where those of the generator collide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from typing import Any

from attrs import evolve
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonIdentifier

PREFIX = "field_"  # the default of the generator
# The attributes that every model has.
RESERVED = {
    *("additional_keys", "additional_properties", "from_dict", "to_dict", "to_multipart"),
    *("CHECKS", "KEYS", "MISSING", "REQUIRED_FIELDS"),
}


# The arguments that every function of an operation has.
ARGUMENTS = {"body", "client", "extra_headers", "extra_query", "timeout"}


def rename(openapi: Any) -> None:
    """Give the attributes of each model distinct names, in place.

    The first of several similar keys has the name in snake case, another one is spelled as in JSON, or gets a
    number. A new key comes last, so that it does not take the name of an older one.
    """
    models = {str(model.class_info.name): model for model in openapi.models}
    items = dict(_keys_of_items(openapi))
    for name, model in models.items():
        taken = {*RESERVED, "items"} if name in items else {*RESERVED}
        for group in ("required_properties", "optional_properties"):
            renamed = []
            for prop in getattr(model, group) or ():
                key = prop.name.get_untrusted_value()
                attribute = "items" if items.get(name) == key else _distinct(key, taken)
                taken.add(attribute)
                if attribute != prop.python_name:
                    # The property may be that of another model too.
                    prop = evolve(prop, python_name=PythonIdentifier(attribute, PREFIX, skip_snake_case=True))
                renamed.append(prop)
            object.__setattr__(model, group, renamed)
    for collection in openapi.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            for place in ("path", "query", "header", "cookie"):
                for prop in getattr(endpoint, f"{place}_parameters"):
                    if prop.python_name in ARGUMENTS:
                        name = PythonIdentifier(f"{prop.python_name}_{place}", PREFIX)
                        if place == "path":
                            template = endpoint.path.get_untrusted_value()
                            endpoint.path = UntrustedString(
                                template.replace(f"{{{prop.python_name}}}", f"{{{name}}}")
                            )
                        prop.python_name = name


def _distinct(key: str, taken: set[str]) -> str:
    name = str(PythonIdentifier(key, PREFIX))
    if name in RESERVED:
        name += "_"
    spelled = str(PythonIdentifier(key, PREFIX, skip_snake_case=True))
    numbered = (f"{name}_{number}" for number in count(2))
    return next(one for one in chain((name, spelled), numbered) if one not in taken)


def _keys_of_items(openapi: Any) -> Iterator[tuple[str, str]]:
    """The models of pages by `x-pagination`, and the key of their items, whose attribute is called items."""
    for collection in openapi.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            for response in endpoint.responses.patterns:
                low, _ = response.status_code.range
                about = (response.data.model_extra or {}).get("x-operation") or {}
                if 200 <= low < 300 and about.get("pages") and hasattr(response.prop, "class_info"):
                    yield str(response.prop.class_info.name), about["pages"]["items"]


def attributes_of(openapi: Any) -> Callable[[Any, Iterable[str]], list[str]]:
    """A function from a model and the keys of a path to the attributes of that path."""
    models = {str(model.class_info.name): model for model in openapi.models}

    def attributes(prop: Any, path: Iterable[str]) -> list[str]:
        names = []
        for key in path:
            model = models[str(prop.class_info.name)]
            prop = next(
                one
                for one in [*(model.required_properties or ()), *(model.optional_properties or ())]
                if one.name.get_untrusted_value() == key
            )
            names.append(str(prop.python_name))
            others = [one for one in getattr(prop, "inner_properties", ()) if hasattr(one, "class_info")]
            prop = others[0] if others else prop
        return names

    return attributes
