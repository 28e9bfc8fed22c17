"""Lists as iterators: `Pager` and `AsyncPager` fetch what `Walk`, which holds the rules, asks for."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from textrequest_ext.errors import InvalidArgumentError
from textrequest_ext.transport import runs_under_trio
from textrequest_ext.walk import Page, Walk

if TYPE_CHECKING:
    from asyncio import Task
    from concurrent.futures import Future

I = TypeVar("I")  # noqa: E741
F = TypeVar("F")


@dataclass(frozen=True)
class Settings(Generic[I, F]):
    """What a pager is made of: how to fetch a page by number and size, and what was asked of it."""

    fetch: F
    start: int = 0
    most: int | None = None
    at_once: int = 1
    key: Callable[[I], Hashable] | None = None


class _Base(Generic[I, F]):
    """What both pagers share: every method returns a new pager; nothing is fetched until iteration."""

    def __init__(self, settings: Settings[I, F]) -> None:
        self._settings = settings

    def limit(self, number: int) -> Self:
        """At most so many items."""
        return self._with(most=_whole("limit", number, 0))

    def starting_at(self, page: int) -> Self:
        """From this page on, counted from 0, to go on where an earlier walk stopped."""
        return self._with(start=_whole("starting_at", page, 0))

    def concurrent(self, number: int) -> Self:
        """Fetch so many pages at a time, still yielding them in order."""
        return self._with(at_once=_whole("concurrent", number, 1))

    def unique(self, key: Callable[[I], Hashable] | str) -> Self:
        """Each item once, by a key or the name of an attribute: rows shift between pages while new
        ones arrive. Remembers every key it has seen, so memory grows with the list."""
        if isinstance(key, str):
            name = key
            return self._with(key=lambda item: getattr(item, name))
        if not callable(key):
            raise InvalidArgumentError("unique", "a function of an item, or the name of an attribute")
        return self._with(key=key)

    def _with(self, **changes: Any) -> Self:
        return type(self)(replace(self._settings, **changes))

    def _walk(self) -> Walk[I]:
        # A limit counts items after duplicates are gone, so the walk itself must not stop at it.
        return Walk(self._settings.start, None if self._settings.key else self._settings.most)

    def _sieve(self) -> Callable[[Page[I]], tuple[Page[I], bool]]:
        """Drops what was seen before, and says when the limit is reached."""
        key, most = self._settings.key, self._settings.most
        if key is None:
            return lambda page: (page, False)
        seen: set[Hashable] = set()

        def sieve(page: Page[I]) -> tuple[Page[I], bool]:
            fresh = []
            for item in page.items:
                name = key(item)
                if name not in seen and (most is None or len(seen) < most):
                    seen.add(name)
                    fresh.append(item)
            return replace(page, items=fresh), most is not None and len(seen) >= most

        return sieve

    def _counted(self, page: Page[I]) -> int | None:
        """The number of items, if the service's total alone says it."""
        if self._settings.key is not None or self._settings.start or page.total is None:
            return None
        return page.total if self._settings.most is None else min(page.total, self._settings.most)


def _whole(name: str, value: int, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidArgumentError(name, f"a whole number from {least}, not {value!r}")
    return value


Fetch = Callable[[int, int | None], Page[I]]


class Pager(_Base[I, "Fetch[I]"]):
    """A list of the service: iterate over it, and the pages are fetched as they are needed.

    Lazy: making one sends nothing. Restartable: every iteration begins anew. In constant memory, in
    the service's order. A whole page is read and checked before its first item is yielded.
    """

    def __iter__(self) -> Iterator[I]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[I]]:
        """The list page by page."""
        sieve = self._sieve()
        pages = self._one_by_one() if self._settings.at_once == 1 else self._at_once()
        for page in pages:
            page, enough = sieve(page)
            if page.items:
                yield page
            if enough:
                return

    def _one_by_one(self) -> Iterator[Page[I]]:
        walk = self._walk()
        while not walk.done:
            yield walk.take(self._settings.fetch(walk.number, walk.size))

    def _at_once(self) -> Iterator[Page[I]]:
        from concurrent.futures import ThreadPoolExecutor

        walk = self._walk()
        flying: deque[Future[Page[I]]] = deque()
        with ThreadPoolExecutor(self._settings.at_once, "textrequest-pager") as pool:
            try:
                while not walk.done:
                    for number in walk.ahead(self._settings.at_once)[len(flying) :]:
                        flying.append(pool.submit(self._settings.fetch, number, walk.size))
                    yield walk.take(flying.popleft().result())
            finally:
                pool.shutdown(cancel_futures=True)

    def first(self) -> I | None:
        """The first item, or None if there is none."""
        return next(iter(self.limit(1)), None) if self._settings.most != 0 else None

    def collect(self) -> list[I]:
        """All items in one list."""
        return list(self)

    def count(self) -> int:
        """How many items there are: by the service's own total where it gives one and nothing was
        left out, which takes one request, else by walking."""
        counted = self._counted(self._settings.fetch(0, 1)) if self._settings.most != 0 else 0
        return sum(1 for _ in self) if counted is None else counted


AsyncFetch = Callable[[int, int | None], Any]


class AsyncPager(_Base[I, "AsyncFetch"]):
    """The same for `async for`, under asyncio and trio."""

    def __aiter__(self) -> AsyncIterator[I]:
        return _AsyncItems(self.pages())

    def pages(self) -> AsyncIterator[Page[I]]:
        """The list page by page."""
        return _AsyncPages(self._settings, self._walk(), self._sieve())

    async def first(self) -> I | None:
        """The first item, or None if there is none."""
        if self._settings.most == 0:
            return None
        return await anext(aiter(self.limit(1)), None)

    async def collect(self) -> list[I]:
        """All items in one list."""
        return [item async for item in self]

    async def count(self) -> int:
        """How many items there are: by the service's own total where it gives one and nothing was
        left out, which takes one request, else by walking."""
        counted = self._counted(await self._settings.fetch(0, 1)) if self._settings.most != 0 else 0
        return len(await self.collect()) if counted is None else counted


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
    """Not an async generator: one that is left early is finished whenever the garbage collector comes
    by, in another task, which trio warns of. Between two steps nothing here is open but tasks of
    asyncio, and those are cancelled when it is dropped. Trio has no tasks without a nursery around
    them, so there the pages ahead are fetched together, by the step that needs the first of them."""

    def __init__(
        self,
        settings: Settings[I, AsyncFetch],
        walk: Walk[I],
        sieve: Callable[[Page[I]], tuple[Page[I], bool]],
    ) -> None:
        self.settings = settings
        self.walk = walk
        self.sieve = sieve
        self.flying: deque[Task[Page[I]]] = deque()
        self.waiting: deque[Page[I]] = deque()
        self.enough = False

    async def __anext__(self) -> Page[I]:
        try:
            while not (self.walk.done or self.enough):
                page, self.enough = self.sieve(self.walk.take(await self._next()))
                if page.items:
                    return page
        except BaseException:
            self._cancel()
            raise
        self._cancel()
        raise StopAsyncIteration

    async def _next(self) -> Page[I]:
        fetch, numbers = self.settings.fetch, self.walk.ahead(self.settings.at_once)
        if self.settings.at_once == 1:
            page: Page[I] = await fetch(self.walk.number, self.walk.size)
            return page
        if runs_under_trio():
            if not self.waiting:
                self.waiting.extend(await self._together(numbers))
            return self.waiting.popleft()
        import asyncio

        for number in numbers[len(self.flying) :]:
            self.flying.append(asyncio.ensure_future(fetch(number, self.walk.size)))
        return await self.flying.popleft()

    async def _together(self, numbers: range) -> list[Page[I]]:
        results: dict[int, Page[I]] = {}
        failures: list[Exception] = []

        async def fetch(number: int) -> None:
            try:
                results[number] = await self.settings.fetch(number, self.walk.size)
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
        while self.flying:
            self.flying.popleft().cancel()

    def __del__(self) -> None:
        self._cancel()
