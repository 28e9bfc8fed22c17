"""The limits that a user sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from textrequest_ext.errors import ConfigurationError

# One a day, and the resolution of the clock, which counts milliseconds.
MIN_RATE, MAX_RATE = 0.00001, 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many requests and texts per second a client sends at most. docs/limits.md describes it.

    A request that would exceed a limit waits. Requests are spaced evenly: at 5 per second, 0.2 seconds
    apart, so that the network cannot turn them into a burst. Retries count too. The wait is not part of
    any timeout.

    requests_per_second: requests of an API key; None for no limit. texts_per_second: requests that send a
    text, for each sender: a dashboard, or a phone number with `messages.send`; None for no limit. Both are
    numbers from 0.00001 to 1000; 0.5 is one every two seconds. redis_url: URL of a Redis server that
    counts for all processes that use it, such as redis://localhost:6379/0; requires the extra `redis`. By
    default each process counts by itself, which requires the extra `limits`.

    Raises ConfigurationError for values that are not valid.
    """

    requests_per_second: float | None = None
    texts_per_second: float | None = None
    redis_url: str | None = field(default=None, repr=False)  # it may contain a password

    def __post_init__(self) -> None:
        for name in ("requests_per_second", "texts_per_second"):
            value = getattr(self, name)
            if value is not None and (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not MIN_RATE <= value <= MAX_RATE
            ):
                raise ConfigurationError(
                    f"limits: {name} must be a number from 0.00001 to 1000, or None for no limit"
                )
        if self.requests_per_second is None and self.texts_per_second is None:
            raise ConfigurationError("limits: set requests_per_second, texts_per_second or both")
        if self.redis_url is not None and (not isinstance(self.redis_url, str) or not self.redis_url):
            raise ConfigurationError("limits: redis_url must be a URL such as redis://localhost:6379/0")
