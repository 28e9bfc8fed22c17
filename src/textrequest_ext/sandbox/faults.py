"""Faults on demand: what goes wrong, with which requests, and how often."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from . import contract

Body = Literal["json", "html", "empty", "garbage", "truncated", "cut"]
Drop = Literal["before", "after"]
_NUMBERS = {"status": int, "latency": float, "times": int, "every": int, "skip": int}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and the requests it happens to.

    What happens:
        status: the service answers this instead, 100 to 599, and does nothing else.
        takes_effect: with a status: the request is carried out all the same, and its answer withheld.
        body: how the body looks: `json` (an error body; the default with a status), `html` (a gateway's
            page), `empty`, `garbage` (bytes that are no text), `truncated` (half the body, the length
            to match), `cut` (half the body, then the connection closes). Without a status the request is
            carried out and its own answer is spoilt.
        retry_after: the value of the header Retry-After: seconds, or an HTTP date.
        latency: seconds to wait before anything else; alone, the request is then answered as usual.
        drop: the connection is closed without an answer, `before` the request takes effect or `after`.
    To which requests, all of them by default:
        operation: `messages_list`, `Messages_list` or `messages.list`. method: `GET`. path: a pattern
            such as `/dashboards/*/messages`, without `/api/v3`.
    How often, always by default:
        skip: the first so many are left alone. every: every nth after that. times: so many in all.

    Raises ValueError for a fault that cannot be.
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
        _demand_one_of("body", self.body, get_args(Body))
        _demand_one_of("drop", self.drop, get_args(Drop))
        if self.latency < 0:
            raise ValueError(f"latency: {self.latency} is negative")
        if self.every < 1:
            raise ValueError(f"every: {self.every} is less than 1")
        if self.skip < 0 or (self.times is not None and self.times < 1):
            raise ValueError("skip counts from 0 and times from 1")
        if self.drop and (self.status is not None or self.body is not None):
            raise ValueError("drop: a dropped connection has neither status nor body")
        if self.takes_effect and self.status is None:
            raise ValueError("takes_effect: only with a status; without one every request takes effect")
        if self.operation is not None:
            _demand_operation(self.operation)

    @classmethod
    def parse(cls, text: str) -> Fault:
        """A fault from `status=503,times=2,operation=messages_list`. Raises ValueError."""
        values: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, equals, value = part.partition("=")
            if not equals:
                raise ValueError(f"{part!r} is not of the form name=value")
            values[name.strip()] = value.strip()
        return cls.from_mapping(values)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Fault:
        """A fault from its fields, numbers and truths also as text. Raises ValueError."""
        known = [field.name for field in fields(cls)]
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"{name}: not a field of a fault; there are {', '.join(known)}")
            if value is None:
                continue
            read[name] = _read(name, value)
        return cls(**read)

    def as_mapping(self) -> dict[str, Any]:
        """The fields that are set, as from_mapping takes them."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    def concerns(self, operation: str | None, method: str, path: str) -> bool:
        """Whether the fault is meant for such a request."""
        if self.operation is not None and (operation is None or _plain(self.operation) != _plain(operation)):
            return False
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or fnmatchcase(path, self.path)

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.as_mapping().items())


class Faults:
    """The rules in force. A request meets the first that is due; latencies add up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._rules.append(_Rule(fault))

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def all(self) -> list[Fault]:
        """The faults that can still happen."""
        with self._lock:
            return [rule.fault for rule in self._rules if not rule.is_spent]

    def due(self, operation: str | None, method: str, path: str) -> tuple[float, Fault | None]:
        """The seconds this request waits, and the fault it meets."""
        if not self._rules:
            return 0.0, None
        latency, found = 0.0, None
        with self._lock:
            for rule in self._rules:
                only_waits = rule.fault.status is None and rule.fault.body is None and rule.fault.drop is None
                if found is not None and not only_waits:
                    continue  # a rule whose turn has not come does not use up its times
                if rule.fault.concerns(operation, method, path) and rule.is_due():
                    latency += rule.fault.latency
                    found = found if only_waits else rule.fault
        return latency, found


class _Rule:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.happened = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.happened >= self.fault.times

    def is_due(self) -> bool:
        if self.is_spent:
            return False
        self.seen += 1
        count = self.seen - self.fault.skip
        if count < 1 or count % self.fault.every:
            return False
        self.happened += 1
        return True


def _read(name: str, value: Any) -> Any:
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


def _demand_one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(allowed)}")


def _demand_operation(name: str) -> None:
    known = {_plain(operation): operation for operation in contract.load().operations}
    if _plain(name) not in known:
        near = [known[plain] for plain in get_close_matches(_plain(name), known, n=3)]
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"operation: the contract has no {name!r}{meant}")


def _plain(operation: str) -> str:
    return operation.replace(".", "").replace("_", "").lower()
