"""A simulated list whose pages can be held back, fail, or change while a pager iterates over them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import trio

from textrequest_ext import AsyncTextRequest, TextRequest

MODES = ["blocking", "asyncio", "trio"]
THREAD = "textrequest-pager"


class ListService(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that serves one list.

    rows: the ids of the items; a test may change it at any time. requests: number and size of every
    requested page. held: numbers of pages whose response waits until `release`. delay: seconds until any response. failing: status codes
    by page number, each used once. in_flight, cancelled: requests that have not ended, or were cancelled.
    """

    def __init__(self, rows: int, *, max_page_size: int = 1000, default: int = 100) -> None:
        self.rows = list(range(rows))
        self.max_page_size = max_page_size
        self.default = default
        self.requests: list[tuple[int, int | None]] = []
        self.held: set[int] = set()
        self.failing: dict[int, int] = {}
        self.id_name = "message_id"
        self.has_total = True
        self.reports_size = True
        self.empty_status = 200
        self.delay = 0.0
        self.in_flight = 0
        self.max_in_flight = 0
        self.cancelled = 0
        self.on_request: Callable[[int], None] = lambda number: None
        self._lock = threading.Lock()

    @property
    def numbers(self) -> list[int]:
        """The numbers of the requested pages."""
        return [number for number, _ in self.requests]

    def release(self) -> None:
        """Let every held page return."""
        self.held.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._running(request) as number:
            time.sleep(self.delay)
            while number in self.held:
                time.sleep(0.001)
            return self.respond(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with self._running(request) as number:
            try:
                await sleep(self.delay)
                while number in self.held:
                    await sleep(0.001)
                return self.respond(request)
            finally:
                # Closing a connection awaits too.
                if not _is_trio():
                    await asyncio.sleep(0)

    @contextmanager
    def _running(self, request: httpx.Request) -> Iterator[int]:
        size = request.url.params.get("page_size")
        number = int(request.url.params.get("page", 0))
        with self._lock:
            self.requests.append((number, None if size is None else int(size)))
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            yield number
        except BaseException:
            self.cancelled += 1
            raise
        finally:
            with self._lock:
                self.in_flight -= 1

    def respond(self, request: httpx.Request) -> httpx.Response:
        """The response, from the rows that the list has now."""
        with self._lock:
            number = int(request.url.params.get("page", 0))
            self.on_request(number)
            if number in self.failing:
                return httpx.Response(self.failing.pop(number))
            size = min(int(request.url.params.get("page_size", self.default)), self.max_page_size)
            rows = self.rows[number * size : (number + 1) * size]
            if not rows and self.empty_status == 204:
                return httpx.Response(204)
            meta = {"page": number, "page_size": size, "total_items": len(self.rows)}
            meta = {
                name: value
                for name, value in meta.items()
                if (name != "page_size" or self.reports_size) and (name != "total_items" or self.has_total)
            }
            return httpx.Response(
                200, json={"items": [{self.id_name: self.id_of(row)} for row in rows], "meta": meta}
            )

    def id_of(self, row: int) -> Any:
        """The id of a row; messages have strings, everything else integers."""
        return str(row) if self.id_name in ("message_id", "phone_number") else row


async def sleep(seconds: float) -> None:
    """Sleep under asyncio or trio."""
    await (trio.sleep(seconds) if _is_trio() else asyncio.sleep(seconds))


def _is_trio() -> bool:
    return trio.lowlevel.in_trio_task()


def client_of(mode: str, service: ListService, **options: Any) -> Any:
    """A client of this kind on the service, without retries."""
    client = TextRequest if mode == "blocking" else AsyncTextRequest
    options.setdefault("retries", 0)
    return client("key", transport=service, **options)


def run(mode: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run an async function. With the blocking client it runs under asyncio and never awaits the client."""
    return trio.run(main) if mode == "trio" else asyncio.run(main())  # type: ignore[arg-type]


async def result_of(result: Any) -> Any:
    """The result of a method of any client."""
    return await result if hasattr(result, "__await__") else result


def iterator_of(iterable: Any) -> Any:
    """The iterator of a pager or of its pages, blocking or async."""
    return aiter(iterable) if hasattr(iterable, "__aiter__") else iter(iterable)


async def next_of(iterator: Any) -> Any:
    """The next item of either kind of iterator, or None at its end."""
    return await anext(iterator, None) if hasattr(iterator, "__anext__") else next(iterator, None)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail after ten seconds."""
    for _ in range(10_000):
        if condition():
            return
        await sleep(0.001)
    raise AssertionError("the condition never held")


def ids(items: list[Any]) -> list[int]:
    return [int(item.message_id) for item in items]


def pager_threads() -> list[threading.Thread]:
    """The threads of all pagers."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREAD)]
