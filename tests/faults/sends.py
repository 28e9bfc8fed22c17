"""Send many texts through the hostile proxy, with every kind of client. The record of the sandbox is the judge."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import trio

from faults.hostile_proxy import HostileProxy
from textrequest_ext import (
    AsyncTextRequest,
    MessageRejectedError,
    RetryPolicy,
    SendOutcomeUnknownError,
    TextRequest,
    TextRequestError,
    Timeout,
)
from textrequest_ext.sandbox import Sandbox

WORKERS = 16
# Seconds after which a text that is not recorded was not sent: the proxy delivers nothing later.
SETTLE = 5.0
POLICY = RetryPolicy(retries=2, first_delay=0.01, longest_delay=0.05, budget=None)
# A request that a timeout fault holds back ends with this. Longer than any other exchange takes.
OPTIONS: dict[str, Any] = {"retries": POLICY, "timeout": Timeout(1.5, total=20)}


@dataclass
class Outcomes:
    """What the clients reported, by the body of each text."""

    accepted: set[str] = field(default_factory=set)
    failed: Counter[str] = field(default_factory=Counter)
    failed_bodies: set[str] = field(default_factory=set)
    unknown: dict[str, SendOutcomeUnknownError] = field(default_factory=dict)
    looked_up: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def report(self, body: str, outcome: Any) -> None:
        """Record the result of one send, or its error."""
        if isinstance(outcome, SendOutcomeUnknownError):
            self.unknown[body] = outcome
        elif isinstance(outcome, TextRequestError) and not isinstance(outcome, MessageRejectedError):
            self.failed[type(outcome).__name__] += 1
            self.failed_bodies.add(body)
        elif isinstance(outcome, BaseException):
            self.unexpected.append(repr(outcome))
        elif outcome.body != body:
            self.unexpected.append("the response to another send")
        else:
            self.accepted.add(body)


@dataclass
class Report:
    """What happened.

    lost: accepted, but not sent. wrong: reported as failed or as not sent, but sent, or the other way
    round. resolved: unknown outcomes that a look-up has proven. reported: those that it could not prove.
    """

    mode: str
    seed: int
    sends: int
    faults: Counter[str]
    outcomes: Outcomes
    duplicates: int = 0
    lost: int = 0
    wrong: int = 0
    resolved: int = 0
    reported: int = 0

    def judge(self, sent: Counter[str]) -> None:
        """Compare what was reported with the record of the sandbox."""
        outcomes = self.outcomes
        self.duplicates = sum(count > 1 for count in sent.values())
        self.lost = sum(sent[body] == 0 for body in outcomes.accepted)
        self.wrong = sum(sent[body] > 0 for body in outcomes.failed_bodies)
        for body, outcome in outcomes.looked_up.items():
            self.resolved += outcome != "unknown"
            self.reported += outcome == "unknown"
            self.wrong += outcome == ("not_sent" if sent[body] else "sent")
        if outcomes.looked_up.keys() != outcomes.unknown.keys():
            outcomes.unexpected.append("not every unknown outcome was looked up")
        known = len(outcomes.accepted) + len(outcomes.failed_bodies) + len(outcomes.unknown)
        if known != self.sends:
            outcomes.unexpected.append(f"{self.sends} sends, but {known} outcomes")

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong or self.outcomes.unexpected)

    def __str__(self) -> str:
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.mode}: seed {self.seed}, {self.sends:,} sends, {sum(self.faults.values()):,} faults "
            f"({faults}); {len(self.outcomes.accepted):,} accepted, {len(self.outcomes.failed_bodies):,} failed, "
            f"{len(self.outcomes.unknown):,} unknown, of which {self.resolved:,} resolved and "
            f"{self.reported:,} reported; {self.duplicates} duplicates, {self.lost} lost, "
            f"{self.wrong} reported wrongly, unexpected: {self.outcomes.unexpected[:3] or 'none'}"
        )


def customer_of(body: str) -> str:
    """The recipient of a text: each has another one, out of the numbers reserved for fiction."""
    number = int(body.split()[1])
    return f"1{201 + number // 100}55501{number % 100:02}"


def _blocking(url: str, key: str, dashboard: int, bodies: list[str], outcomes: Outcomes) -> None:
    lock = threading.Lock()

    def send(body: str) -> None:
        try:
            outcome: Any = client.messages.send_to_contact(dashboard, customer_of(body), body)
        except BaseException as error:
            outcome = error
        with lock:
            outcomes.report(body, outcome)

    def look_up(body: str) -> None:
        outcome = outcomes.unknown[body].reconcile(settle=SETTLE).outcome
        with lock:
            outcomes.looked_up[body] = outcome

    with TextRequest(key, base_url=url, **OPTIONS) as client, ThreadPoolExecutor(WORKERS) as pool:
        deque(pool.map(send, bodies), maxlen=0)
        deque(pool.map(look_up, list(outcomes.unknown)), maxlen=0)


async def _send_all(
    client: AsyncTextRequest, dashboard: int, bodies: Iterator[str], outcomes: Outcomes
) -> None:
    for body in bodies:
        try:
            outcome: Any = await client.messages.send_to_contact(dashboard, customer_of(body), body)
        except Exception as error:
            outcome = error
        outcomes.report(body, outcome)


async def _look_up_all(bodies: Iterator[str], outcomes: Outcomes) -> None:
    for body in bodies:
        outcomes.looked_up[body] = (await outcomes.unknown[body].reconcile(settle=SETTLE)).outcome


def _asyncio(
    url: str, key: str, dashboard: int, bodies: list[str], outcomes: Outcomes, **options: Any
) -> None:
    async def main() -> None:
        async with AsyncTextRequest(key, base_url=url, **OPTIONS, **options) as client:
            waiting = iter(bodies)
            await asyncio.gather(*(_send_all(client, dashboard, waiting, outcomes) for _ in range(WORKERS)))
            waiting = iter(list(outcomes.unknown))
            await asyncio.gather(*(_look_up_all(waiting, outcomes) for _ in range(WORKERS)))

    asyncio.run(main())


def _aiohttp(url: str, key: str, dashboard: int, bodies: list[str], outcomes: Outcomes) -> None:
    _asyncio(url, key, dashboard, bodies, outcomes, transport="aiohttp")


def _trio(url: str, key: str, dashboard: int, bodies: list[str], outcomes: Outcomes) -> None:
    async def main() -> None:
        async with AsyncTextRequest(key, base_url=url, **OPTIONS) as client:
            waiting = iter(bodies)
            async with trio.open_nursery() as nursery:
                for _ in range(WORKERS):
                    nursery.start_soon(_send_all, client, dashboard, waiting, outcomes)
            waiting = iter(list(outcomes.unknown))
            async with trio.open_nursery() as nursery:
                for _ in range(WORKERS):
                    nursery.start_soon(_look_up_all, waiting, outcomes)

    trio.run(main)


MODES: dict[str, Callable[[str, str, int, list[str], Outcomes], None]] = {
    "threads": _blocking,
    "asyncio": _asyncio,
    "aiohttp": _aiohttp,
    "trio": _trio,
}


def run_sends(mode: str, sends: int, seed: int, rate: float = 0.2) -> Report:
    """Send texts with one kind of client through a proxy that damages this share of all exchanges."""
    outcomes = Outcomes()
    bodies = [f"Text {number} of {mode}" for number in range(sends)]
    with Sandbox(seed=seed, dashboards=1, contacts=1, messages=0, deliveries="delivered") as sandbox:
        dashboard = next(iter(sandbox.state.dashboards.values()))
        proxy = HostileProxy(urlsplit(sandbox.url).port or 0, rate, seed)
        with proxy:
            url = sandbox.url.replace(f":{urlsplit(sandbox.url).port}", f":{proxy.port}")
            MODES[mode](url, sandbox.api_key, dashboard.id, bodies, outcomes)
        report = Report(mode, seed, sends, proxy.counts, outcomes)
        with sandbox.state.lock:
            sent = Counter(
                message.body for message in sandbox.state.messages.values() if message.direction == "S"
            )
        report.judge(sent)
    return report
