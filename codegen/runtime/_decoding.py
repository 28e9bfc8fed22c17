"""From the values of JSON to those of models. Errors name the field, without its value."""

import datetime as _datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from operator import itemgetter, length_hint
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from ._encoding import fields_of
from .types import UNSET

if TYPE_CHECKING:
    from uuid import UUID

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


Row = Sequence[Any]


class Decodable(Protocol):
    """A model, as decoding needs it."""

    REQUIRED_FIELDS: ClassVar[tuple[str, ...]]
    MISSING: ClassVar[Any]

    @staticmethod
    def _fill(models: Iterable[Any], rows: Iterable[Row]) -> None: ...


D = TypeVar("D", bound=Decodable)

# The shortest list for which a getter of its own pays.
_MANY = 16


# For the structs of `_speed`, whose attributes are those of a model: functions from an instance to its row.
STRUCT_ROWS: dict[type[Any], Callable[[Any], Row]] = {}


class Layout:
    """How to get the values of a model, in the order of its attributes: a row.

    row: takes a JSON object and returns its row, or raises KeyError if the object lacks a key. defaults: the
    keys, with the value of a missing one.
    """

    __slots__ = ("defaults", "row")

    def __init__(self, model: type[Decodable]) -> None:
        fields = fields_of(model)
        self.defaults = {field.key: None if field.required else model.MISSING for field in fields}
        self.row = _getter(self.defaults)


def _getter(keys: Iterable[Any]) -> Callable[[Mapping[str, Any]], Row]:
    names = tuple(keys)
    # With a single key, itemgetter does not return a tuple.
    return itemgetter(*names) if len(names) > 1 else lambda source: tuple(source[name] for name in names)


def _getter_within(first: Iterable[str], keys: Iterable[str]) -> Callable[[Mapping[str, Any]], Row]:
    # Within a document, json uses the same string for equal keys: looking it up is twice as fast.
    own: list[Any] = [*first]
    if own != [*keys]:
        found = {key: key for key in own}
        own = [found.get(key) for key in keys]
    return _getter(own)


_LAYOUTS: dict[type[Any], Layout] = {}


def layout_of(model: type[Decodable]) -> Layout:
    """The layout of a class of models."""
    layout = _LAYOUTS.get(model)
    if layout is None:
        layout = _LAYOUTS[model] = Layout(model)
    return layout


def decode_object(model: type[D], source: Mapping[str, Any]) -> D:
    """A model from a JSON object, whose unknown keys are kept."""
    if type(source) is not dict:
        source = {**source}
    layout = layout_of(model)
    new = model.__new__(model)
    unknown = None
    try:
        row = layout.row(source)
    except KeyError:
        row = tuple([source.get(key, default) for key, default in layout.defaults.items()])
        unknown = source.keys() - layout.defaults.keys()
    else:
        if len(source) != len(layout.defaults):
            unknown = source.keys() - layout.defaults.keys()
    model._fill((new,), (row,))
    if unknown:
        rest: Any = new
        rest.additional_properties = {key: value for key, value in source.items() if key in unknown}
    return new


from_iso_format = _datetime.datetime.fromisoformat


def decode_datetime(value: Any, name: str) -> _datetime.datetime:
    """An aware datetime; without a zone it is in UTC, as the service means it. Forms other than ISO 8601 too."""
    try:
        # The most frequent forms: no zone, or Z.
        return from_iso_format(value if value[-1] == "Z" else value + "Z")
    except (TypeError, ValueError, LookupError):
        pass
    try:
        moment = from_iso_format(value)
    except (TypeError, ValueError):
        moment = _decode_unusual_datetime(value, name)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_datetime.UTC)


def _decode_unusual_datetime(value: Any, name: str) -> _datetime.datetime:
    from dateutil.parser import parse

    def zone(word: str | None, seconds: int | None) -> _datetime.tzinfo | None:
        # dateutil would take the zone of this machine for a word such as CET, or ignore the word.
        if word and seconds is None:
            raise ValueError(word)
        return None if seconds is None else _datetime.timezone(_datetime.timedelta(seconds=seconds))

    try:
        # dateutil fills in missing parts from a default: a result that depends on it is incomplete.
        first, second = (
            parse(value, default=_datetime.datetime(year, year - 2000, year - 2000), tzinfos=zone)
            for year in (2001, 2002)
        )
    except (TypeError, ValueError, ArithmeticError):  # decimal.InvalidOperation for a long number
        raise ValueError(f"{name}: not a timestamp") from None
    if first != second:
        raise ValueError(f"{name}: not a complete timestamp")
    return first


def decode_date(value: Any, name: str) -> _datetime.date:
    """A date, from ISO 8601."""
    try:
        return _datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: not a date") from None


def members_of(kind: type[Enum]) -> dict[Any, Any]:
    """The members of an enum by their values, and None for None."""
    return {**{member.value: member for member in kind}, None: None}


def decode_enum(kind: type[E], value: Any, name: str) -> Any:
    """A member of an enum; an unknown value gets a member of its own. None and UNSET stay as they are."""
    if value is None or value is UNSET:
        return value
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: one of a set of values was expected, not {kind_of(value)}") from None


def decode_enums(kind: type[E], value: Any, name: str) -> list[E]:
    """A list of members of an enum, without its nulls."""
    return decode_each(lambda item, where: decode_enum(kind, item, where), value, name)


def decode_uuid(value: Any, name: str) -> "UUID":
    """A UUID."""
    from uuid import UUID

    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise ValueError(f"{name}: not a UUID") from None


def decode_list(value: Any, name: str) -> Any:
    """The value, which must be a list. None and UNSET stay as they are."""
    if type(value) is list or value is None or value is UNSET:
        return value
    raise ValueError(f"{name}: a list was expected, not {kind_of(value)}")


def decode_model(model: type[D], value: Any, name: str) -> D:
    """One model from an object."""
    try:
        if type(value) is dict:
            return decode_object(model, value)
        if (struct_row := STRUCT_ROWS.get(type(value))) is not None:
            new = model.__new__(model)
            model._fill((new,), (struct_row(value),))
            return new
    except ValueError as error:
        raise ValueError(f"{name}.{error}") from None
    raise ValueError(f"{name}: an object was expected, not {kind_of(value)}")


def decode_models(model: type[D], value: Any, name: str) -> list[D]:
    """A list of models, without its nulls."""
    items: list[Any] = decode_list(value, name)
    models = _decode_complete(model, items, name) if items else []
    if len(models) == len(items):
        return models
    return models + [
        decode_model(model, item, f"{name}[{at}]")
        for at, item in enumerate(items)
        if at >= len(models) and item is not None
    ]


def _decode_complete(model: type[D], items: list[Any], name: str) -> list[D]:
    """The models of the items before the first one that lacks a key of the model, or is not an object.

    These are usually all, and decoding them together is several times as fast.
    """
    layout = layout_of(model)
    keys = layout.defaults
    row = STRUCT_ROWS.get(type(items[0]))
    unknown = 0
    if row is None:
        if not keys:
            return []
        try:
            unknown = sum(map(len, items)) - len(items) * len(keys)
            row = layout.row if len(items) < _MANY else _getter_within(items[0], keys)
        except TypeError:
            return []
    models: list[Any] = [*map(model.__new__, [model] * len(items))]
    rest = iter(items)
    try:
        model._fill(models, map(row, rest))
    except ValueError as error:
        raise ValueError(f"{name}[{len(items) - length_hint(rest) - 1}].{error}") from None
    except (LookupError, TypeError):
        del models[len(items) - length_hint(rest) - 1 :]
        unknown = 1
    if unknown:
        for new, item in zip(models, items, strict=False):
            if len(item) != len(keys):
                new.additional_properties = {key: item[key] for key in item if key not in keys}
    return models


def decode_variant(
    variants: Mapping[str, Callable[[], Any]], discriminator: str, value: Any, name: str
) -> Any:
    """The model that the discriminator of an object names. An object of another kind stays a dict."""
    if value is None or value is UNSET:
        return value
    if type(value) is not dict:
        raise ValueError(f"{name}: an object was expected, not {kind_of(value)}")
    kind = value.get(discriminator)
    find = variants.get(kind) if isinstance(kind, str) else None
    return value if find is None else decode_model(find(), value, name)


def decode_variants(
    variants: Mapping[str, Callable[[], Any]], discriminator: str, value: Any, name: str
) -> Any:
    """A list of such objects, without its nulls."""
    items = decode_list(value, name)
    if items is None or items is UNSET:
        return items
    return [
        decode_variant(variants, discriminator, item, f"{name}[{at}]")
        for at, item in enumerate(items)
        if item is not None
    ]


def decode_each(decode: Callable[[Any, str], T], value: Any, name: str) -> list[T]:
    """A list whose items are decoded one by one, without its nulls."""
    return [
        decode(item, f"{name}[{at}]") for at, item in enumerate(decode_list(value, name)) if item is not None
    ]


def kind_of(value: Any) -> str:
    """What a value of JSON is, in words for errors."""
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
