"""Which requests of an iteration run before their page is needed. The same for both pagers; no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from textrequest_ext._pagination.positions import PositionPagination
from textrequest_ext._pagination.rules import Page, PageRequest, Pagination

I = TypeVar("I")  # noqa: E741
F = TypeVar("F")


class Settings(NamedTuple, Generic[I, F]):
    """How a pager fetches a page by number and size, and its options.

    fetch: returns the response with a page. parse: takes that response and the number, and returns the page.
    size: the page size that the caller gave, or None. key: makes items unique, or None. kind: offset or
    cursor, or empty for a list with numbered pages. start is the first offset or cursor then.
    """

    fetch: F
    parse: Callable[[Any, int], Page[I]]
    start: Any = 0
    size: int | None = None
    limit: int | None = None
    concurrency: int = 1
    prefetch: bool = True
    key: Callable[[I], Hashable] | None = None
    kind: str = ""

    def pagination(self) -> Pagination[I] | PositionPagination[I]:
        """The rules for one iteration."""
        if self.kind:
            return PositionPagination(self.kind, self.start, self.limit, self.size, self.key)
        return Pagination(self.start, self.limit, self.size, self.key)


class Job(Protocol):
    """The fetching of one page, in the background once it is started.

    running: whether it is started, and its response has not arrived.
    """

    request: PageRequest

    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def cancel(self) -> bool: ...


J = TypeVar("J", bound=Job)


class Iteration(Generic[I, J]):
    """One iteration of a pager: its rules, and the jobs of the pages that are fetched ahead.

    The page that is needed is fetched first, so that a list with one page needs no background work. With
    prefetch, the following pages are requested as soon as a page has arrived, and fetched while it is
    parsed and the caller handles its items. Only pages that are being fetched count as concurrent: the
    connections do not wait for the parsing, which is done by the caller, one page after the other.

    jobs: of the pages that are needed next, in their order. cancelled: jobs whose end must be awaited.
    """

    def __init__(self, settings: Settings[I, Any], create_job: Callable[[PageRequest], J]) -> None:
        self.pagination: Pagination[I] | PositionPagination[I] = settings.pagination()
        self.prefetch = settings.prefetch
        self.jobs: deque[J] = deque()
        self.cancelled: list[J] = []
        self._parse = settings.parse
        self._concurrency = settings.concurrency
        # Pages that have arrived together are followed by as many requests, not by one after each is parsed.
        self._window = 2 * self._concurrency if self._concurrency > 1 else 1
        self._create_job = create_job

    @property
    def done(self) -> bool:
        """Whether no further page is needed."""
        return self.pagination.done

    def needed(self) -> J:
        """The job of the page that is needed; others are started if pages are fetched concurrently."""
        if not self.jobs:
            if others := self._concurrency - 1:
                self._start_jobs(others, others, after=1)
            self.jobs.appendleft(self._create_job(self.pagination.request))
        return self.jobs[0]

    def advance(self) -> bool:
        """Start the jobs of the pages after the needed one, whose response has arrived; whether there are any.

        Their requests should leave before the response is parsed.
        """
        self.jobs.popleft()
        count = len(self.jobs)
        if self.prefetch and not self.pagination.deleted:
            # While items are deleted, a page that is requested before this one is checked would often be the
            # wrong one.
            self._start_jobs(self._concurrency, self._window, after=1)
        return len(self.jobs) > count

    def accept(self, response: Any) -> Page[I]:
        """Parse and check the needed page, and start the jobs of the following ones."""
        page = self._parse(response, self.pagination.number)
        page = self.pagination.accept(page)
        if self.done or (self.jobs and self.jobs[0].request != self.pagination.request):
            self.cancel()
        if self.prefetch and not self.done:
            self._start_jobs(self._concurrency, self._window)
        return page

    def cancel(self) -> None:
        """Cancel all jobs."""
        while self.jobs:
            job = self.jobs.popleft()
            if job.cancel():
                self.cancelled.append(job)

    def stop(self) -> None:
        """End the iteration before the end of the list."""
        self.pagination.done = True
        self.cancel()

    def _start_jobs(self, running: int, window: int, *, after: int = 0) -> None:
        """Start jobs until so many are running, of the next `window` pages. after: 1 to count these from the
        page after the needed one."""
        free = running - sum(job.running for job in self.jobs)
        requests = self.pagination.upcoming(after + window)[after + len(self.jobs) :]
        for request in requests[: max(0, free)]:
            job = self._create_job(request)
            job.start()
            self.jobs.append(job)
