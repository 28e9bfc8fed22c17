"""From the values of JSON to those of models. Errors name the field, without its value."""

import datetime as _datetime
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from .types import UNSET

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Decodable(Protocol):
    """A model, as decoding needs it."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Any: ...


D = TypeVar("D", bound=Decodable)


_from_iso_format = _datetime.datetime.fromisoformat


def decode_datetime(value: Any, name: str) -> _datetime.datetime:
    """An aware datetime; without a zone it is in UTC, as the service means it. Forms other than ISO 8601 too."""
    try:
        # The most frequent forms: no zone, or Z. Parsing one more character is ten times as fast as replace().
        return _from_iso_format(value if value[-1] == "Z" else value + "Z")
    except (TypeError, ValueError, LookupError):
        pass
    try:
        moment = _from_iso_format(value)
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


class Members(dict[Any, E]):
    """The members of an enum by their values. An unknown value gets a member of its own."""

    def __init__(self, kind: type[E]) -> None:
        super().__init__((member.value, member) for member in kind)
        self._kind = kind

    def __missing__(self, value: Any) -> E:
        return self._kind(value)


def decode_enum(members: Members[E], value: Any, name: str) -> Any:
    """A member of an enum. None and UNSET stay as they are."""
    if value is None or value is UNSET:
        return value
    try:
        return members[value]
    except (TypeError, ValueError):
        raise ValueError(f"{name}: one of a set of values was expected, not {kind_of(value)}") from None


def decode_enums(members: Members[E], value: Any, name: str) -> list[E]:
    """A list of members of an enum, without its nulls."""
    return decode_each(lambda item, where: decode_enum(members, item, where), value, name)


def decode_uuid(value: Any, name: str) -> UUID:
    """A UUID."""
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
    if type(value) is not dict:
        raise ValueError(f"{name}: an object was expected, not {kind_of(value)}")
    try:
        return model.from_dict(value)  # type: ignore[no-any-return]
    except ValueError as error:
        raise ValueError(f"{name}.{error}") from None


def decode_models(model: type[D], value: Any, name: str) -> list[D]:
    """A list of models, without its nulls."""
    from_dict = model.from_dict
    items: list[Any] = decode_list(value, name)
    try:
        return [from_dict(item) for item in items]
    except (TypeError, ValueError):
        return [
            decode_model(model, item, f"{name}[{at}]") for at, item in enumerate(items) if item is not None
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
