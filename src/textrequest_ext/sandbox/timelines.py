"""Messages in order of time, of which any stretch is found without a walk."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Message


class Timeline:
    """Messages, the oldest first."""

    __slots__ = ("_messages", "_moments")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._moments: list[datetime] = []

    def add(self, message: Message) -> None:
        """Puts the message behind all that are not younger than it is."""
        if not self._moments or message.moment >= self._moments[-1]:
            self._messages.append(message)
            self._moments.append(message.moment)
            return
        place = bisect_right(self._moments, message.moment)
        self._messages.insert(place, message)
        self._moments.insert(place, message.moment)

    def between(self, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        """The places from start to end, both included (open: whether the service includes them)."""
        first = bisect_left(self._moments, start) if start else 0
        last = bisect_right(self._moments, end) if end else len(self._moments)
        return first, max(first, last)

    def slice(self, start: int, end: int) -> list[Message]:
        return self._messages[start:end]

    def last(self) -> Message | None:
        return self._messages[-1] if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)
