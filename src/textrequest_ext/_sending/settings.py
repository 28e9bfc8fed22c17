"""The options of `send_many`, checked."""

from __future__ import annotations

import datetime
import functools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from textrequest_ext._reconciliation import SETTLE
from textrequest_ext._sending.ledger import to_phone_number
from textrequest_ext._sending.results import SendResult
from textrequest_ext._sending.sends import checked_settle
from textrequest_ext._texts.bodies import check_text_options
from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError

IfRunUnknown = Literal["reconcile", "resend", "report"]
Hours = tuple[datetime.time, datetime.time]
MAX_CONCURRENCY = 256
MAX_RATE = 1e9


@dataclass
class Settings:
    """The options of one run, as `send_many` describes them.

    Raises InvalidArgumentError, naming the option. opted_out: None if the service is asked.
    """

    journal: str | os.PathLike[str] | None = None
    concurrency: int = 8
    per_second: float | None = None
    opted_out: Iterable[str] | None = None
    hours: Hours | None = None
    time_zone: str | datetime.tzinfo | None = None
    max_segments: int | None = None
    smart: bool = False
    if_unknown: IfRunUnknown = "reconcile"
    settle: float = SETTLE
    on_result: Callable[[SendResult], object] | None = None

    def __post_init__(self) -> None:
        if self.journal is not None and not _is_path(self.journal):
            raise UnexpectedArgumentError("journal", "must be a path")
        if not (_is_number(self.concurrency, int) and 1 <= self.concurrency <= MAX_CONCURRENCY):
            raise InvalidArgumentError("concurrency", f"must be an integer from 1 to {MAX_CONCURRENCY}")
        if self.per_second is not None and not (
            _is_number(self.per_second, int | float) and 0 < self.per_second < MAX_RATE
        ):
            raise InvalidArgumentError("per_second", "must be a number above 0, or None for no limit")
        if self.if_unknown not in get_args(IfRunUnknown):
            raise InvalidArgumentError("if_unknown", 'must be "reconcile", "resend" or "report"')
        if self.on_result is not None and not callable(self.on_result):
            raise UnexpectedArgumentError("on_result", "must be a function of a SendResult")
        if self.hours is not None and not _is_hours(self.hours):
            raise InvalidArgumentError(
                "hours", "must be two different times without a time zone, such as (time(9), time(20))"
            )
        if self.time_zone is not None:
            zone_of(self.time_zone)
        check_text_options(self.max_segments, smart=self.smart)
        self.settle = checked_settle(self.settle)
        if isinstance(self.opted_out, str) or not isinstance(self.opted_out, Iterable | None):
            raise UnexpectedArgumentError("opted_out", "must be phone numbers, such as a list of them")
        if self.opted_out is not None:
            self.opted_out = frozenset(to_phone_number(one, "opted_out") for one in self.opted_out)


def zone_of(zone: Any) -> datetime.tzinfo:
    """A time zone from its name; raises InvalidArgumentError."""
    if isinstance(zone, datetime.tzinfo):
        return zone
    if not isinstance(zone, str):
        raise UnexpectedArgumentError("time_zone", "must be a name such as America/New_York, or a tzinfo")
    return _named_zone(zone)


@functools.lru_cache(maxsize=256)
def _named_zone(name: str) -> datetime.tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise InvalidArgumentError(
            "time_zone", "is not a name in the time zone database; on Windows, install tzdata"
        ) from error


def permits(hours: Hours, zone: datetime.tzinfo, moment: float) -> bool:
    """Whether the local time of a moment, in Unix seconds, is within the hours.

    Hours that end before they start include midnight.
    """
    local = datetime.datetime.fromtimestamp(moment, datetime.UTC).astimezone(zone).time()
    start, end = hours
    return start <= local < end if start < end else local >= start or local < end


def _is_hours(value: Any) -> bool:
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(isinstance(one, datetime.time) and one.tzinfo is None for one in value)
        and value[0] != value[1]
    )


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_path(value: Any) -> bool:
    if not isinstance(value, str | os.PathLike):
        return False
    try:
        path = os.fsencode(value)
    except ValueError:  # surrogates
        return False
    return bool(path) and b"\0" not in path
