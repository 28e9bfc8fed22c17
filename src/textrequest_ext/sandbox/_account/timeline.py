"""A list of messages in chronological order that finds a time range by binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class HasTimestamp(Protocol):
    """Anything with a `timestamp`."""

    @property
    def timestamp(self) -> datetime: ...


ItemT = TypeVar("ItemT", bound=HasTimestamp)


class Timeline(Generic[ItemT]):
    """Items in chronological order, the oldest first."""

    __slots__ = ("_items", "_timestamps")

    def __init__(self) -> None:
        self._items: list[ItemT] = []
        self._timestamps: list[datetime] = []

    def add(self, item: ItemT) -> None:
        """Inserts the item after all items that are as old or older."""
        if not self._timestamps or item.timestamp >= self._timestamps[-1]:
            self._items.append(item)
            self._timestamps.append(item.timestamp)
            return
        index = bisect_right(self._timestamps, item.timestamp)
        self._items.insert(index, item)
        self._timestamps.insert(index, item.timestamp)

    def range(self, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        """The slice of items from start to end, both inclusive (open: whether the service includes them)."""
        first = bisect_left(self._timestamps, start) if start else 0
        last = bisect_right(self._timestamps, end) if end else len(self._timestamps)
        return first, max(first, last)

    def slice(self, start: int, end: int) -> list[ItemT]:
        return self._items[start:end]

    def last(self) -> ItemT | None:
        return self._items[-1] if self._items else None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self._items)
