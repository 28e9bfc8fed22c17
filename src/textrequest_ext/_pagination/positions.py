"""The rules for lists by offset or by cursor, whose next page follows from the page before. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from textrequest_ext._pagination.items import Selection
from textrequest_ext._pagination.rules import Page, PageRequest
from textrequest_ext.errors import TextRequestError, UnexpectedResponseError

I = TypeVar("I")  # noqa: E741


class PositionPagination(Generic[I]):
    """One iteration over such a list: `Page.next` is where the next page begins, and None ends the list.

    number: the offset or the cursor of the page that is needed.
    """

    def __init__(
        self,
        kind: str,
        start: Any,
        limit: int | None,
        size: int | None,
        key: Callable[[I], Hashable] | None,
    ) -> None:
        self.done = limit == 0
        self.deleted = False  # an item that is deleted meanwhile cannot be noticed
        self._is_cursor = kind == "cursor"
        self.number: Any = start
        self._size = size or 0
        self._page = 0
        self._selection: Selection[I] = Selection(limit, key)

    @property
    def request(self) -> PageRequest:
        """The page that is needed next."""
        remaining = self._selection.remaining
        return PageRequest(self.number, min(self._size, remaining or self._size))

    def upcoming(self, maximum: int) -> list[PageRequest]:
        """The pages that can be requested now: only one, since the next one is not known."""
        return [self.request]

    def accept(self, page: Page[I]) -> Page[I]:
        """Advance behind a page; returns it with the items to yield."""
        if page.next is not None and page.next == self.number:
            raise UnexpectedResponseError(
                "the next page is the same page again; the list cannot be read to its end"
            )
        items = self._selection.take(page.items)
        page = replace(page, items=items, number=self._page if self._is_cursor else self.number)
        self._page += 1
        self.number = page.next
        self.done = page.next is None or self._selection.remaining == 0
        return page

    def name_page(self, error: TextRequestError) -> None:
        """Add the offset of the needed page to an error; a cursor may be a secret."""
        if not self._is_cursor:
            error.page = self.number
            error.add_note(
                f"This was the page at offset {self.number}; starting_at() resumes the iteration there."
            )
