"""Resident memory of iterating over 1,000,000 rows, in a process of its own for each way.

The result is the maximum during the iteration less the memory right after the client was created, so it
includes everything that is imported later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environments import runtime_environment
from benchmarks.measuring import Result, unavailable, worker
from benchmarks.server import running_server

ROWS = 1_000_000
CONCURRENCY = 8
STATUS = Path("/proc/self/status")
WAYS = [(name, concurrency) for name in ("blocking", "asynchronous") for concurrency in (1, CONCURRENCY)]


def _mebibytes(name: str) -> float:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


@contextmanager
def blocking(url: str, rows: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """The increase with TextRequest, in MiB."""
    from textrequest_ext import TextRequest

    with TextRequest("key", base_url=url) as client:
        idle = _mebibytes("VmRSS")

        def iterate() -> float:
            pager = client.messages.list(rows)
            assert sum(1 for _ in (pager.concurrent(concurrency) if concurrency > 1 else pager)) == rows
            return _mebibytes("VmHWM") - idle

        yield iterate


@contextmanager
def asynchronous(url: str, rows: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """The increase with AsyncTextRequest, in MiB."""
    import asyncio

    from textrequest_ext import AsyncTextRequest

    async def iterate() -> float:
        async with AsyncTextRequest("key", base_url=url) as client:
            idle = _mebibytes("VmRSS")
            pager = client.messages.list(rows)
            count = 0
            async for _ in pager.concurrent(concurrency) if concurrency > 1 else pager:
                count += 1
            assert count == rows
            return _mebibytes("VmHWM") - idle

    yield lambda: asyncio.run(iterate())


def measure(*, quick: bool) -> Iterator[Result]:
    """The budgets of memory."""
    for name, concurrency in WAYS:
        key = f"memory, {name}, {concurrency}"
        if not STATUS.exists():
            yield unavailable(key, f"this system has no {STATUS}")
            continue
        arguments = {"rows": 20_000 if quick else ROWS, "concurrency": concurrency}
        with (
            runtime_environment() as python,
            running_server() as url,
            worker(f"memory:{name}", {"url": url, **arguments}, python=python) as iterate,
        ):
            yield Result(key, iterate())
