"""The rules of paging: which pages to ask for, and when a list is over. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from textrequest_ext.errors import UnexpectedResponseError

I = TypeVar("I")  # noqa: E741
# A list that ends neither with an empty page nor near its total is not a list.
MOST_PAGES_PAST_TOTAL = 10_000


@dataclass(frozen=True)
class Page(Generic[I]):
    """One page: its items, its number from 0, the size the service reports, and the total it reports."""

    items: list[I]
    number: int
    size: int | None
    total: int | None


class Walk(Generic[I]):
    """Which pages of a list to ask for, and when the list is over. No I/O.

    The rules, and where they come from:
    - The step is the size the first answer reports, not the one asked for: the service clamps sizes
      above 1000 without a word (live). Later requests ask for the reported size.
    - The list ends on an empty page, or on a page that is not full and reaches the total. A full page
      never ends it: totals are distrusted (third), and one request more costs less than lost rows.
    - A page under another number than asked for, or the same items as the page before while the
      total stands still, is refused: the service would go on for ever.
    """

    def __init__(self, start: int, limit: int | None) -> None:
        self.number = start
        self.size: int | None = None
        self.done = limit == 0
        self._start = start
        self._limit = limit
        self._taken = 0
        self._before: Page[I] | None = None

    def ahead(self, most: int) -> range:
        """Numbers of the next pages that are sure to be wanted, at least one and at most so many."""
        last = self.number
        if self._before is not None and self._before.total is not None and self.size:
            last = (self._before.total - 1) // self.size
            if self._limit is not None:
                last = min(last, self._start + (self._limit - 1) // self.size)
        return range(self.number, max(self.number, min(last, self.number + most - 1)) + 1)

    def take(self, page: Page[I]) -> Page[I]:
        """Move on past the page, which must be the next one; returns it without what is over the limit."""
        before, self._before = self._before, page
        if page.number != self.number:
            raise UnexpectedResponseError(
                f"asked for page {self.number}, got page {page.number}: the list cannot be walked"
            )
        if before is not None and page.items and page.items == before.items and page.total == before.total:
            raise UnexpectedResponseError(
                f"page {page.number} repeats the page before: the list cannot be walked"
            )
        if self.size is None:
            # A size smaller than the page itself is no size.
            self.size = page.size if page.size and page.size >= len(page.items) else None
        # Without a total, or a size to divide it by, the list is expected to end where it began.
        end = max(self._start, (page.total or 0) // self.size if self.size else 0)
        if page.items and self.number - end > MOST_PAGES_PAST_TOTAL:
            raise UnexpectedResponseError(
                f"page {page.number} is far past the total of {page.total}: the list does not end"
            )
        reached = (
            page.total is not None
            and self.size is not None
            and self.number * self.size + len(page.items) >= page.total
        )
        full = self.size is None or len(page.items) >= self.size
        items = page.items
        if self._limit is not None:
            items = items[: self._limit - self._taken]
        self._taken += len(items)
        self.done = not page.items or (reached and not full) or self._taken == self._limit
        self.number += 1
        return page if items is page.items else replace(page, items=items)
