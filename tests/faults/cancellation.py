"""Cancel a send at every await, under asyncio and trio. The record of the sandbox is the judge.

The coroutine of a send is run step by step; at step k, which is an await, its task is cancelled. k grows
until the send completes before it. One connection at a time is permitted, so that one that is lost would
stop everything after it.
"""

from __future__ import annotations

import asyncio
import os
import types
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

import trio

from textrequest_ext import AsyncTextRequest, RetryPolicy, Timeout
from textrequest_ext.sandbox import Fault, Sandbox

MAX_STEPS = 2_000
PATIENCE = 60.0
OPTIONS: dict[str, Any] = {
    "retries": RetryPolicy(retries=2, first_delay=0.001, budget=None),
    "timeout": Timeout(20, total=PATIENCE),
    "max_concurrency": 1,
}
NOTE = "the text may have been sent"
# A send over a new connection, one over a used one, and one that is retried after a 429.
SITUATIONS = ("new connection", "used connection", "retry")
MODES = ("asyncio", "aiohttp", "trio")


@dataclass
class Report:
    """What happened. silent: texts that were sent although the cancellation did not say that they may be."""

    mode: str
    cancellations: int = 0
    completed: int = 0
    sent: int = 0
    duplicates: int = 0
    lost: int = 0
    silent: int = 0
    left_behind: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.silent or self.left_behind)

    def __str__(self) -> str:
        return (
            f"{self.mode}: cancelled at {self.cancellations} awaits, {self.sent} of the texts were sent, "
            f"{self.completed} sends completed; {self.duplicates} duplicates, {self.lost} lost, "
            f"{self.silent} sent without a report, left behind: {self.left_behind[:3] or 'nothing'}"
        )


@types.coroutine
def cancelled_at(
    coroutine: Coroutine[Any, Any, Any], step: int, cancel: Callable[[], object]
) -> Generator[Any, Any, Any]:
    """Run a coroutine, and cancel its task when it awaits for the `step`th time, counted from 1."""
    count, value, failure = 0, None, None
    while True:
        try:
            awaited = coroutine.send(value) if failure is None else coroutine.throw(failure)
        except StopIteration as stop:
            return stop.value
        count += 1
        if count == step:
            cancel()
        value, failure = None, None
        try:
            value = yield awaited
        except BaseException as error:
            failure = error


class Campaign:
    """One client on a sandbox, and what is expected after each cancellation."""

    def __init__(self, mode: str, sandbox: Sandbox) -> None:
        self.report = Report(mode)
        self.sandbox = sandbox
        self.transport: Any = "aiohttp" if mode == "aiohttp" else None
        self.dashboard = next(iter(sandbox.state.dashboards.values())).id
        self.accepted: set[str] = set()
        self.warned: set[str] = set()

    def new_client(self) -> AsyncTextRequest:
        return AsyncTextRequest(
            self.sandbox.api_key, base_url=self.sandbox.url, transport=self.transport, **OPTIONS
        )

    def send(self, client: AsyncTextRequest, body: str) -> Coroutine[Any, Any, Any]:
        return client.messages.send_to_contact(self.dashboard, "15555550123", body)

    async def prepare(self, client: AsyncTextRequest, situation: str) -> None:
        self.sandbox.clear_faults()
        if situation == "used connection":
            await client.dashboards.get(self.dashboard)
        elif situation == "retry":
            self.sandbox.add_fault(Fault(status=429, retry_after=0, times=1, method="POST"))

    def cancelled_with(self, body: str, error: BaseException) -> None:
        self.report.cancellations += 1
        if any(NOTE in note for note in getattr(error, "__notes__", ())):
            self.warned.add(body)

    def judge(self) -> Report:
        with self.sandbox.state.lock:
            messages = self.sandbox.state.messages.values()
            sent = Counter(message.body for message in messages if message.direction == "S")
        report = self.report
        report.sent = len(sent)
        report.completed = len(self.accepted)
        report.duplicates = sum(count > 1 for count in sent.values())
        report.lost = len(self.accepted - sent.keys())
        report.silent = len(sent.keys() - self.accepted - self.warned)
        return report


def _descriptors() -> int:
    return len(os.listdir("/dev/fd"))


async def _in_asyncio(campaign: Campaign) -> None:
    for situation in SITUATIONS:
        for step in range(1, MAX_STEPS):
            client = campaign.new_client()
            await campaign.prepare(client, situation)
            body = f"{situation} {step}"
            before = asyncio.all_tasks()
            task = asyncio.current_task()
            assert task is not None
            try:
                await cancelled_at(campaign.send(client, body), step, task.cancel)
            except asyncio.CancelledError as error:
                task.uncancel()
                campaign.cancelled_with(body, error)
            else:
                campaign.accepted.add(body)
            left = {other for other in asyncio.all_tasks() - before if not other.done()}
            campaign.report.left_behind += [f"{body}: {other!r}" for other in left]
            # The client works, and so does its only connection.
            assert await asyncio.wait_for(client.dashboards.get(campaign.dashboard), PATIENCE)
            await client.aclose()
            if body in campaign.accepted:
                break


async def _in_trio(campaign: Campaign) -> None:
    for situation in SITUATIONS:
        for step in range(1, MAX_STEPS):
            client = campaign.new_client()
            await campaign.prepare(client, situation)
            body = f"{situation} {step}"
            with trio.CancelScope() as scope:
                try:
                    await cancelled_at(campaign.send(client, body), step, scope.cancel)
                    campaign.accepted.add(body)
                except trio.Cancelled as error:
                    campaign.cancelled_with(body, error)
                    raise
            with trio.fail_after(PATIENCE):
                assert await client.dashboards.get(campaign.dashboard)
            await client.aclose()
            if body in campaign.accepted:
                break


def run_cancellations(mode: str, seed: int) -> Report:
    """Cancel at every await, in one of three modes: asyncio, aiohttp, trio."""
    with Sandbox(seed=seed, dashboards=1, contacts=1, messages=0, deliveries="delivered") as sandbox:
        campaign = Campaign(mode, sandbox)
        before = _descriptors()
        if mode == "trio":
            trio.run(_in_trio, campaign)
        else:
            asyncio.run(_in_asyncio(campaign))
        after = _descriptors()
        report = campaign.judge()
        # The sandbox closes its side of the last connection a moment later.
        if after > before + 1:
            report.left_behind.append(f"{after - before} descriptors")
    return report
