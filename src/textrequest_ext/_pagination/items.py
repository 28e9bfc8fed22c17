"""Which items of the pages to yield. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from textrequest_ext.errors import InvalidArgumentError

I = TypeVar("I")  # noqa: E741


class Selection(Generic[I]):
    """The items that a pager yields: up to a limit, and only those with a new key if there is a key.

    remaining: how many more items may be yielded, or None.
    """

    def __init__(self, limit: int | None, key: Callable[[I], Hashable] | None) -> None:
        self.remaining = limit
        self._key = key
        self._seen: set[Hashable] = set()

    def take(self, items: list[I]) -> list[I]:
        """The items to yield; the same list if all are."""
        if self._key is not None:
            items = self._without_duplicates(items, self._key)
        if self.remaining is not None:
            items = items if len(items) <= self.remaining else items[: self.remaining]
            self.remaining -= len(items)
        return items

    def _without_duplicates(self, items: list[I], key: Callable[[I], Hashable]) -> list[I]:
        selected = []
        for item in items:
            value = key(item)
            try:
                is_new = value not in self._seen
            except TypeError as error:
                raise InvalidArgumentError("unique", "the key of an item must be hashable") from error
            if is_new:
                self._seen.add(value)
                selected.append(item)
        return selected
