"""What all webhook events share: their attributes, and how payloads are recognized and decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib import import_module
from types import NoneType
from typing import Any


def attribute(
    *paths: str, default: Callable[[], Any] = NoneType, text: bool = False, repr: bool = True
) -> Any:
    """A field of an event.

    paths: where in the payload model the value is, such as "conversation.message"; the first path with a value
    counts. default: makes the value if no path has one. text: convert the value to text. repr: include the field
    in the repr.
    """
    return field(default_factory=default, repr=repr, metadata={"paths": paths, "text": text})


@dataclass(frozen=True, kw_only=True)
class EventBase:
    """The base of all events.

    Attributes:
        raw (dict[str, Any]): The JSON object as it was delivered.
    """

    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class UnknownEvent(EventBase):
    """A delivery that this version cannot decode: a newer event, or a payload of unexpected form.

    Return status 200 for it; any other status counts as a failed delivery.

    Attributes:
        event (str | None): The name of the event, if it was given or recognized.
        raw (dict[str, Any]): The JSON object as it was delivered.
    """

    event: str | None = None
    payload: None = None


@dataclass(frozen=True, eq=False)
class Shape:
    """How to recognize and decode the payload of one event.

    kind: the class of the event. model: the name of the payload's model. keys: sets of keys; a payload has one key
    of each. decided_by, value: the path of a property, and the value that it has in a payload of this event.
    """

    kind: type[Any]
    model: str
    keys: Sequence[AbstractSet[str]] = ()
    decided_by: tuple[str, ...] = ()
    value: str | None = None

    @cached_property
    def _attributes(self) -> list[tuple[str, bool, list[list[str]]]]:
        return [
            (each.name, each.metadata["text"], [path.split(".") for path in each.metadata["paths"]])
            for each in fields(self.kind)
            if each.metadata
        ]

    @cached_property
    def _payload_from(self) -> Callable[[dict[str, Any]], Any]:
        # Imported on first use, since a program receives only some of the events.
        model: Any = getattr(import_module(".models", __package__), self.model)
        from_dict: Callable[[dict[str, Any]], Any] = model.from_dict
        return from_dict

    def decode(self, raw: dict[str, Any]) -> Any:
        """The event, or None if no key of the object belongs to it. Raises what the model raises."""
        payload = self._payload_from(raw)
        if raw and len(payload.additional_properties) == len(raw):
            return None
        values = {}
        for name, text, paths in self._attributes:
            for path in paths:
                value = payload
                for step in path:
                    value = getattr(value, step, None)
                if value is not None:
                    values[name] = str(value) if text else value
                    break
        return self.kind(raw=raw, payload=payload, **values)


def decode_event(shapes: Mapping[str, Shape], raw: dict[str, Any], name: str | None) -> Any:
    """The event of this name, or without a name the event that the object is recognized as."""
    if name is None:
        name = recognize(shapes, raw)
    event = None
    if name is not None and name in shapes:
        # A value that is not what the contract says.
        with suppress(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            event = shapes[name].decode(raw)
    return UnknownEvent(event=name, raw=raw) if event is None else event


def recognize(shapes: Mapping[str, Shape], raw: dict[str, Any]) -> str | None:
    """The name of the only event whose keys the object has, or None.

    Where a property decides between events, and the object has the first key of its path, its value alone counts.
    """
    for shape in shapes.values():
        path = shape.decided_by
        if path and path[0] in raw and (len(path) == 1 or isinstance(raw[path[0]], dict)):
            value: Any = raw
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            same = (name for name, each in shapes.items() if each.decided_by == path and each.value == value)
            return next(same, None)
    names = [
        name
        for name, shape in shapes.items()
        if shape.keys and not any(keys.isdisjoint(raw) for keys in shape.keys)
    ]
    return names[0] if len(names) == 1 else None


def looks_swapped(latitude: Any, longitude: Any) -> bool:
    """Whether only the other order of the two numbers, in degrees, could be a place on Earth."""
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return False
    return abs(longitude) <= 90 < abs(latitude) <= 180
