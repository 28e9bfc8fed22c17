"""Whether a request is retried, and after which delay. No I/O: the transports wait and send."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import httpx

from textrequest_ext._concurrency import sleep
from textrequest_ext.errors import ConfigurationError

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# No connection was established, so nothing can have happened: every request may be retried.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Errors from before a request was sent; it would not succeed the second time either.
NOT_SENT = (*NEVER_SENT, httpx.UnsupportedProtocol, httpx.LocalProtocolError)
# The request may have arrived: retried only if a second time changes nothing more.
MAYBE_SENT = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)

# Seconds. A service that requests a delay of 0 gets no burst of requests.
MIN_DELAY = 0.1
THROTTLED_DELAY = 1.0
# Python and the operating system cannot wait for any number of seconds.
MAX_SECONDS = 1e9
# What a retry costs: the published defaults of the AWS SDKs, for a budget of 500.
RETRY_COST = 14
THROTTLED_RETRY_COST = 5


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often failed requests are retried, and after which delay.

    GET, HEAD, PUT, DELETE, and the POSTs that the contract marks as idempotent are retried on 408, 429,
    500, 502, 503, 504, connection errors and timeouts. Every other request is retried on 429, and if
    no connection was established; never if it may have reached the service.

    retries: how many retries at most; 0 disables them. first_delay: seconds before the first retry; the
    delay doubles with every retry up to longest_delay, less a random part of up to a quarter.
    After a 429 the first delay is at least 1 second. longest_retry_after: the longest delay, in seconds,
    that the service may request with `Retry-After`; a longer one is not waited for, the error is raised
    with `.retry_after`. budget: tokens that all retries of a client share, so that an outage is not made
    worse: a retry costs 14, after a 429 it costs 5, successes return them; None for no budget. random, clock, sleep,
    async_sleep: replacements for tests; a number from 0 to 1, Unix seconds, and functions of seconds.
    """

    retries: int = 2
    first_delay: float = 0.5
    longest_delay: float = 8.0
    longest_retry_after: float = 60.0
    budget: int | None = 500
    random: Callable[[], float] = random.random
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] | None = None
    async_sleep: Callable[[float], object] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.retries, int) or isinstance(self.retries, bool) or self.retries < 0:
            raise ConfigurationError("retries: must be an integer of at least 0; 0 disables retries")
        if self.budget is not None and (
            not isinstance(self.budget, int) or isinstance(self.budget, bool) or self.budget < 0
        ):
            raise ConfigurationError("budget: must be an integer of at least 0, or None for no budget")
        for name in ("first_delay", "longest_delay", "longest_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MAX_SECONDS:
                raise ConfigurationError(f"{name}: must be at least 0 and less than 1e9 seconds")
        for name in ("random", "clock", "sleep", "async_sleep"):
            value = getattr(self, name)
            if not callable(value) and (value is not None or name in ("random", "clock")):
                raise ConfigurationError(f"{name}: must be a function, not {type(value).__name__}")

    def __reduce__(self) -> Any:
        # With a pickled copy of the random generator, all processes would wait the same delays.
        changed = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }
        return partial(type(self), **changed), ()

    @classmethod
    def of(cls, value: RetryPolicy | int) -> RetryPolicy:
        """The policy itself, or the default policy with this number of retries."""
        return value if isinstance(value, RetryPolicy) else cls(retries=value)

    def delay(self, attempt: int, requested: float | None = None, *, throttled: bool = False) -> float | None:
        """Seconds to wait after this attempt, counted from 1, or None for no retry.

        requested: the delay that the service requested, if any. throttled: whether the status was 429.
        """
        if attempt > self.retries:
            return None
        if requested is not None:
            return max(requested, MIN_DELAY) if requested <= self.longest_retry_after else None
        exponent = min(attempt - 1, 30)
        first = max(self.first_delay, THROTTLED_DELAY) if throttled else self.first_delay
        return float(min(first * 2**exponent, self.longest_delay) * (1 - 0.25 * self.random()))

    def wait(self, seconds: float) -> None:
        """Sleep before the next attempt."""
        (self.sleep or time.sleep)(seconds)

    async def wait_async(self, seconds: float) -> None:
        """Sleep before the next attempt, under asyncio and trio."""
        waiting: Any = (self.async_sleep or sleep)(seconds)
        await waiting


class RetryBudget:
    """Limits the retries of a client: during an outage, retries multiply the load of a service.

    A failed call returns nothing; a successful one returns what its last retry cost, or 1.
    """

    def __init__(self, tokens: int | None) -> None:
        self._capacity = self._tokens = math.inf if tokens is None else tokens

    def spend(self, cost: int) -> bool:
        """Take tokens for a retry; False if there are not enough."""
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def refill(self, tokens: int) -> None:
        """Return tokens after a success."""
        self._tokens = min(self._capacity, self._tokens + tokens)


def is_retried(outcome: httpx.Response | Exception, *, retryable: bool) -> bool:
    """Whether an outcome permits a retry. retryable: sending the request twice does no more than once."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in RETRIED_STATUSES if retryable else outcome.status_code == 429
    return isinstance(outcome, NEVER_SENT + MAYBE_SENT if retryable else NEVER_SENT)


def is_replayable(stream: object) -> bool:
    """Whether a request body can be sent again: bytes, or a form whose files are seekable."""
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
    """The delay in seconds that the service requests with `retry-after-ms` or `Retry-After`, or None.

    Retry-After is a number of seconds, with a fraction or not, or an HTTP date in UTC. Invalid and
    negative values and dates in the past are ignored; infinity is returned as such.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            seconds = _seconds_until(value, now)
        if not math.isnan(seconds) and seconds >= 0:
            return seconds
    return None


def _seconds_until(date: str, now: float) -> float:
    import email.utils
    from datetime import UTC

    try:
        moment = email.utils.parsedate_to_datetime(date)
        # The format of C's asctime has no zone, and -0000 means that none is known: both are UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return math.nan
