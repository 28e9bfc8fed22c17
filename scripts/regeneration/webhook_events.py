"""Check the `x-webhook-events` of the overlay, and convert them to the form that the template expects.

docs/overlay.md describes the key. Its content becomes Python code, so every name in it must be an
identifier, every path must lead to a property of the schema, and unknown keys are refused.
"""

from __future__ import annotations

import keyword
import re
from typing import Any

from regeneration import Misfit, Refused
from regeneration.list_pages import properties

KEY = "x-webhook-events"
Node = dict[str, Any]

_EVENT = re.compile(r"[a-z][a-z0-9_]*")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
# Names that the generated module uses itself.
_RESERVED_CLASSES = {"Any", "ClassVar", "Event", "EventBase", "Shape", "TypeAlias", "UUID", "UnknownEvent"}
_RESERVED_ATTRIBUTES = {
    *("attribute", "dataclass", "date", "datetime", "event", "field", "looks_swapped", "models", "payload"),
    *("bool", "bytes", "dict", "float", "int", "list", "raw", "str"),
}


def prepare(document: Node) -> None:
    """Replace every `x-webhook-events` by its checked form, in place; raise Refused if one is not valid."""
    events: set[str] = set()
    classes: set[str] = set()
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        if isinstance(schema, dict) and KEY in schema:
            about = _Reader(document, schema, name).read(schema[KEY])
            for event in about["events"]:
                if event["name"] in events or event["class"] in classes:
                    raise Refused(f"{KEY} of {name}: {event['name']}, {event['class']}: defined twice")
                events.add(event["name"])
                classes.add(event["class"])
            schema[KEY] = about


class _Reader:
    def __init__(self, document: Node, schema: Node, name: str) -> None:
        self._document = document
        self._schema = schema
        self._name_of_schema = name
        self._where = f"{KEY} of {name}"

    def read(self, about: Any) -> Node:
        self._check(about, "entry", {"events", "attributes"}, {"decided_by"})
        decided_by = self._path(about["decided_by"], "decided_by", (KEY,)) if "decided_by" in about else []
        events = self._mapping(about["events"], "events")
        attributes = self._mapping(about["attributes"], "attributes")
        return {
            "decided_by": decided_by,
            "events": [self._event(name, event, bool(decided_by)) for name, event in events.items()],
            "attributes": [self._attribute(name, attribute) for name, attribute in attributes.items()],
        }

    def _event(self, name: str, event: Any, decided: bool) -> Node:
        self._check(event, name, {"class", "description"}, {"keys", "value"})
        self._name(name, _EVENT, set())
        self._name(event["class"], _CLASS, _RESERVED_CLASSES)
        self._text(event["description"], name)
        if ("value" in event) != decided or ("value" in event and "keys" in event):
            raise self._refused(f"{name}: value goes with decided_by, and keys without it")
        if "value" in event:
            self._text(event["value"], name)
        keys = event.get("keys", [])
        if not isinstance(keys, list) or not all(isinstance(some, list) and some for some in keys):
            raise self._refused(f"{name}: keys must be lists of keys in a list")
        part = (KEY, "events", name, "keys")
        if not all(len(self._path(key, name, part)) == 1 for some in keys for key in some):
            raise self._refused(f"{name}: keys are those of the payload itself, not paths")
        return {"name": name, **event}

    def _attribute(self, name: str, attribute: Any) -> Node:
        if isinstance(attribute, str):
            attribute = {"from": attribute}
        self._check(attribute, name, {"from"}, {"default", "text", "repr", "description"})
        self._name(name, _EVENT, _RESERVED_ATTRIBUTES)
        paths = attribute["from"] if isinstance(attribute["from"], list) else [attribute["from"]]
        if not paths:
            raise self._refused(f"{name}: from is empty")
        if "default" in attribute and attribute["default"] != []:
            raise self._refused(f"{name}: the default must be []")
        for option in ("text", "repr"):
            if not isinstance(attribute.get(option, False), bool):
                raise self._refused(f"{name}: {option} must be true or false")
        self._text(attribute.get("description", ""), name)
        options = {option: attribute[option] for option in attribute if option != "from"}
        part = (KEY, "attributes", name)
        return {"name": name, "paths": [self._path(path, name, part) for path in paths], **options}

    def _path(self, path: Any, name: str, part: tuple[str, ...]) -> list[str]:
        """The keys of a path, each of which must be a property where it stands.

        part: what to remove from the schema if one is not.
        """
        keys = self._text(path, name).split(".")
        place: Any = self._schema
        for key in keys:
            known = properties(self._document, place)
            if key not in known:
                raise Misfit(f"{self._where}: {name}: {path}: no property {key}", self._name_of_schema, part)
            place = known[key]
        return keys

    def _check(self, value: Any, name: str, required: set[str], optional: set[str]) -> None:
        keys = self._mapping(value, name).keys()
        if not required <= keys <= required | optional:
            expected = ", ".join(sorted(required | optional))
            raise self._refused(f"{name}: the keys must be of {expected}, with {', '.join(sorted(required))}")

    def _mapping(self, value: Any, name: str) -> Node:
        if not isinstance(value, dict) or not value:
            raise self._refused(f"{name}: a mapping was expected")
        return value

    def _text(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise self._refused(f"{name}: text was expected, not {value!r}"[:200])
        return value

    def _name(self, name: Any, form: re.Pattern[str], reserved: set[str]) -> None:
        if not form.fullmatch(str(name)) or keyword.iskeyword(name) or name in reserved:
            raise self._refused(f"not a usable name: {str(name)[:60]!r}")

    def _refused(self, reason: str) -> Refused:
        return Refused(f"{self._where}: {reason}")
