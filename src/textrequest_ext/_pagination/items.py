"""Which items of the pages to yield, and which ones were read before. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from textrequest_ext.errors import InvalidArgumentError

I = TypeVar("I")  # noqa: E741
# How many of the items read last are recognized after a deletion.
MAX_REMEMBERED = 10_000
# The attributes that identify an item, in this order of preference.
ID_NAMES = ("id", "message_id", "payment_id", "phone_number")


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


class ItemsRead(Generic[I]):
    """The identities of the items that were read last.

    An item is identified by its id, or by all its values if it has none.

    is_complete: whether the list can have no item that is before the remembered ones and was not read.
    """

    def __init__(self, is_complete: bool) -> None:
        self.is_complete = is_complete
        self._pages: deque[list[Any]] = deque()
        self._count = 0

    def add(self, items: list[I]) -> None:
        """Remember the items, and forget the oldest ones if there are too many."""
        self._pages.append(_identities(items))
        self._count += len(items)
        while self._count - len(self._pages[0]) >= MAX_REMEMBERED:
            self._count -= len(self._pages.popleft())
            self.is_complete = False

    def clear(self) -> None:
        """Forget all items, because none of them is on the list any more."""
        self._pages.clear()
        self._count = 0

    def count(self) -> int:
        """How many different items are remembered."""
        return len(self._known())

    def after_read(self, items: list[I]) -> list[I] | None:
        """Those of the items that were not read and are after one that was; None if no item was read."""
        known = self._known()
        identities = _identities(items)
        for position, identity in enumerate(identities):
            if _key(identity) in known:
                return [
                    item
                    for item, other in zip(items[position:], identities[position:], strict=True)
                    if _key(other) not in known
                ]
        return None

    def _known(self) -> set[Hashable]:
        return {_key(identity) for page in self._pages for identity in page}


def _identities(items: list[I]) -> list[Any]:
    name = next((name for name in ID_NAMES if items and hasattr(items[0], name)), None)
    if name is not None:
        return [getattr(item, name) or repr(item) for item in items]
    # An object that the contract does not describe, such as a scheduled message, has its id here.
    values = [getattr(item, "additional_properties", {}) for item in items]
    return [
        value.get("message_id") or value.get("id") or repr(item)
        for item, value in zip(items, values, strict=True)
    ]


def _key(identity: Any) -> Hashable:
    # The contract has integers and strings as ids; a service can return anything.
    return identity if isinstance(identity, int | str) else repr(identity)
