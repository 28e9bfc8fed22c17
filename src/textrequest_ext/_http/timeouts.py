"""Timeouts: of the steps of a request, and of a whole call."""

from __future__ import annotations

from typing import Any

import httpx

from textrequest_api.types import UNSET, Unset
from textrequest_ext._http.retry_policy import MAX_SECONDS
from textrequest_ext.errors import ConfigurationError

TOTAL_SECONDS = 300.0
_STEPS = ("connect", "read", "write", "pool")


def check_seconds(name: str, value: Any) -> None:
    """Raise ConfigurationError unless the value is a number of seconds that can be waited, or None."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MAX_SECONDS:
        raise ConfigurationError(
            f"{name}: must be a number of seconds above 0 and below 1e9, or None for no limit"
        )


class Timeout(httpx.Timeout):
    """httpx.Timeout with a limit for the whole call, retries and the delays between them included.

    seconds: limit of each step: connecting, each write, each read; None for no limit. connect, read,
    write: the same for one step. total: seconds for the whole call. Default: 300, or the longest step
    if that is more; None for no limit. The time a call waits for a free connection is not counted.

    Raises ConfigurationError for anything that is not a number above 0.
    """

    total: float | None

    def __init__(
        self,
        seconds: float | None = 30.0,
        *,
        total: float | Unset | None = UNSET,
        **steps: float | None,
    ) -> None:
        unknown = set(steps) - set(_STEPS)
        if unknown:
            raise ConfigurationError(f"timeout: {', '.join(sorted(unknown))} is not a step of a request")
        for name, value in {
            "timeout": seconds,
            **{f"timeout: {step}": steps[step] for step in steps},
        }.items():
            check_seconds(name, value)
        super().__init__(seconds, **steps)
        limits = [getattr(self, step) for step in _STEPS[:3]]
        if isinstance(total, Unset):
            total = None if None in limits else max(TOTAL_SECONDS, *limits)
        check_seconds("timeout: total", total)
        self.total = total

    @classmethod
    def of(cls, timeout: Any) -> Timeout:
        """A Timeout from seconds, from an httpx.Timeout, or from None for no limit."""
        if isinstance(timeout, cls):
            return timeout
        if isinstance(timeout, httpx.Timeout):
            return cls(None, **timeout.as_dict())
        return cls(timeout, total=None) if timeout is None else cls(timeout)


DEFAULT_TIMEOUT = Timeout(30.0, connect=5.0)
