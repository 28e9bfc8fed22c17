"""The time limit of a whole call: all attempts, and the delays between them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

EXTENSION = "textrequest_deadline"


class Deadline:
    """When a call must have ended, in monotonic seconds. A timeout of None sets no limit."""

    __slots__ = ("_end", "total")

    def __init__(self, total: float | None) -> None:
        self.total = total
        self._end = None if total is None else time.monotonic() + total

    def remaining(self) -> float | None:
        """Seconds left, zero or less once the deadline has passed, or None without a limit."""
        return None if self._end is None else self._end - time.monotonic()

    def shorten(self, timeout: float | None) -> float | None:
        """The timeout of one step, so that it ends with the deadline at the latest."""
        if self._end is None:
            return timeout
        remaining = self._end - time.monotonic()
        return remaining if timeout is None or remaining < timeout else timeout

    def extend(self, seconds: float) -> None:
        """Move the deadline: waiting for a free connection does not count."""
        if self._end is not None:
            self._end += seconds


UNLIMITED = Deadline(None)


def deadline_of(request: httpx.Request) -> Deadline:
    """The deadline of the call that a request belongs to."""
    return request.extensions.get(EXTENSION) or UNLIMITED
