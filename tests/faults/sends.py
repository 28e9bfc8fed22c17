"""Send many texts through the hostile proxy, with every kind of client. The record of the sandbox is the judge."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import trio

from faults.hostile_proxy import HostileProxy
from textrequest_api.models.post_message_response import PostMessageResponse
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
from textrequest_ext.sandbox._account.models import Dashboard

WORKERS = 16
# Seconds after which a text that is not recorded was not sent: the proxy delivers nothing later.
SETTLE = 5.0
POLICY = RetryPolicy(retries=2, first_delay=0.01, longest_delay=0.05, budget=None)
# A request that a timeout fault holds back ends with this. Longer than any other exchange takes.
OPTIONS: dict[str, Any] = {"retries": POLICY, "timeout": Timeout(1.5, total=20)}


@dataclass
class Outcomes:
    """What the clients reported, by the body of each text. settle: seconds, as of `reconcile`."""

    settle: float = SETTLE
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
        elif _is_of_another(outcome, body):
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


def _is_of_another(result: Any, body: str) -> bool:
    """Whether the result is that of another text."""
    if isinstance(result, PostMessageResponse):
        return result.to != customer_of(body)
    return bool(result.body != body)


class Clients(NamedTuple):
    """Two clients, since the results of the two ways to send a text differ: one has numbers, one has its body.

    A response to another send that arrives too late to be seen is recognized by its numbers only.
    """

    by_number: Any
    to_contact: Any
    dashboard: Dashboard

    def send(self, body: str) -> Any:
        """Send a text; the result, or a coroutine with it."""
        if int(body.split()[1]) % 2:
            return self.by_number.messages.send(self.dashboard.phone, customer_of(body), body)
        return self.to_contact.messages.send_to_contact(self.dashboard.id, customer_of(body), body)


def _blocking(url: str, key: str, dashboard: Dashboard, bodies: list[str], outcomes: Outcomes) -> None:
    lock = threading.Lock()

    def send(body: str) -> None:
        try:
            outcome: Any = clients.send(body)
        except BaseException as error:
            outcome = error
        with lock:
            outcomes.report(body, outcome)

    def look_up(body: str) -> None:
        outcome = outcomes.unknown[body].reconcile(settle=outcomes.settle).outcome
        with lock:
            outcomes.looked_up[body] = outcome

    with (
        TextRequest(key, base_url=url, **OPTIONS) as first,
        TextRequest(key, base_url=url, **OPTIONS) as second,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        clients = Clients(first, second, dashboard)
        deque(pool.map(send, bodies), maxlen=0)
        deque(pool.map(look_up, list(outcomes.unknown)), maxlen=0)


async def _send_all(clients: Clients, bodies: Iterator[str], outcomes: Outcomes) -> None:
    for body in bodies:
        try:
            outcome: Any = await clients.send(body)
        except Exception as error:
            outcome = error
        outcomes.report(body, outcome)


async def _look_up_all(bodies: Iterator[str], outcomes: Outcomes) -> None:
    for body in bodies:
        outcomes.looked_up[body] = (await outcomes.unknown[body].reconcile(settle=outcomes.settle)).outcome


@asynccontextmanager
async def _async_clients(url: str, key: str, dashboard: Dashboard, **options: Any) -> AsyncIterator[Clients]:
    async with (
        AsyncTextRequest(key, base_url=url, **OPTIONS, **options) as first,
        AsyncTextRequest(key, base_url=url, **OPTIONS, **options) as second,
    ):
        yield Clients(first, second, dashboard)


def _asyncio(
    url: str, key: str, dashboard: Dashboard, bodies: list[str], outcomes: Outcomes, **options: Any
) -> None:
    async def main() -> None:
        async with _async_clients(url, key, dashboard, **options) as clients:
            waiting = iter(bodies)
            await asyncio.gather(*(_send_all(clients, waiting, outcomes) for _ in range(WORKERS)))
            waiting = iter(list(outcomes.unknown))
            await asyncio.gather(*(_look_up_all(waiting, outcomes) for _ in range(WORKERS)))

    asyncio.run(main())


def _aiohttp(url: str, key: str, dashboard: Dashboard, bodies: list[str], outcomes: Outcomes) -> None:
    _asyncio(url, key, dashboard, bodies, outcomes, transport="aiohttp")


def _trio(url: str, key: str, dashboard: Dashboard, bodies: list[str], outcomes: Outcomes) -> None:
    async def main() -> None:
        async with _async_clients(url, key, dashboard) as clients:
            waiting = iter(bodies)
            async with trio.open_nursery() as nursery:
                for _ in range(WORKERS):
                    nursery.start_soon(_send_all, clients, waiting, outcomes)
            waiting = iter(list(outcomes.unknown))
            async with trio.open_nursery() as nursery:
                for _ in range(WORKERS):
                    nursery.start_soon(_look_up_all, waiting, outcomes)

    trio.run(main)


MODES: dict[str, Callable[[str, str, Dashboard, list[str], Outcomes], None]] = {
    "threads": _blocking,
    "asyncio": _asyncio,
    "aiohttp": _aiohttp,
    "trio": _trio,
}


def run_sends(mode: str, sends: int, seed: int, rate: float = 0.2, settle: float = SETTLE) -> Report:
    """Send texts with one kind of client through a proxy that damages this share of all exchanges."""
    outcomes = Outcomes(settle)
    bodies = [f"Text {number} of {mode}" for number in range(sends)]
    with Sandbox(seed=seed, dashboards=1, contacts=1, messages=0, deliveries="delivered") as sandbox:
        dashboard = next(iter(sandbox.state.dashboards.values()))
        proxy = HostileProxy(urlsplit(sandbox.url).port or 0, rate, seed)
        with proxy:
            url = sandbox.url.replace(f":{urlsplit(sandbox.url).port}", f":{proxy.port}")
            MODES[mode](url, sandbox.api_key, dashboard, bodies, outcomes)
        report = Report(mode, seed, sends, proxy.counts, outcomes)
        with sandbox.state.lock:
            sent = Counter(
                message.body for message in sandbox.state.messages.values() if message.direction == "S"
            )
        report.judge(sent)
    return report
