"""One client in threads, tasks and forked processes: each call gets its own result, and nothing is left.

What is counted before and after: threads, tasks, and descriptors, which include the sockets.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trio

from connections.raw_server import Connection, RawServer, contact, number_in, response
from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest

KEY = "095E5113DE4142C28FB7815CC10BEB56"
OPTIONS: dict[str, Any] = {"retries": RetryPolicy(retries=0), "timeout": 60.0}
PATIENCE = 60.0
LATENCY = 0.001


def numbers(count: int) -> list[str]:
    """Distinct phone numbers, all reserved for fiction."""
    return [f"1{201 + at // 100}55501{at % 100:02}" for at in range(count)]


@dataclass
class Report:
    """What happened. wrong: calls that got the result of another one. left: what did not return."""

    name: str
    calls: int
    wrong: int = 0
    left: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.wrong or self.left)

    def __str__(self) -> str:
        return f"{self.name}: {self.calls:,} calls, {self.wrong} wrong, left behind: {self.left or 'nothing'}"


def respond(connection: Connection, path: str, number: int) -> None:
    """Respond with the contact of the phone number in the path."""
    time.sleep(LATENCY)
    connection.send(response(contact(number_in(path))))


def _counts() -> dict[str, int]:
    return {"threads": threading.active_count(), "descriptors": len(os.listdir("/dev/fd"))}


@contextmanager
def _counted(report: Report) -> Iterator[None]:
    """Compare the counts before and after, once the server has closed its side.

    What was there before may end meanwhile, such as a thread of an earlier server.
    """
    before = _counts()
    yield
    end = time.monotonic() + PATIENCE
    while (left := _more_than(before)) and time.monotonic() < end:
        time.sleep(0.01)
    report.left += left


def _more_than(before: dict[str, int]) -> list[str]:
    return [f"{count - before[name]} {name}" for name, count in _counts().items() if count > before[name]]


def in_threads(threads: int = 32, calls: int = 3_200) -> Report:
    """Many threads share a blocking client."""
    report = Report(f"{threads} threads", calls)
    wanted = numbers(calls)

    def work(mine: list[str]) -> None:
        for number in mine:
            found = client.contacts.get(1, number)
            if found is None or found.phone_number != number:
                report.wrong += 1

    with (
        RawServer(respond) as server,
        _counted(report),
        TextRequest(KEY, base_url=server.url, **OPTIONS) as client,
    ):
        workers = [threading.Thread(target=work, args=(wanted[at::threads],)) for at in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return report


def in_tasks(mode: str, tasks: int = 1_000) -> Report:
    """Many tasks of asyncio or trio share an async client. mode: asyncio, aiohttp or trio."""
    report = Report(f"{tasks:,} tasks of {mode}", tasks)
    transport: Any = "aiohttp" if mode == "aiohttp" else None

    async def work(client: AsyncTextRequest, number: str) -> None:
        found = await client.contacts.get(1, number)
        if found is None or found.phone_number != number:
            report.wrong += 1

    async def in_asyncio() -> None:
        async with AsyncTextRequest(KEY, base_url=url, transport=transport, **OPTIONS) as client:
            await asyncio.gather(*(work(client, number) for number in numbers(tasks)))
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        report.left += [repr(task) for task in left]

    async def in_trio() -> None:
        async with (
            AsyncTextRequest(KEY, base_url=url, **OPTIONS) as client,
            trio.open_nursery() as nursery,
        ):
            for number in numbers(tasks):
                nursery.start_soon(work, client, number)

    with RawServer(respond) as server, _counted(report):
        # The threads in which trio looks up a name stay for 10 seconds; an address needs none.
        url = server.url.replace("localhost", "127.0.0.1")
        if mode == "trio":
            trio.run(in_trio)
        else:
            asyncio.run(in_asyncio())
    return report


def after_fork(processes: int = 4, calls: int = 1_000) -> Report:
    """A client that was used is used by several forked processes and their parent at the same time."""
    report = Report(f"{processes} forked processes and their parent", calls * (processes + 1))
    wanted = numbers(calls)
    context = multiprocessing.get_context("fork")
    wrong = context.Value("i", 0)

    def work(offset: int) -> None:
        for number in wanted[offset:] + wanted[:offset]:
            found = client.contacts.get(1, number)
            if found is None or found.phone_number != number:
                with wrong.get_lock():
                    wrong.value += 1

    with (
        RawServer(respond) as server,
        _counted(report),
        TextRequest(KEY, base_url=server.url, **OPTIONS) as client,
    ):
        client.contacts.get(1, wanted[0])
        children = [
            context.Process(target=work, args=(at * 20,), daemon=True) for at in range(1, processes + 1)
        ]
        for child in children:
            child.start()
        work(0)
        for child in children:
            child.join(PATIENCE)
            if child.exitcode != 0:
                report.left.append(f"a process ended with status {child.exitcode}")
                child.kill()
                child.join()
            child.close()
    report.wrong = wrong.value
    return report


ALL: dict[str, Callable[[], Report]] = {
    "threads": in_threads,
    "asyncio": lambda: in_tasks("asyncio"),
    "aiohttp": lambda: in_tasks("aiohttp"),
    "trio": lambda: in_tasks("trio"),
    "fork": after_fork,
}
