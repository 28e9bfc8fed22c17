"""Page through a long list over the hostile proxy: every row exactly once, in the order of the service."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import trio

from faults.hostile_proxy import HostileProxy
from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest, TextRequestError, Timeout
from textrequest_ext.sandbox import Sandbox

PAGE_SIZE = 100
CONCURRENCY = 8
MAX_RESUMPTIONS = 1_000
OPTIONS: dict[str, Any] = {
    "retries": RetryPolicy(retries=2, first_delay=0.01, longest_delay=0.05, budget=None),
    "timeout": Timeout(1.5, total=20),
}


@dataclass
class Report:
    """What happened. resumed: how often an error ended the iteration, which went on from its page."""

    mode: str
    seed: int
    rows: int
    faults: Counter[str] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    resumed: int = 0
    duplicates: int = 0
    lost: int = 0
    in_order: bool = False

    def judge(self, expected: list[str]) -> None:
        """Compare the rows with those of the sandbox."""
        read = Counter(self.ids)
        self.duplicates = sum(count - 1 for count in read.values())
        self.lost = sum(one not in read for one in expected)
        self.in_order = self.ids == expected

    @property
    def is_clean(self) -> bool:
        return self.in_order and not (self.duplicates or self.lost)

    def __str__(self) -> str:
        return (
            f"{self.mode}: seed {self.seed}, {self.rows:,} rows, {sum(self.faults.values()):,} faults, "
            f"resumed {self.resumed} times after an error; {self.duplicates} duplicates, {self.lost} lost, "
            f"{'in order' if self.in_order else 'in another order'}"
        )


def _read_blocking(url: str, key: str, dashboard: int, report: Report, concurrency: int) -> None:
    with TextRequest(key, base_url=url, **OPTIONS) as client:
        page = 0
        while report.resumed < MAX_RESUMPTIONS:
            pager = client.messages.list(dashboard, page_size=PAGE_SIZE).starting_at(page)
            try:
                for message in pager.concurrent(concurrency):
                    report.ids.append(str(message.message_id))
            except TextRequestError as error:
                page = _resume(report, error)
            else:
                return


async def _read_async(client: AsyncTextRequest, dashboard: int, report: Report, concurrency: int) -> None:
    page = 0
    while report.resumed < MAX_RESUMPTIONS:
        pager = client.messages.list(dashboard, page_size=PAGE_SIZE).starting_at(page)
        try:
            async for message in pager.concurrent(concurrency):
                report.ids.append(str(message.message_id))
        except TextRequestError as error:
            page = _resume(report, error)
        else:
            return


def _resume(report: Report, error: TextRequestError) -> int:
    """The page to go on from. A page is checked as a whole, so none of its rows was returned."""
    report.resumed += 1
    page = error.page
    assert page is not None
    assert len(report.ids) == page * PAGE_SIZE
    return page


def _in_asyncio(url: str, key: str, dashboard: int, report: Report) -> None:
    async def main() -> None:
        async with AsyncTextRequest(key, base_url=url, **OPTIONS) as client:
            await _read_async(client, dashboard, report, CONCURRENCY)

    asyncio.run(main())


def _in_trio(url: str, key: str, dashboard: int, report: Report) -> None:
    async def main() -> None:
        async with AsyncTextRequest(key, base_url=url, **OPTIONS) as client:
            await _read_async(client, dashboard, report, CONCURRENCY)

    trio.run(main)


MODES: dict[str, Callable[[str, str, int, Report], None]] = {
    "blocking, one page at a time": lambda *arguments: _read_blocking(*arguments, 1),
    "blocking, 8 pages concurrently": lambda *arguments: _read_blocking(*arguments, CONCURRENCY),
    "asyncio, 8 pages concurrently": _in_asyncio,
    "trio, 8 pages concurrently": _in_trio,
}


def run_pages(
    modes: list[str], rows: int, seed: int, rate: float = 0.1, *, at_once: bool = False
) -> list[Report]:
    """Page through so many rows, in every mode, over a proxy that damages this share of all exchanges.

    at_once: whether the modes run at the same time.
    """
    with Sandbox(seed=seed, dashboards=1, contacts=100, messages=rows) as sandbox:
        dashboard = next(iter(sandbox.state.dashboards.values()))
        with TextRequest(sandbox.api_key, base_url=sandbox.url) as client:
            expected = [str(message.message_id) for message in client.messages.list(dashboard.id)]
        assert len(set(expected)) == rows
        port = urlsplit(sandbox.url).port or 0

        def run(mode: str) -> Report:
            report = Report(mode, seed, rows)
            with HostileProxy(port, rate, seed) as proxy:
                url = sandbox.url.replace(f":{port}", f":{proxy.port}")
                MODES[mode](url, sandbox.api_key, dashboard.id, report)
            report.faults = proxy.counts
            report.judge(expected)
            return report

        with ThreadPoolExecutor(len(modes) if at_once else 1) as pool:
            return list(pool.map(run, modes))
