"""The rules of pagination: which pages to request, and when a list has ended. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from textrequest_ext.errors import UnexpectedResponseError

I = TypeVar("I")  # noqa: E741
# Pages with items this far past the reported total mean that the list never ends.
MAX_PAGES_PAST_TOTAL = 10_000


@dataclass(frozen=True)
class Page(Generic[I]):
    """One page of a list.

    items: what is on it. number: counted from 0. size, total: the page size and the number of items in
    the whole list, as the service reports them, or None. response: the RawResponse of the page.
    """

    items: list[I]
    number: int
    size: int | None
    total: int | None
    response: Any = field(default=None, repr=False, compare=False)


class Pagination(Generic[I]):
    """One pass over the pages of a list.

    The rules, and their sources:
    - The step is the size that the first response reports, not the requested one: the service silently
      reduces sizes above 1000 (live). Later requests use the reported size.
    - The list ends with an empty page, or with a page that is not full and reaches the total. A full
      page never ends it: totals are not reliable (third), and an extra request costs less than a lost
      row.
    - A page with another number than requested is an error, and so is a page with the items of the page
      before while the total stays the same: both would lead to an endless loop.
    """

    def __init__(self, start: int, limit: int | None) -> None:
        self.number = start
        self.size: int | None = None
        self.done = limit == 0
        self._start = start
        self._limit = limit
        self._accepted = 0
        self._previous: Page[I] | None = None

    def upcoming(self, maximum: int) -> range:
        """Numbers of the next pages that are certainly needed: at least one, at most `maximum`."""
        last = self.number
        if self._previous is not None and self._previous.total is not None and self.size:
            last = (self._previous.total - 1) // self.size
            if self._limit is not None:
                last = min(last, self._start + (self._limit - 1) // self.size)
        return range(self.number, max(self.number, min(last, self.number + maximum - 1)) + 1)

    def accept(self, page: Page[I]) -> Page[I]:
        """Check the next page and advance; returns the page without the items over the limit."""
        previous, self._previous = self._previous, page
        if page.number != self.number:
            raise UnexpectedResponseError(
                f"page {self.number} was requested, the service returned page {page.number}; "
                "the list cannot be read to its end"
            )
        if (
            previous is not None
            and page.items
            and page.items == previous.items
            and page.total == previous.total
        ):
            raise UnexpectedResponseError(
                f"page {page.number} has the same items as the page before; the list cannot be read to its end"
            )
        if self.size is None:
            # A reported size below the number of items on the page is not usable.
            self.size = page.size if page.size and page.size >= len(page.items) else None
        # Without a usable total, the list is expected to end near the first page.
        end = max(self._start, (page.total or 0) // self.size if self.size else 0)
        if page.items and self.number - end > MAX_PAGES_PAST_TOTAL:
            raise UnexpectedResponseError(
                f"page {page.number} still has items, far past the total of {page.total}; the list never ends"
            )
        reached = (
            page.total is not None
            and self.size is not None
            and self.number * self.size + len(page.items) >= page.total
        )
        full = self.size is None or len(page.items) >= self.size
        items = page.items
        if self._limit is not None:
            items = items[: self._limit - self._accepted]
        self._accepted += len(items)
        self.done = not page.items or (reached and not full) or self._accepted == self._limit
        self.number += 1
        return page if items is page.items else replace(page, items=items)
