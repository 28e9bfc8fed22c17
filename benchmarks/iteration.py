"""Iterating over a whole list when each request takes 40 ms, compared with the ideal.

The ideal is pages of 1,000 rows, requested without any pause: the number of pages, divided by how many are
requested concurrently, times 40 ms. Time for decoding is not part of it. For information, the same by hand
with a plain httpx client and `json.loads`, one page after the other.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.environments import runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, worker
from benchmarks.server import running_server

LATENCY = 0.040
PAGE_SIZE = 1_000
CONCURRENCY = 8
# The last page of a list is rarely full.
NOT_ON_LAST_PAGE = 10


def rows_of(pages: int) -> int:
    """The number of rows of a list with this many pages."""
    return pages * PAGE_SIZE - NOT_ON_LAST_PAGE


@contextmanager
def blocking(url: str, pages: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """All rows with TextRequest."""
    from textrequest_ext import TextRequest

    with TextRequest("key", base_url=url) as client:

        def iterate() -> float:
            pager = client.messages.list(rows_of(pages))
            started = time.perf_counter()
            count = sum(1 for _ in (pager.concurrent(concurrency) if concurrency > 1 else pager))
            seconds = time.perf_counter() - started
            assert count == rows_of(pages)
            return seconds

        yield iterate


@contextmanager
def asynchronous(url: str, pages: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """All rows with AsyncTextRequest."""
    from textrequest_ext import AsyncTextRequest

    async def iterate() -> float:
        async with AsyncTextRequest("key", base_url=url) as client:
            pager = client.messages.list(rows_of(pages))
            started = time.perf_counter()
            count = 0
            async for _ in pager.concurrent(concurrency) if concurrency > 1 else pager:
                count += 1
            seconds = time.perf_counter() - started
        assert count == rows_of(pages)
        return seconds

    yield lambda: asyncio.run(iterate())


@contextmanager
def httpx_by_hand(url: str, pages: int) -> Iterator[Callable[[], float]]:
    """All rows with a loop over httpx."""
    import httpx

    with httpx.Client(base_url=url, headers={"x-api-key": "key"}) as client:

        def iterate() -> float:
            started = time.perf_counter()
            count = page = 0
            while True:
                parameters = {"page": page, "page_size": PAGE_SIZE}
                response = client.get(f"/dashboards/{rows_of(pages)}/messages", params=parameters)
                items = json.loads(response.content)["items"]
                count += len(items)
                if len(items) < PAGE_SIZE:
                    break
                page += 1
            seconds = time.perf_counter() - started
            assert count == rows_of(pages)
            return seconds

        yield iterate


def measure(*, quick: bool) -> Iterator[Result]:
    """The budgets of iterating over a whole list."""
    pages, rounds = (3, 1) if quick else (40, 7)
    with runtime_environment() as python, running_server(delay=LATENCY) as url:
        for concurrency in (1, CONCURRENCY):
            all_pages = pages * concurrency
            arguments = {"url": url, "pages": all_pages, "concurrency": concurrency}
            with ExitStack() as stack:
                subjects: dict[str, Callable[[], float]] = {
                    name: stack.enter_context(worker(f"iteration:{name}", arguments, python=python))
                    for name in ("blocking", "asynchronous")
                }
                if concurrency == 1:
                    by_hand = worker(
                        "iteration:httpx_by_hand", {"url": url, "pages": all_pages}, python=python
                    )
                    subjects["httpx by hand"] = stack.enter_context(by_hand)
                measured = alternate(subjects, rounds, warm_up=not quick)
            ideal = [all_pages / concurrency * LATENCY] * rounds
            for name in ("blocking", "asynchronous"):
                others = {}
                if concurrency == 1:
                    others["httpx by hand"] = Ratio.of(measured["httpx by hand"], ideal).value
                yield Ratio.of(measured[name], ideal).result(f"iteration, {name}, {concurrency}", **others)
