"""Check an operation's arguments before anything is sent, and put phone numbers into one form."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from textrequest_api.types import UNSET, Argument
from textrequest_ext._urls import is_http_url
from textrequest_ext.errors import (
    InvalidArgumentError,
    MessageTooLongError,
    PhoneNumberError,
    UnexpectedArgumentError,
)

if TYPE_CHECKING:
    from textrequest_api.types import Operation

_PUNCTUATION = re.compile(r"[\s().+-]")


class _Parameters(NamedTuple):
    """What a function takes: all names, those that may stand in front, those it needs, and whether more."""

    names: tuple[str, ...]
    positional: tuple[str, ...]
    required: frozenset[str]
    open: bool


@cache
def _parameters(build: Callable[..., Any]) -> _Parameters:
    from inspect import Parameter, signature

    every = signature(build).parameters.values()
    named = [one for one in every if one.kind is not Parameter.VAR_KEYWORD]
    return _Parameters(
        tuple(one.name for one in named),
        tuple(one.name for one in named if one.kind is Parameter.POSITIONAL_OR_KEYWORD),
        frozenset(one.name for one in named if one.default is Parameter.empty),
        len(named) < len(every),
    )


def build_request(
    operation: Operation[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of `httpx.Client.request` for an operation's own arguments.

    Raises InvalidArgumentError, or one of its kinds, naming the argument; nothing is sent then.
    """
    parameters = _parameters(operation.build)
    given = _named(operation, parameters, args, kwargs)
    for name in operation.positional:
        if given[name] in (None, ""):
            raise InvalidArgumentError(name, "must not be empty; it is part of the address")
    for name in parameters.required:
        if given[name] is None:
            raise InvalidArgumentError(name, "is needed, and must not be None")
    for name, rule in operation.arguments.items():
        value = given.get(name, UNSET)
        if value is not UNSET and value is not None:
            given[name] = _checked(name, value, rule)
    try:
        return operation.build(**given)
    except InvalidArgumentError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        name, _, reason = str(error).partition(": ")
        if name not in parameters.names:
            name, reason = operation.name, str(error)
        kind = InvalidArgumentError if isinstance(error, ValueError) else UnexpectedArgumentError
        raise kind(name, reason) from error


def _named(
    operation: Operation[..., Any], parameters: _Parameters, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """All arguments by name, as Python itself would assign them."""
    names, positional, required, is_open = parameters
    given = dict(zip(positional, args, strict=False))
    if len(args) > len(positional):
        takes = f"{', '.join(positional)} in front; everything else by name"
        raise UnexpectedArgumentError(operation.name, f"takes {takes}" if positional else "takes names only")
    for name in kwargs:
        if name in given:
            raise UnexpectedArgumentError(name, "given twice, in front and by name")
        if name not in names and not is_open:
            import difflib

            near = difflib.get_close_matches(name, names, 1)
            suggestion = f"did you mean {near[0]}?" if near else f"it takes {', '.join(names)}"
            raise UnexpectedArgumentError(name, f"{operation.name} has no such argument; {suggestion}")
    given |= kwargs
    if not required <= given.keys():
        missing = ", ".join(name for name in names if name in required and name not in given)
        raise UnexpectedArgumentError(operation.name, f"needs {missing}")
    return given


def _checked(name: str, value: Any, rule: Argument) -> Any:
    """The value, in the form to send."""
    if rule.phone:
        return to_phone_number(name, value)
    if rule.aware and (not isinstance(value, datetime.datetime) or value.utcoffset() is None):
        raise InvalidArgumentError(
            name,
            "a datetime with a time zone, such as datetime(2026, 7, 25, 9, 30, tzinfo=timezone.utc), "
            f"not {'one without' if isinstance(value, datetime.datetime) else type(value).__name__}",
        )
    if rule.minimum is not None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnexpectedArgumentError(name, f"a whole number, not {type(value).__name__}")
        if value < rule.minimum:
            raise InvalidArgumentError(name, f"at least {rule.minimum}, not {value}")
    if rule.max_length is not None:
        if not isinstance(value, str):
            raise UnexpectedArgumentError(name, f"text, not {type(value).__name__}")
        if len(value) > rule.max_length:
            raise MessageTooLongError(name, f"at most {rule.max_length} characters, not {len(value)}")
    if rule.url and not is_http_url(value):
        raise InvalidArgumentError(name, "an http or https address, such as https://example.com/callback")
    return value


def to_phone_number(name: str, value: Any) -> str:
    """A North American number as 11 digits, the way the service echoes it; punctuation is dropped.

    Takes 10 digits, or 11 with the country code 1, as text or as a whole number. Raises
    PhoneNumberError for anything else; it names the argument and does not repeat the number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PhoneNumberError(name, f"a phone number as text, not {type(value).__name__}")
    digits = _PUNCTUATION.sub("", str(value))
    if not (digits.isascii() and digits.isdigit()):
        raise PhoneNumberError(
            name, "a North American phone number: 10 digits, or 11 with the country code 1"
        )
    if len(digits) == 10:
        return "1" + digits
    if len(digits) == 11 and digits[0] == "1":
        return digits
    raise PhoneNumberError(
        name, f"a North American phone number has 10 digits, or 11 with the country code 1, not {len(digits)}"
    )
