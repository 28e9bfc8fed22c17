"""The options of `send_many`, checked."""

from __future__ import annotations

import datetime
import functools
import os
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, get_args

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


class Settings(NamedTuple):
    """The options of one run, as `send_many` describes them. opted_out: None if the service is asked."""

    journal: str | os.PathLike[str] | None
    concurrency: int
    per_second: float | None
    opted_out: frozenset[str] | None
    hours: Hours | None
    time_zone: datetime.tzinfo | None
    max_segments: int | None
    smart: bool
    if_unknown: IfRunUnknown
    settle: float
    on_result: Callable[[SendResult], object] | None


def checked_settings(options: dict[str, Any]) -> Settings:
    """The settings; raises InvalidArgumentError, naming the option."""
    unknown = options.keys() - set(Settings._fields)
    if unknown:
        names = ", ".join(Settings._fields)
        raise UnexpectedArgumentError(min(unknown), f"send_many has no such argument; it takes {names}")
    journal = options.get("journal")
    if journal is not None and not _is_path(journal):
        raise UnexpectedArgumentError("journal", "must be a path")
    concurrency = options.get("concurrency", 8)
    if (
        not isinstance(concurrency, int)
        or isinstance(concurrency, bool)
        or not 1 <= concurrency <= MAX_CONCURRENCY
    ):
        raise InvalidArgumentError("concurrency", f"must be an integer from 1 to {MAX_CONCURRENCY}")
    per_second = options.get("per_second")
    if per_second is not None and not (_is_number(per_second) and 0 < per_second < MAX_RATE):
        raise InvalidArgumentError("per_second", "must be a number above 0, or None for no limit")
    if_unknown = options.get("if_unknown", "reconcile")
    if if_unknown not in get_args(IfRunUnknown):
        raise InvalidArgumentError("if_unknown", 'must be "reconcile", "resend" or "report"')
    on_result = options.get("on_result")
    if on_result is not None and not callable(on_result):
        raise UnexpectedArgumentError("on_result", "must be a function of a SendResult")
    zone = options.get("time_zone")
    opted_out = options.get("opted_out")
    if isinstance(opted_out, str) or not (opted_out is None or isinstance(opted_out, Iterable)):
        raise UnexpectedArgumentError("opted_out", "must be phone numbers, such as a list of them")
    max_segments, smart = options.get("max_segments"), options.get("smart")
    check_text_options(max_segments, smart=smart)
    return Settings(
        journal,
        concurrency,
        per_second,
        None if opted_out is None else frozenset(to_phone_number(one, "opted_out") for one in opted_out),
        _checked_hours(options.get("hours")),
        None if zone is None else zone_of(zone),
        max_segments,
        bool(smart),
        if_unknown,
        checked_settle(options.get("settle", SETTLE)),
        on_result,
    )


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


def _checked_hours(hours: Any) -> Hours | None:
    if hours is None:
        return None
    if not (
        isinstance(hours, tuple | list)
        and len(hours) == 2
        and all(isinstance(one, datetime.time) and one.tzinfo is None for one in hours)
        and hours[0] != hours[1]
    ):
        raise InvalidArgumentError(
            "hours", "must be two different times without a time zone, such as (time(9), time(20))"
        )
    return hours[0], hours[1]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_path(value: Any) -> bool:
    if not isinstance(value, str | os.PathLike):
        return False
    try:
        path = os.fsencode(value)
    except ValueError:  # surrogates
        return False
    return bool(path) and b"\0" not in path
