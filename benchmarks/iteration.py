"""Iterating over a whole list when each request takes 40 ms, compared with the ideal.

The ideal is pages of 1,000 rows that are received without any pause and not decoded: bare sockets, as many
as pages are requested concurrently. It is measured in the same rounds, because a busy machine delays both
sides. For information: the ratio to the computed ideal of 40 ms for each page, divided by the concurrency;
and a loop by hand with a plain httpx client and `json.loads`, one page after the other.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
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
def ideal(url: str, pages: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """All pages as bytes, by bare sockets."""
    host, _, port = url.removeprefix("http://").partition(":")
    template = f"GET /dashboards/{rows_of(pages)}/messages?page=%d&page_size={PAGE_SIZE} HTTP/1.1\r\n\r\n"

    def receive(numbers: Iterator[int]) -> None:
        with socket.create_connection((host, int(port))) as connection:
            for number in numbers:
                connection.sendall((template % number).encode())
                head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
                missing = int(head.rpartition(b" ")[2]) - len(body)
                while missing:
                    missing -= len(connection.recv(65_536))

    def iterate() -> float:
        numbers = iter(range(pages))  # next() of it is atomic, so the threads can share it
        threads = [threading.Thread(target=receive, args=[numbers]) for _ in range(concurrency)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - started

    yield iterate


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
                    for name in ("ideal", "blocking", "asynchronous")
                }
                if concurrency == 1:
                    by_hand = worker(
                        "iteration:httpx_by_hand", {"url": url, "pages": all_pages}, python=python
                    )
                    subjects["httpx by hand"] = stack.enter_context(by_hand)
                measured = alternate(subjects, rounds, warm_up=not quick)
            computed = [all_pages / concurrency * LATENCY] * rounds
            for name in ("blocking", "asynchronous"):
                others = {"computed ideal": Ratio.of(measured[name], computed).value}
                if concurrency == 1:
                    others["httpx by hand"] = Ratio.of(measured["httpx by hand"], measured["ideal"]).value
                ratio = Ratio.of(measured[name], measured["ideal"])
                yield ratio.result(f"iteration, {name}, {concurrency}", **others)
