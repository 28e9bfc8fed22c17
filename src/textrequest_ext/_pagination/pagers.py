"""Lists as iterators: `Pager` and `AsyncPager` fetch the pages that `Pagination` requires."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from typing import Any, Generic, Self, TypeVar

from textrequest_ext._pagination.positions import PositionPagination
from textrequest_ext._pagination.prefetch import Iteration, Settings
from textrequest_ext._pagination.rules import Page, PageRequest, Pagination, reported_count
from textrequest_ext._pagination.tasks import TaskJob, let_requests_leave
from textrequest_ext._pagination.threads import ThreadJob
from textrequest_ext.errors import InvalidArgumentError, TextRequestError

I = TypeVar("I")  # noqa: E741
F = TypeVar("F")
# A service counts with 64 bits; larger numbers cannot be a limit or a page.
MAX_INTEGER = 2**63 - 1


class _Base(Generic[I, F]):
    """What both pagers share. Every method returns a new pager; requests start with the iteration."""

    def __init__(self, settings: Settings[I, F]) -> None:
        self._settings = settings

    def limit(self, number: int) -> Self:
        """At most `number` items. A limit below 1,000 is also the number of items that are requested,
        unless the pager has a `page_size` or starts at a later page."""
        return self._with(limit=_integer("limit", number, 0))

    def starting_at(self, page: int) -> Self:
        """Start with this page, for example with the `page` of an error to resume an iteration.

        page: counted from 0, in pages of `page_size`, or of 1,000 items if none is given, or of the size
        to which the service reduces that. This is how `Page.number` and the `page` of an error count; it
        does not depend on `limit`. Items that were added or deleted since then move between pages. In a
        list by offset, it is the offset.
        """
        if self._settings.kind == "cursor":
            raise InvalidArgumentError(
                "starting_at", "pass the cursor to the call; pages have no numbers here"
            )
        return self._with(start=_integer("starting_at", page, 0))

    def concurrent(self, number: int) -> Self:
        """Fetch up to `number` pages concurrently. The order of the items stays the same.

        Up to twice as many pages are in memory, so that requests do not wait for earlier pages to be handled.
        """
        return self._with(concurrency=_integer("concurrent", number, 1))

    def prefetch(self, enabled: bool = True) -> Self:
        """Whether the next page is fetched while the items of the current one are handled.

        This is the default. With False, no request of the pager runs while the caller's own code does.
        """
        if not isinstance(enabled, bool):
            raise InvalidArgumentError("prefetch", f"must be True or False, not {type(enabled).__name__}")
        return self._with(prefetch=enabled)

    def unique(self, key: Callable[[I], Hashable] | str) -> Self:
        """Drop items whose key was seen before.

        key: a function of an item, or the name of an attribute. Items move between pages while new ones
        arrive, so an item can be returned with two pages. Every key is kept in memory.
        """
        if isinstance(key, str):
            return self._with(key=_attribute(key))
        if not callable(key):
            raise InvalidArgumentError("unique", "must be a function of an item or the name of an attribute")
        return self._with(key=key)

    def _with(self, **changes: Any) -> Self:
        return type(self)(self._settings._replace(**changes))

    def _rules_of_first(self) -> Pagination[I] | PositionPagination[I]:
        """The rules to get one item. It needs no iteration and none of its jobs."""
        return self._settings._replace(limit=0 if self._settings.limit == 0 else 1).pagination()

    def _count_is_reported(self) -> bool:
        return self._settings.key is None and not self._settings.start and self._settings.limit != 0


def _integer(name: str, value: int, minimum: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidArgumentError(name, f"must be an integer, not {type(value).__name__}")
    if not minimum <= value <= MAX_INTEGER:
        raise InvalidArgumentError(name, f"must be at least {minimum} and at most {MAX_INTEGER}")
    return value


def _attribute(name: str) -> Callable[[Any], Hashable]:
    def value_of(item: Any) -> Any:
        try:
            return getattr(item, name)
        except AttributeError as error:
            raise InvalidArgumentError("unique", f"items have no attribute {name!r}") from error

    return value_of


Fetch = Callable[[int, int], Any]


class Pager(_Base[I, "Fetch"]):
    """A list of the service. Iterating over it fetches the pages as they are needed.

    Creating a pager sends no request. Every iteration starts again with the first page. Items keep the
    order of the service, and memory use is constant. Each page is parsed and checked completely before
    its first item is yielded.

    Pages have up to 1,000 items, the most that the service returns, unless the call that created the
    pager has a `page_size`; `first` and a small `limit` request only as many items as they return. The
    next page is fetched in a thread while the items of the current one are handled; `prefetch(False)`
    turns that off. Ending an iteration early does not wait for that thread.

    An error of a page has its number as `page`; `starting_at(error.page)` resumes there.

    If the reported total falls during an iteration, items were deleted, and others may have moved to
    earlier pages. These pages are requested again, and the items on them that were not yielded yet are
    yielded now. Items are recognized by their id, or by all their values if they have none. Raises
    UnexpectedResponseError if the place in the list cannot be found again. Deletions cannot be noticed
    if the service reports no total, or if as many items are added. Items that are added before the
    current page move others to later pages, where they are yielded again: use `unique`.
    """

    def __iter__(self) -> Iterator[I]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[I]]:
        """Iterate over pages instead of items."""
        fetch = self._settings.fetch
        iteration: Iteration[I, ThreadJob] = Iteration(
            self._settings, lambda request: ThreadJob(fetch, request)
        )
        while not iteration.done:
            try:
                response = iteration.needed().result()
                iteration.advance()
                page = iteration.accept(response)
            except TextRequestError as error:
                iteration.pagination.name_page(error)
                raise
            if not iteration.prefetch:
                for job in iteration.jobs:
                    job.wait()
            if page.items:
                yield page

    def first(self) -> I | None:
        """The first item, or None if there is none."""
        rules, settings = self._rules_of_first(), self._settings
        while not rules.done:
            try:
                page = rules.accept(settings.parse(settings.fetch(*rules.request), rules.number))
            except TextRequestError as error:
                rules.name_page(error)
                raise
            if page.items:
                return page.items[0]
        return None

    def collect(self) -> list[I]:
        """All items in one list."""
        return list(self)

    def count(self) -> int:
        """The number of items.

        One request if the service reports a total and all items are counted; otherwise, with
        `starting_at` or `unique` or without a valid total, the pager iterates over all of them.
        """
        count = None
        if self._count_is_reported():
            response = self._settings.fetch(0, 1)
            count = reported_count(self._settings.parse(response, 0), self._settings.limit)
        return sum(1 for _ in self) if count is None else count


AsyncFetch = Callable[[int, int], Awaitable[Any]]


class AsyncPager(_Base[I, "AsyncFetch"]):
    """`Pager` for `async for`, under asyncio and trio. The next page is fetched in a task.

    A task that is not needed any more is cancelled. If an iteration ends with an error, or is cancelled,
    all its tasks have ended before.
    """

    def __aiter__(self) -> AsyncIterator[I]:
        return _AsyncItems(self.pages())

    def pages(self) -> AsyncIterator[Page[I]]:
        """Iterate over pages instead of items."""
        return _AsyncPages(self._settings)

    async def first(self) -> I | None:
        """The first item, or None if there is none."""
        rules, settings = self._rules_of_first(), self._settings
        while not rules.done:
            try:
                page = rules.accept(settings.parse(await settings.fetch(*rules.request), rules.number))
            except TextRequestError as error:
                rules.name_page(error)
                raise
            if page.items:
                return page.items[0]
        return None

    async def collect(self) -> list[I]:
        """All items in one list."""
        return [item async for page in self.pages() for item in page.items]

    async def count(self) -> int:
        """The number of items.

        One request if the service reports a total and all items are counted; otherwise, with
        `starting_at` or `unique` or without a valid total, the pager iterates over all of them.
        """
        count = None
        if self._count_is_reported():
            response = await self._settings.fetch(0, 1)
            count = reported_count(self._settings.parse(response, 0), self._settings.limit)
        if count is None:
            count = 0
            async for page in self.pages():
                count += len(page.items)
        return count


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
    task, and trio warns about that. Cancelling the jobs needs no task.
    """

    def __init__(self, settings: Settings[I, AsyncFetch]) -> None:
        def create_job(request: PageRequest) -> TaskJob:
            return TaskJob(settings.fetch, request)

        self._iteration: Iteration[I, TaskJob] = Iteration(settings, create_job)

    async def __anext__(self) -> Page[I]:
        iteration = self._iteration
        try:
            while not iteration.done:
                response = await iteration.needed().result()
                if iteration.advance():
                    await let_requests_leave()
                page = iteration.accept(response)
                await self._end_cancelled()
                if not iteration.prefetch:
                    for job in iteration.jobs:
                        await job.wait()
                if page.items:
                    return page
        except GeneratorExit:  # the caller is closed, it cannot wait
            iteration.stop()
            raise
        except BaseException as error:
            if isinstance(error, TextRequestError):
                iteration.pagination.name_page(error)
            iteration.stop()
            await self._end_cancelled()
            raise
        raise StopAsyncIteration

    async def _end_cancelled(self) -> None:
        while self._iteration.cancelled:
            await self._iteration.cancelled[-1].ended()
            self._iteration.cancelled.pop()

    def __del__(self) -> None:
        self._iteration.cancel()
