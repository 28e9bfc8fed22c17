"""When a request is repeated, and after how long. No I/O: the transports ask and obey."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from textrequest_ext.errors import ConfigurationError

REPEATED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# The request never left: nothing can have happened, so anything may be repeated.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# It may have arrived: repeated only where doing it twice is doing it once.
MAYBE_SENT = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently to repeat.

    GET, HEAD, PUT and DELETE, and the POSTs the contract marks as idempotent, are repeated on 408,
    429, 500, 502, 503, 504 and on connection errors and timeouts. Every other request is repeated on
    429 and where no connection came about, and on nothing that may have reached the service.

    retries: how many times to repeat, 0 for never. first_delay: seconds before the first repetition;
    it doubles up to longest_delay, and up to a quarter is taken off at random. longest_retry_after:
    the most seconds to wait when the service asks for a wait; a longer wish is raised at once with
    `.retry_after`. random, clock: for tests; a number from 0 to 1, and Unix seconds. sleep,
    async_sleep: for tests; None means to really sleep.
    """

    retries: int = 2
    first_delay: float = 0.5
    longest_delay: float = 8.0
    longest_retry_after: float = 60.0
    random: Callable[[], float] = random.random
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] | None = None
    async_sleep: Callable[[float], object] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.retries, int) or isinstance(self.retries, bool) or self.retries < 0:
            raise ConfigurationError(
                f"retries: a whole number from 0, not {self.retries!r}; 0 turns them off"
            )
        for name in ("first_delay", "longest_delay", "longest_retry_after"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not value >= 0:
                raise ConfigurationError(f"{name}: seconds from 0, not {value!r}")

    @classmethod
    def of(cls, value: RetryPolicy | int) -> RetryPolicy:
        """The policy itself, or the usual one with this many retries."""
        return value if isinstance(value, RetryPolicy) else cls(retries=value)

    def delay(self, attempt: int, wished: float | None = None) -> float | None:
        """Seconds before the repetition after this attempt, counted from 1; None for no repetition."""
        if attempt > self.retries:
            return None
        if wished is not None:
            return wished if wished <= self.longest_retry_after else None
        exponent = min(attempt - 1, 30)
        return float(min(self.first_delay * 2**exponent, self.longest_delay) * (1 - 0.25 * self.random()))


def is_repeated(outcome: httpx.Response | Exception, *, repeatable: bool) -> bool:
    """Whether an outcome may be followed by a repetition; repeatable: twice is the same as once."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in REPEATED_STATUSES if repeatable else outcome.status_code == 429
    return isinstance(outcome, NEVER_SENT + MAYBE_SENT if repeatable else NEVER_SENT)


def is_replayable(stream: object) -> bool:
    """Whether a request's body can be sent again: bytes, or a form of files that can be rewound."""
    if isinstance(stream, httpx.ByteStream):
        return True
    fields = getattr(stream, "fields", None)
    if fields is None:
        return False
    files = [field.file for field in fields if hasattr(field, "file")]
    return all(
        isinstance(file, str | bytes) or (hasattr(file, "seekable") and file.seekable()) for file in files
    )


def retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds the service asks to wait, from `retry-after-ms` or `Retry-After`, or None.

    Retry-After is seconds, fractions allowed, or an HTTP date. What is no number, or negative, or in
    the past by the clock, counts as no wish; infinity is infinitely long.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            try:
                import email.utils

                seconds = email.utils.parsedate_to_datetime(value).timestamp() - now
            except (ValueError, OverflowError):
                continue
        if not math.isnan(seconds) and seconds >= 0:
            return seconds
    return None
