"""Faults: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, Literal, get_args

from textrequest_ext.sandbox._contract import load_contract

Body = Literal["json", "html", "empty", "garbage", "truncated", "cut"]
Drop = Literal["before", "after"]
_NUMBERS = ("status", "latency", "retry_after", "times", "every", "skip")
# RFC 9110, without obsolete text: the server cannot send any other value.
_HEADER_VALUE = re.compile(r"([\x21-\x7e]+([ \t]+[\x21-\x7e]+)*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and the requests it applies to.

    What goes wrong:
        status: the status of the response, 200 to 599. The request has no effect.
        takes_effect: with a status: the request takes effect, and its response is replaced.
        body: the body of the response: `json` (an error body; the default with a status), `html` (a gateway's
            error page), `empty`, `garbage` (bytes that are not text), `truncated` (half of the body, with the
            matching content length), `cut` (half of the body, then the connection closes). Without a status,
            the request takes effect and the body of its own response is changed.
        retry_after: the value of the Retry-After header: seconds, or an HTTP date.
        latency: seconds to wait first. Alone, it only delays the response.
        drop: closes the connection without a response, `before` or `after` the request takes effect.
    Which requests, by default all:
        operation: `messages_list`, `Messages_list` or `messages.list`. method: `GET`. path: a pattern
            such as `/dashboards/*/messages`, without `/api/v3`.
    How often, by default always:
        skip: the number of matching requests to ignore first. every: applies to every nth request after
            those. times: the maximum number of requests it applies to.

    Raises ValueError for an invalid value or combination.
    """

    status: int | None = None
    body: Body | None = None
    retry_after: float | str | None = None
    latency: float = 0.0
    drop: Drop | None = None
    takes_effect: bool = False
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    times: int | None = None
    every: int = 1
    skip: int = 0

    def __post_init__(self) -> None:
        if self.status is None and self.body is None and self.drop is None and not self.latency:
            raise ValueError("a fault needs a status, a body, a drop or a latency")
        self._check_types()
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status: {self.status} is not between 200 and 599")
        _require_one_of("body", self.body, get_args(Body))
        _require_one_of("drop", self.drop, get_args(Drop))
        if self.latency < 0:
            raise ValueError(f"latency: {self.latency} is negative")
        if self.every < 1:
            raise ValueError(f"every: {self.every} is less than 1")
        if self.skip < 0:
            raise ValueError(f"skip: {self.skip} is negative")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times: {self.times} is less than 1")
        if self.drop and (self.status is not None or self.body is not None):
            raise ValueError("drop: cannot be combined with a status or a body")
        if self.takes_effect and self.status is None:
            raise ValueError("takes_effect: needs a status; without one every request takes effect")
        if self.operation is not None:
            _require_operation(self.operation)

    def _check_types(self) -> None:
        _require_whole_number("status", self.status, optional=True)
        _require_whole_number("times", self.times, optional=True)
        _require_whole_number("every", self.every)
        _require_whole_number("skip", self.skip)
        _require_finite_number("latency", self.latency)
        for name in ("operation", "method", "path"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise ValueError(f"{name}: {value!r} is not text")
        if not isinstance(self.takes_effect, bool):
            raise ValueError(f"takes_effect: {self.takes_effect!r} is neither True nor False")
        if isinstance(self.retry_after, str):
            if not _HEADER_VALUE.fullmatch(self.retry_after):
                raise ValueError(f"retry_after: {self.retry_after!r} cannot be the value of a header")
        elif isinstance(self.retry_after, bool) or not isinstance(self.retry_after, int | float | None):
            raise ValueError(f"retry_after: {self.retry_after!r} is neither a number nor text")
        elif self.retry_after is not None:
            _require_finite_number("retry_after", self.retry_after)

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Parses `status=503,times=2,operation=messages_list`. Raises ValueError."""
        values: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, equals, value = part.partition("=")
            if not equals:
                raise ValueError(f"{part!r} is not of the form name=value")
            values[name.strip()] = value.strip()
        return cls.from_mapping(values)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Fault:
        """Creates a fault from its fields. Numbers and booleans may be text. Raises ValueError."""
        known = [field.name for field in fields(cls)]
        converted: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"{name}: not a field of a fault; the fields are {', '.join(known)}")
            if value is None:
                continue
            converted[name] = _convert(name, value)
        return cls(**converted)

    def as_mapping(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as from_mapping() takes them."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.as_mapping().items())


def _convert(name: str, value: Any) -> Any:
    """Converts text to the type of the field. Other values are unchanged, and checked by the constructor."""
    if not isinstance(value, str):
        return value
    if name in _NUMBERS:
        number = _parse_number(value)
        if name == "retry_after":
            return value if number is None or not math.isfinite(number) else number
        if number is None:
            raise ValueError(f"{name}: {value!r} is not a number")
        return number
    if name == "takes_effect":
        if value.lower() not in {"true", "false"}:
            raise ValueError(f"takes_effect: {value!r} is neither true nor false")
        return value.lower() == "true"
    return value


def _parse_number(text: str) -> float | None:
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            pass
    return None


def _require_whole_number(name: str, value: object, *, optional: bool = False) -> None:
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: {value!r} is not a whole number")


def _require_finite_number(name: str, value: object) -> None:
    try:
        is_valid = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        is_valid = False
    if not is_valid:
        raise ValueError(f"{name}: {value!r} is not a finite number")


def _require_one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(allowed)}")


def _require_operation(name: str) -> None:
    known = {simplify_operation(operation): operation for operation in load_contract().operations}
    if simplify_operation(name) not in known:
        similar = [known[match] for match in get_close_matches(simplify_operation(name), known, n=3)]
        hint = f"; did you mean {', '.join(similar)}?" if similar else ""
        raise ValueError(f"operation: the contract has no {name!r}{hint}")


def simplify_operation(operation: str) -> str:
    """The operation id in lower case and without separators, so that every spelling is equal."""
    return operation.replace(".", "").replace("_", "").lower()
