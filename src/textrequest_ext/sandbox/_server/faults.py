"""Faults: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from textrequest_ext.sandbox._contract import load_contract

Body = Literal["json", "html", "empty", "garbage", "truncated", "cut"]
Drop = Literal["before", "after"]
_NUMBERS = {"status": int, "latency": float, "times": int, "every": int, "skip": int}


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


class Faults:
    """The active faults. The first one that is due applies to a request; latencies add up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_ActiveFault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._entries.append(_ActiveFault(fault))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def all(self) -> list[Fault]:
        """The faults that can still apply to a request."""
        with self._lock:
            return [entry.fault for entry in self._entries if not entry.is_exhausted]

    def next_for(self, operation: str | None, method: str, path: str) -> tuple[float, Fault | None]:
        """The latency in seconds of a request, and the fault that applies to it."""
        if not self._entries:
            return 0.0, None
        latency, found = 0.0, None
        with self._lock:
            for entry in self._entries:
                fault = entry.fault
                is_latency_only = fault.status is None and fault.body is None and fault.drop is None
                if found is not None and not is_latency_only:
                    continue  # another fault applies; this one does not count the request
                if entry.matches(operation, method, path) and entry.count_request():
                    latency += fault.latency
                    found = found if is_latency_only else fault
        return latency, found


class _ActiveFault:
    """A fault with its counters."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._seen = 0
        self._applied = 0

    @property
    def is_exhausted(self) -> bool:
        return self.fault.times is not None and self._applied >= self.fault.times

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        fault = self.fault
        if fault.operation is not None and (
            operation is None or _simplify(fault.operation) != _simplify(operation)
        ):
            return False
        if fault.method is not None and fault.method.upper() != method:
            return False
        return fault.path is None or fnmatchcase(path, fault.path)

    def count_request(self) -> bool:
        """Counts a matching request. Returns whether the fault applies to it."""
        if self.is_exhausted:
            return False
        self._seen += 1
        position = self._seen - self.fault.skip
        if position < 1 or position % self.fault.every:
            return False
        self._applied += 1
        return True


def _convert(name: str, value: Any) -> Any:
    try:
        if name in _NUMBERS:
            return _NUMBERS[name](value)
        if name == "retry_after":
            return _number_or_text(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {value!r} is not a number") from None
    if name == "takes_effect":
        if str(value).lower() not in {"true", "false"}:
            raise ValueError(f"takes_effect: {value!r} is neither true nor false")
        return str(value).lower() == "true"
    if not isinstance(value, str):
        raise ValueError(f"{name}: {value!r} is not text")
    return value


def _number_or_text(value: Any) -> float | str:
    try:
        return float(value)
    except ValueError:
        return str(value)


def _require_one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(allowed)}")


def _require_operation(name: str) -> None:
    known = {_simplify(operation): operation for operation in load_contract().operations}
    if _simplify(name) not in known:
        similar = [known[match] for match in get_close_matches(_simplify(name), known, n=3)]
        hint = f"; did you mean {', '.join(similar)}?" if similar else ""
        raise ValueError(f"operation: the contract has no {name!r}{hint}")


def _simplify(operation: str) -> str:
    """The operation id in lower case and without separators, so that every spelling is equal."""
    return operation.replace(".", "").replace("_", "").lower()
