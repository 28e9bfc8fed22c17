"""A burst from threads: 1,000 threads share one client, compared with plain httpx in 20 threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from benchmarks.environments import runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, worker
from benchmarks.server import running_server

CALLS = 1_000
BY_HAND = 20


@contextmanager
def ours(url: str, calls: int) -> Iterator[Callable[[], float]]:
    """One thread for each call, all on one client."""
    from textrequest_ext import TextRequest

    def burst() -> float:
        failures: list[Exception] = []

        def call() -> None:
            try:
                client.dashboards.get(350)
            except Exception as error:
                failures.append(error)

        with TextRequest("key", base_url=url) as client:
            threads = [threading.Thread(target=call) for _ in range(calls)]
            started = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
        if failures:
            raise failures[0]
        return seconds

    yield burst


@contextmanager
def by_hand(url: str, calls: int) -> Iterator[Callable[[], float]]:
    """A pool of threads that is as wide as is fast."""
    import httpx

    def burst() -> float:
        with (
            httpx.Client(base_url=url, headers={"x-api-key": "key"}, timeout=None) as client,
            ThreadPoolExecutor(BY_HAND) as pool,
        ):
            started = time.perf_counter()
            list(pool.map(lambda _: client.get("/dashboards/350").json(), range(calls)))
            return time.perf_counter() - started

    yield burst


def measure(*, quick: bool) -> Iterator[Result]:
    """The budget of a burst from threads."""
    calls = 100 if quick else CALLS
    with runtime_environment() as python, running_server() as url, ExitStack() as stack:
        arguments = {"url": url, "calls": calls}
        subjects = {
            name: stack.enter_context(worker(f"threads:{name}", arguments, python=python))
            for name in ("ours", "by_hand")
        }
        measured = alternate(subjects, 2 if quick else 11)
    yield Ratio.of(measured["ours"], measured["by_hand"]).result("threads")
