"""Lists as iterators: `Pager` and `AsyncPager` fetch the pages that `Pagination` requires."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from textrequest_ext._concurrency import runs_under_trio
from textrequest_ext._pagination.rules import Page, Pagination
from textrequest_ext.errors import InvalidArgumentError

if TYPE_CHECKING:
    from asyncio import Task
    from concurrent.futures import Future

I = TypeVar("I")  # noqa: E741
F = TypeVar("F")


@dataclass(frozen=True)
class Settings(Generic[I, F]):
    """How a pager fetches a page by number and size, and its options."""

    fetch: F
    start: int = 0
    limit: int | None = None
    concurrency: int = 1
    key: Callable[[I], Hashable] | None = None


class _Base(Generic[I, F]):
    """What both pagers share. Every method returns a new pager; requests start with the iteration."""

    def __init__(self, settings: Settings[I, F]) -> None:
        self._settings = settings

    def limit(self, number: int) -> Self:
        """At most `number` items."""
        return self._with(limit=_integer("limit", number, 0))

    def starting_at(self, page: int) -> Self:
        """Start with this page, counted from 0, for example to resume an earlier iteration."""
        return self._with(start=_integer("starting_at", page, 0))

    def concurrent(self, number: int) -> Self:
        """Fetch up to `number` pages concurrently. The order of the items stays the same."""
        return self._with(concurrency=_integer("concurrent", number, 1))

    def unique(self, key: Callable[[I], Hashable] | str) -> Self:
        """Drop items whose key was seen before.

        key: a function of an item, or the name of an attribute. Items move between pages while new ones
        arrive, so an item can be returned with two pages. Every key is kept in memory.
        """
        if isinstance(key, str):
            name = key
            return self._with(key=lambda item: getattr(item, name))
        if not callable(key):
            raise InvalidArgumentError("unique", "must be a function of an item or the name of an attribute")
        return self._with(key=key)

    def _with(self, **changes: Any) -> Self:
        return type(self)(replace(self._settings, **changes))

    def _pagination(self) -> Pagination[I]:
        # A limit counts items without duplicates, so the pagination itself must not end at it.
        return Pagination(self._settings.start, None if self._settings.key else self._settings.limit)

    def _duplicate_filter(self) -> Callable[[Page[I]], tuple[Page[I], bool]]:
        """A function that drops duplicates from a page and tells whether the limit is reached."""
        key, limit = self._settings.key, self._settings.limit
        if key is None:
            return lambda page: (page, False)
        seen: set[Hashable] = set()

        def without_duplicates(page: Page[I]) -> tuple[Page[I], bool]:
            new = []
            for item in page.items:
                value = key(item)
                if value not in seen and (limit is None or len(seen) < limit):
                    seen.add(value)
                    new.append(item)
            return replace(page, items=new), limit is not None and len(seen) >= limit

        return without_duplicates

    def _reported_count(self, page: Page[I]) -> int | None:
        """The number of items by the service's total, or None if they must be counted."""
        if self._settings.key is not None or self._settings.start or page.total is None:
            return None
        return page.total if self._settings.limit is None else min(page.total, self._settings.limit)


def _integer(name: str, value: int, minimum: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise InvalidArgumentError(name, f"must be an integer of at least {minimum}, not {value!r}")
    return value


Fetch = Callable[[int, int | None], Page[I]]


class Pager(_Base[I, "Fetch[I]"]):
    """A list of the service. Iterating over it fetches the pages as they are needed.

    Creating a pager sends no request. Every iteration starts again with the first page. Items keep the
    order of the service, and memory use is constant. Each page is parsed and checked completely before
    its first item is yielded.
    """

    def __iter__(self) -> Iterator[I]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[I]]:
        """Iterate over pages instead of items."""
        without_duplicates = self._duplicate_filter()
        pages = self._sequential() if self._settings.concurrency == 1 else self._concurrent()
        for page in pages:
            page, limit_reached = without_duplicates(page)
            if page.items:
                yield page
            if limit_reached:
                return

    def _sequential(self) -> Iterator[Page[I]]:
        pagination = self._pagination()
        while not pagination.done:
            yield pagination.accept(self._settings.fetch(pagination.number, pagination.size))

    def _concurrent(self) -> Iterator[Page[I]]:
        from concurrent.futures import ThreadPoolExecutor

        pagination = self._pagination()
        pending: deque[Future[Page[I]]] = deque()
        with ThreadPoolExecutor(self._settings.concurrency, "textrequest-pager") as pool:
            try:
                while not pagination.done:
                    for number in pagination.upcoming(self._settings.concurrency)[len(pending) :]:
                        pending.append(pool.submit(self._settings.fetch, number, pagination.size))
                    yield pagination.accept(pending.popleft().result())
            finally:
                pool.shutdown(cancel_futures=True)

    def first(self) -> I | None:
        """The first item, or None if there is none."""
        return next(iter(self.limit(1)), None) if self._settings.limit != 0 else None

    def collect(self) -> list[I]:
        """All items in one list."""
        return list(self)

    def count(self) -> int:
        """The number of items.

        One request if the service reports a total and all items are counted; otherwise, with
        `starting_at` or `unique` or without a total, the pager iterates over all of them.
        """
        reported = self._reported_count(self._settings.fetch(0, 1)) if self._settings.limit != 0 else 0
        return sum(1 for _ in self) if reported is None else reported


AsyncFetch = Callable[[int, int | None], Any]


class AsyncPager(_Base[I, "AsyncFetch"]):
    """`Pager` for `async for`, under asyncio and trio."""

    def __aiter__(self) -> AsyncIterator[I]:
        return _AsyncItems(self.pages())

    def pages(self) -> AsyncIterator[Page[I]]:
        """Iterate over pages instead of items."""
        return _AsyncPages(self._settings, self._pagination(), self._duplicate_filter())

    async def first(self) -> I | None:
        """The first item, or None if there is none."""
        if self._settings.limit == 0:
            return None
        return await anext(aiter(self.limit(1)), None)

    async def collect(self) -> list[I]:
        """All items in one list."""
        return [item async for item in self]

    async def count(self) -> int:
        """The number of items.

        One request if the service reports a total and all items are counted; otherwise, with
        `starting_at` or `unique` or without a total, the pager iterates over all of them.
        """
        reported = self._reported_count(await self._settings.fetch(0, 1)) if self._settings.limit != 0 else 0
        return len(await self.collect()) if reported is None else reported


class _AsyncItems(AsyncIterator[I]):
    def __init__(self, pages: AsyncIterator[Page[I]]) -> None:
        self._pages = pages
        self._items: Iterator[I] = iter(())

    async def __anext__(self) -> I:
        while True:
            for item in self._items:
                return item
            self._items = iter((await anext(self._pages)).items)


class _AsyncPages(AsyncIterator[Page[I]], Generic[I]):
    """The pages of one iteration.

    This is not an async generator: the garbage collector would finalize an abandoned one in another
    task, and trio warns about that. Between two steps only asyncio tasks are open, and they are
    cancelled with this object. Trio has no tasks outside a nursery; there, the step that needs the
    first of the upcoming pages fetches all of them.
    """

    def __init__(
        self,
        settings: Settings[I, AsyncFetch],
        pagination: Pagination[I],
        without_duplicates: Callable[[Page[I]], tuple[Page[I], bool]],
    ) -> None:
        self.settings = settings
        self.pagination = pagination
        self.without_duplicates = without_duplicates
        self.pending: deque[Task[Page[I]]] = deque()
        self.fetched: deque[Page[I]] = deque()
        self.limit_reached = False

    async def __anext__(self) -> Page[I]:
        try:
            while not (self.pagination.done or self.limit_reached):
                page = self.pagination.accept(await self._next())
                page, self.limit_reached = self.without_duplicates(page)
                if page.items:
                    return page
        except BaseException:
            self._cancel()
            raise
        self._cancel()
        raise StopAsyncIteration

    async def _next(self) -> Page[I]:
        fetch, numbers = self.settings.fetch, self.pagination.upcoming(self.settings.concurrency)
        if self.settings.concurrency == 1:
            page: Page[I] = await fetch(self.pagination.number, self.pagination.size)
            return page
        if runs_under_trio():
            if not self.fetched:
                self.fetched.extend(await self._fetch_all(numbers))
            return self.fetched.popleft()
        import asyncio

        for number in numbers[len(self.pending) :]:
            self.pending.append(asyncio.ensure_future(fetch(number, self.pagination.size)))
        return await self.pending.popleft()

    async def _fetch_all(self, numbers: range) -> list[Page[I]]:
        results: dict[int, Page[I]] = {}
        failures: list[Exception] = []

        async def fetch(number: int) -> None:
            try:
                results[number] = await self.settings.fetch(number, self.pagination.size)
            except Exception as error:
                failures.append(error)
                nursery.cancel_scope.cancel()

        async with sys.modules["trio"].open_nursery() as nursery:
            for number in numbers:
                nursery.start_soon(fetch, number)
        if failures:
            raise failures[0]
        return [results[number] for number in numbers]

    def _cancel(self) -> None:
        while self.pending:
            self.pending.popleft().cancel()

    def __del__(self) -> None:
        self._cancel()
