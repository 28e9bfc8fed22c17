"""A burst: 1,000 calls started together on one client, compared with plain httpx, 20 at a time by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any

from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, unavailable, worker
from benchmarks.server import running_server

CALLS = 1_000
MANY_CALLS = 10_000
BY_HAND = 20
LATENCY = 0.040

Call = Callable[[], Coroutine[Any, Any, Any]]


@asynccontextmanager
async def our_call(url: str, *, aiohttp: bool) -> AsyncIterator[Call]:
    """A call of our client, with the default transport or with the one of the extra `aiohttp`."""
    from textrequest_ext import AsyncTextRequest

    transport: Any = "aiohttp" if aiohttp else None
    async with AsyncTextRequest("key", base_url=url, transport=transport) as client:
        yield lambda: client.dashboards.get(350)


@asynccontextmanager
async def httpx_call(url: str) -> AsyncIterator[Call]:
    """A call of a plain httpx client."""
    import httpx

    async with httpx.AsyncClient(base_url=url, headers={"x-api-key": "key"}, timeout=None) as client:

        async def call() -> Any:
            return (await client.get("/dashboards/350")).json()

        yield call


@asynccontextmanager
async def aiohttp_call(url: str) -> AsyncIterator[Call]:
    """A call of a plain aiohttp session, which has at most 100 connections."""
    import aiohttp

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:

        async def call() -> Any:
            async with session.get(f"{url}/dashboards/350") as response:
                return await response.json()

        yield call


async def all_together(call: Call, calls: int) -> None:
    """Start all calls, and wait for them."""
    await asyncio.gather(*(call() for _ in range(calls)))


async def by_hand(call: Call, calls: int) -> None:
    """Have `BY_HAND` tasks share the calls."""
    numbers = iter(range(calls))

    async def work() -> None:
        for _ in numbers:
            await call()

    await asyncio.gather(*(work() for _ in range(BY_HAND)))


WAYS: dict[str, tuple[Callable[[str], Any], Callable[[Call, int], Coroutine[Any, Any, None]]]] = {
    "ours": (lambda url: our_call(url, aiohttp=False), all_together),
    "ours with aiohttp": (lambda url: our_call(url, aiohttp=True), all_together),
    "httpx": (httpx_call, all_together),
    "httpx, 20 at a time": (httpx_call, by_hand),
    "aiohttp": (aiohttp_call, all_together),
}


@contextmanager
def burst(url: str, way: str, calls: int, *, cpu: bool = False) -> Iterator[Callable[[], float]]:
    """The time from the first call to the last response, with a new client in each round.

    cpu: measure the CPU time of this process instead.
    """
    call_of, start = WAYS[way]
    clock = time.process_time if cpu else time.perf_counter

    async def run() -> float:
        async with AsyncExitStack() as stack:
            call = await stack.enter_async_context(call_of(url))
            started = clock()
            await start(call, calls)
            return clock() - started

    yield lambda: asyncio.run(run())


def measure(*, quick: bool) -> Iterator[Result]:
    """The budgets of a burst."""
    calls, many = (100, 1_000) if quick else (CALLS, MANY_CALLS)
    without_aiohttp = missing_extra("aiohttp")
    with running_server() as url, running_server(delay=LATENCY) as slow_url, ExitStack() as stack:
        python = stack.enter_context(runtime_environment())
        ways = {"ours": python, "httpx, 20 at a time": python}
        if without_aiohttp is None:
            with_aiohttp = stack.enter_context(runtime_environment("aiohttp"))
            ways |= {"ours with aiohttp": with_aiohttp, "aiohttp": with_aiohttp}

        def subject(way: str, calls: int, url: str = url) -> Callable[[], float]:
            arguments = {"url": url, "way": way, "calls": calls}
            return stack.enter_context(worker("burst:burst", arguments, python=ways[way]))

        subjects = {way: subject(way, calls) for way in ways}
        measured = alternate(subjects, 2 if quick else 11)
        yield Ratio.of(measured["ours"], measured["httpx, 20 at a time"]).result("burst")
        if without_aiohttp is None:
            slow = {way: subject(way, calls, slow_url) for way in ("ours with aiohttp", "aiohttp")}
            delayed = alternate(slow, 2 if quick else 5)
            others = {"at 40 ms a request": Ratio.of(delayed["ours with aiohttp"], delayed["aiohttp"]).value}
            ratio = Ratio.of(measured["ours with aiohttp"], measured["aiohttp"])
            yield ratio.result("burst with aiohttp", **others)
        else:
            yield unavailable("burst with aiohttp", without_aiohttp)
        pair = {"many": subject("ours", many), "few": subjects["ours"]}
        measured = alternate(pair, 1 if quick else 3, warm_up=False)
        ten_times = [seconds * many / calls for seconds in measured["few"]]
        yield Ratio.of(measured["many"], ten_times).result("large burst")
