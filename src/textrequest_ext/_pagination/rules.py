"""The rules of pagination: which pages to request, and when a list has ended. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from textrequest_ext._pagination.items import ItemsRead, Selection
from textrequest_ext.errors import TextRequestError, UnexpectedResponseError

if TYPE_CHECKING:
    from textrequest_ext._raw_response import RawResponse

I = TypeVar("I")  # noqa: E741
# The service silently reduces larger sizes to this (live).
MAX_PAGE_SIZE = 1000
# Pages with items this far past the reported total mean that the list never ends.
MAX_PAGES_PAST_TOTAL = 10_000
# For pages that no client has made. It is not part of the type: those of a client have a response.
_NO_RESPONSE: Any = None


@dataclass(frozen=True)
class Page(Generic[I]):
    """One page of a list.

    items: what is on it. number: counted from 0; `starting_at` takes it. size, total: the page size and
    the number of items in the whole list, as the service reports them, or None. response: the RawResponse
    of the page. next: in a list by offset or by cursor, where the next page begins, or None.
    """

    items: list[I]
    number: int
    size: int | None
    total: int | None
    response: RawResponse[Any] = field(default=_NO_RESPONSE, repr=False, compare=False)
    next: Any = field(default=None, repr=False, compare=False)


class PageRequest(NamedTuple):
    """What to request: the number of a page, and the number of items on it."""

    number: int
    size: int


class Pagination(Generic[I]):
    """One iteration over the pages of a list.

    The rules, and their sources:
    - Pages have the size given by the caller, otherwise the largest that the service returns (live). If a
      limit is below it and the list is read from its beginning, the first page has just that many items.
    - From the second request on, the size is the one that the first response reports: the service
      silently reduces large sizes (live). It is ignored if the items on the page contradict it. A
      different size later is an error, since page numbers would count something else.
    - The list ends with an empty page, or with a page that is not full and reaches the total. A full
      page never ends it: totals are not reliable (third), and an extra request costs less than a lost
      item.
    - A page with another number than requested is an error, and so is a page with the items of the page
      before while the total stays the same: both would lead to an endless loop.
    - A total that falls means that items were deleted, so that unread ones may have moved to earlier
      pages. The page before is requested again, and the ones before it, until one has an item that was
      read; the iteration continues after that item. If nothing is new on the page before, nothing was
      missing. That is still true if more items are deleted between the two requests.
    """

    def __init__(
        self,
        start: int = 0,
        limit: int | None = None,
        size: int | None = None,
        key: Callable[[I], Hashable] | None = None,
    ) -> None:
        self.number = start
        self.done = limit == 0
        self._start = start
        self._size = size or MAX_PAGE_SIZE
        # With a later start the size must not be reduced: it decides which items a page number means.
        self._reduced = size is None and start == 0 and limit is not None and limit < MAX_PAGE_SIZE
        if self._reduced and limit:
            self._size = limit
        self._first_size = self._size
        self._reported: int | None = None  # the page size to calculate with
        self._total: int | None = None
        self.deleted = 0  # by how much the total has fallen, added up
        self._previous: Page[I] | None = None
        self._selection: Selection[I] = Selection(limit, key)
        self._read: ItemsRead[I] = ItemsRead(is_complete=start == 0)
        self._held: Page[I] | None = None  # a page to return after the one before it was read again

    @property
    def request(self) -> PageRequest:
        """The page that is needed next."""
        return PageRequest(self.number, self._size)

    def upcoming(self, maximum: int) -> list[PageRequest]:
        """The next pages that are certainly needed: at least one, at most `maximum`."""
        last = self.number
        if self._held is None and self._reported and self._total is not None:
            # If the last page is full, the page after it is needed too.
            last = self._total // self._reported
            if self._selection.remaining is not None:
                last = min(last, self.number + (self._selection.remaining - 1) // self._reported)
        last = max(self.number, min(last, self.number + maximum - 1))
        return [PageRequest(number, self._size) for number in range(self.number, last + 1)]

    def accept(self, page: Page[I]) -> Page[I]:
        """Check the page that was needed and advance; returns it with the items to yield, maybe none."""
        self._check(page)
        if self._held is not None:
            return self._search(page, self._held)
        self._learn_size(page)
        if self._has_fallen(page):
            self._held, self._previous = page, None
            self.number -= 1
            return replace(page, items=[])
        return self._advance(page, page.items)

    @contextmanager
    def naming_page(self) -> Iterator[None]:
        """Add the number of the needed page to an error that is raised inside."""
        try:
            yield
        except TextRequestError as error:
            # Pages of a reduced size have numbers of their own, which `starting_at` does not take.
            error.page = 0 if self._reduced else self.number
            if self.number:  # on the first page, nothing was read yet
                error.add_note(
                    f"This was page {self.number} of the list; starting_at({error.page}) resumes the iteration there."
                )
            raise

    def _check(self, page: Page[I]) -> None:
        if page.number != self.number:
            raise UnexpectedResponseError(
                f"page {self.number} was requested, the service returned page {_shown(page.number)}; "
                "the list cannot be read to its end"
            )
        previous = self._previous
        if previous and page.items and page.items == previous.items and page.total == previous.total:
            raise UnexpectedResponseError(
                f"page {page.number} has the same items as the page before; the list cannot be read to its end"
            )
        size = self._reported
        if size and page.size not in (None, size) and page.items and not self._is_last(page, size):
            raise UnexpectedResponseError(
                f"page {page.number} has a size of {_shown(page.size)} items instead of {size}; "
                "the list cannot be read without losing items"
            )

    def _learn_size(self, page: Page[I]) -> None:
        size = page.size
        if self._previous is not None or size is None or size < len(page.items) or self._reported:
            return
        if len(page.items) < size and page.total is not None and not self._is_last(page, size):
            return
        self._reduced = self._reduced and size == self._size
        self._reported, self._size = size, min(size, self._size)

    def _is_last(self, page: Page[I], size: int) -> bool:
        return page.total is not None and page.number * size + len(page.items) >= page.total

    def _has_fallen(self, page: Page[I]) -> bool:
        total = page.total
        if total is None and not page.items:
            # An empty page has an upper bound of the total in its number.
            total = page.number * (self._reported or self._size)
        return self._total is not None and total is not None and total < self._total

    def _search(self, page: Page[I], held: Page[I]) -> Page[I]:
        """Look on a page that is read again for the items that were read, and return those after them."""
        unread = self._read.after_read(page.items)
        if unread is None and self.number > 0:
            self.number -= 1
            return replace(page, items=[])
        if unread is None:
            if page.items and not self._are_all_deleted(page):
                raise UnexpectedResponseError(
                    "items were deleted during the iteration, and none of the last ones that were read is on the "
                    "list; the next one cannot be found"
                )
            self._read.clear()
            unread = page.items
        self._held = None
        if self.number == held.number - 1 and not unread:
            # Nothing has moved to this page, so nothing was missing between it and the held one.
            self.number = held.number
            return self._advance(held, held.items)
        self._read.add(page.items)
        return self._advance(page, unread)

    def _are_all_deleted(self, page: Page[I]) -> bool:
        """Whether every item that was read may have been deleted, and so many were."""
        if self._total is None or page.total is None or not self._read.is_complete:
            return False
        return self.deleted + self._total - page.total >= self._read.count()

    def _advance(self, page: Page[I], items: list[I]) -> Page[I]:
        size = self._reported
        # Without a usable total, the list is expected to end near the first page.
        end = max(self._start, (page.total or 0) // size if size else 0)
        if page.items and self.number - end > MAX_PAGES_PAST_TOTAL:
            raise UnexpectedResponseError(
                f"page {page.number} still has items, far past the total of {_shown(page.total)}; the list never ends"
            )
        if page.total is not None:
            self.deleted += max(0, (self._total or 0) - page.total)
            self._total = page.total
        self._previous = page
        taken = self._selection.take(items)
        is_short = size is not None and len(page.items) < min(size, self._first_size)
        is_last = is_short and self._is_last(page, size or 1)
        self.done = not page.items or is_last or self._selection.remaining == 0
        if not self.done:
            self._read.add(items)
        self.number += 1
        return page if taken is page.items else replace(page, items=taken)


def reported_count(page: Page[I], limit: int | None) -> int | None:
    """The number of items by the total of the first page, or None if they must be counted."""
    if page.items and (page.total is None or page.total < len(page.items)):
        return None
    count = page.total if page.items and page.total is not None else 0
    return count if limit is None else min(count, limit)


def _shown(number: int | None) -> str:
    """A number of the service for an error. A long one is no number of pages or items, but maybe a phone number."""
    return str(number) if number is None or number < 10**9 else "[number]"
