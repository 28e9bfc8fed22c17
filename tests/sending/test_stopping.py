"""A run that is stopped: what is in flight is finished or recorded as unknown, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import signal
import sqlite3
import subprocess
import sys
import threading
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from sending.simulated_service import DASHBOARD
from sending.test_send_many import messages, number
from textrequest_ext import AsyncTextRequest, OutgoingMessage, SendResult, TextRequest
from textrequest_ext._sending import workers
from textrequest_ext._sending.journal import Journal
from textrequest_ext.sandbox import Fault, Sandbox
from unit.conftest import KEY

CONCURRENCY = 4


class Gate:
    """A service whose responses wait until the gate is open. `sent` counts texts by phone number."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()

    def response(self, request: httpx.Request) -> httpx.Response:
        phone = request.url.path.split("/")[-2]
        self.sent[phone] += 1
        return httpx.Response(200, json={"message_id": f"m{phone}", "delivery_status": "sent"})

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.entered.release()
        self.opened.wait()
        return self.response(request)


class AsyncGate(httpx.AsyncBaseTransport):
    """`Gate` for the async client. takes_effect: whether a text is sent before the response waits."""

    def __init__(self, *, takes_effect: bool = False) -> None:
        self.gate = Gate()
        self.takes_effect = takes_effect
        self.waiting = 0
        self.when_waiting: Callable[[], object] = lambda: None
        self.opened: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = self.gate.response(request) if self.takes_effect else None
        self.waiting += 1
        if self.waiting == CONCURRENCY:
            self.when_waiting()
        await self.opened.wait()
        return response or self.gate.response(request)


def rows(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    try:
        return dict(connection.execute("SELECT phone_number, outcome FROM messages"))
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reminders.journal"


class Run:
    """A run over a gate whose first messages are in flight."""

    def __init__(self, transport: AsyncGate, path: Path, runner: Any) -> None:
        transport.opened = trio.Event() if runner is trio.run else asyncio.Event()
        self.transport = transport
        self.client = AsyncTextRequest(KEY, transport=transport)
        self.reported: list[SendResult] = []
        self.run = self.client.messages.send_many(
            DASHBOARD,
            messages(50),
            journal=path,
            opted_out=(),
            concurrency=CONCURRENCY,
            if_unknown="report",
            on_result=self.reported.append,
        )


RUNNERS = [pytest.param(asyncio.run, id="asyncio"), pytest.param(trio.run, id="trio")]


def start(runner: Any, main: Callable[[], Any]) -> None:
    trio.run(main) if runner is trio.run else asyncio.run(main())


async def cancel_while_waiting(runner: Any, started: Run, then: Callable[[], object] = lambda: None) -> None:
    """Cancel the task that waits for the first result once all messages are in flight."""
    if runner is trio.run:
        with trio.CancelScope() as scope:
            started.transport.when_waiting = lambda: (scope.cancel(), then())
            await anext(started.run)
        assert scope.cancelled_caught
        return
    task = asyncio.ensure_future(anext(started.run))
    started.transport.when_waiting = lambda: (task.cancel(), then())
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("runner", RUNNERS)
def test_after_a_cancellation_messages_in_flight_are_finished(runner: Any, path: Path) -> None:
    async def main() -> None:
        started = Run(AsyncGate(), path, runner)
        await cancel_while_waiting(runner, started, started.transport.opened.set)
        assert [result.outcome for result in started.reported] == ["sent"] * CONCURRENCY
        assert started.transport.gate.sent == {number(at): 1 for at in range(CONCURRENCY)}

    start(runner, main)
    assert rows(path) == {number(at): "sent" for at in range(CONCURRENCY)}
    Journal(path).close()


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("takes_effect", [True, False])
def test_messages_that_do_not_finish_in_time_are_unknown(
    runner: Any, path: Path, takes_effect: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.05)

    async def main() -> None:
        started = Run(AsyncGate(takes_effect=takes_effect), path, runner)
        await cancel_while_waiting(runner, started)
        assert [result.outcome for result in started.reported] == ["unknown"] * CONCURRENCY

    start(runner, main)
    assert rows(path) == {number(at): "unknown" for at in range(CONCURRENCY)}
    Journal(path).close()


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_end_of_a_block_finishes_messages_in_flight(runner: Any, path: Path) -> None:
    async def main() -> None:
        started = Run(AsyncGate(), path, runner)
        started.transport.opened.set()
        async with started.run as run:
            async for _ in run:
                break
        assert {result.outcome for result in started.reported} == {"sent"}
        assert started.transport.gate.sent.total() == len(started.reported) <= 2 * CONCURRENCY + 1

    start(runner, main)
    assert set(rows(path).values()) == {"sent"}


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_abandoned_run_records_what_was_in_flight(runner: Any, path: Path) -> None:
    transport = AsyncGate()

    async def main() -> None:
        started = Run(transport, path, runner)
        transport.opened.set()
        async for _ in started.run:
            break
        del started
        gc.collect()
        # The event loop ends with tasks in flight, which are cancelled.

    start(runner, main)
    recorded = rows(path)
    assert "started" not in recorded.values()
    assert {phone for phone, outcome in recorded.items() if outcome == "sent"} <= set(transport.gate.sent)
    Journal(path).close()


@pytest.mark.parametrize("runner", RUNNERS)
def test_no_task_is_left(runner: Any, path: Path) -> None:
    async def main() -> None:
        def tasks() -> int:
            if runner is trio.run:
                return trio.lowlevel.current_statistics().tasks_living
            return len(asyncio.all_tasks())

        before = tasks()
        started = Run(AsyncGate(), path, runner)
        started.transport.opened.set()
        assert len([result async for result in started.run]) == 50
        assert tasks() == before
        with pytest.raises(StopAsyncIteration):
            await anext(started.run)

    start(runner, main)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_run_can_be_closed_while_another_task_waits_for_a_result(runner: Any, path: Path) -> None:
    async def main() -> None:
        started = Run(AsyncGate(), path, runner)
        ends: list[bool] = []

        async def read() -> None:
            async for _ in started.run:
                pass
            ends.append(True)

        async def close() -> None:
            started.transport.opened.set()
            await started.run.aclose()

        if runner is trio.run:
            with trio.fail_after(30):
                async with trio.open_nursery() as nursery:
                    started.transport.when_waiting = lambda: nursery.start_soon(close)
                    nursery.start_soon(read)
        else:
            closing: list[asyncio.Task[None]] = []
            started.transport.when_waiting = lambda: closing.append(asyncio.create_task(close()))
            await asyncio.wait_for(read(), 30)
            await closing[0]
        assert ends == [True]
        assert [result.outcome for result in started.reported] == ["sent"] * CONCURRENCY

    start(runner, main)
    assert rows(path) == {number(at): "sent" for at in range(CONCURRENCY)}
    Journal(path).close()


def test_a_run_that_is_closed_before_it_is_open_sends_nothing(path: Path) -> None:
    sent: list[str] = []

    async def main() -> None:
        asked, may_respond = asyncio.Event(), asyncio.Event()

        async def handle(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                asked.set()
                await may_respond.wait()
                meta = {"page": 0, "page_size": 1000, "total_items": 0}
                return httpx.Response(200, json={"items": [], "meta": meta})
            sent.append(request.url.path)
            return httpx.Response(200, json={"message_id": "m1", "delivery_status": "sent"})

        client = AsyncTextRequest(KEY, transport=httpx.MockTransport(handle))
        run = client.messages.send_many(DASHBOARD, messages(5), journal=path)
        reading = asyncio.create_task(anext(run))
        await asked.wait()
        await run.aclose()
        may_respond.set()
        with pytest.raises(StopAsyncIteration):
            await reading

    asyncio.run(main())
    assert sent == []
    Journal(path).close()


@pytest.mark.parametrize("count", [0, 1])
def test_a_run_that_is_closed_while_it_waits_for_a_message_sends_nothing(path: Path, count: int) -> None:
    sent: list[str] = []

    async def main() -> None:
        needed, given = asyncio.Event(), asyncio.Event()

        async def source() -> AsyncIterator[OutgoingMessage]:
            needed.set()
            await given.wait()
            for message in messages(count):
                yield message

        def handle(request: httpx.Request) -> httpx.Response:
            sent.append(request.url.path)
            return httpx.Response(200, json={"message_id": "m1", "delivery_status": "sent"})

        client = AsyncTextRequest(KEY, transport=httpx.MockTransport(handle))
        run = client.messages.send_many(DASHBOARD, source(), journal=path, opted_out=())
        reading = asyncio.create_task(anext(run))
        await needed.wait()
        await run.aclose()
        given.set()
        with pytest.raises(StopAsyncIteration):
            await reading

    asyncio.run(main())
    assert sent == []
    Journal(path).close()


def test_leaving_the_loop_finishes_messages_in_flight(path: Path) -> None:
    gate = Gate()
    client = TextRequest(KEY, transport=httpx.MockTransport(gate.handle))
    gate.opened.set()
    reported: list[SendResult] = []
    options: dict[str, Any] = {"opted_out": (), "concurrency": CONCURRENCY, "on_result": reported.append}
    for result in client.messages.send_many(DASHBOARD, messages(50), journal=path, **options):
        assert result.outcome == "sent"
        break
    assert gate.sent.total() == sum(result.outcome == "sent" for result in reported) < 20
    assert rows(path) == dict.fromkeys(gate.sent, "sent")
    Journal(path).close()


def test_a_run_can_be_closed_by_its_callback(path: Path) -> None:
    gate = Gate()
    gate.opened.set()
    client = TextRequest(KEY, transport=httpx.MockTransport(gate.handle))
    run = client.messages.send_many(
        DASHBOARD, messages(500), journal=path, opted_out=(), on_result=lambda result: run.close()
    )
    results = list(run)
    assert len(results) < 50
    assert gate.sent.total() == sum(result.outcome == "sent" for result in results)
    run.close()
    assert list(run) == []


def test_no_thread_is_left() -> None:
    gate = Gate()
    gate.opened.set()
    client = TextRequest(KEY, transport=httpx.MockTransport(gate.handle))
    list(client.messages.send_many(DASHBOARD, messages(50), opted_out=()))
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("textrequest-send")]


def test_an_abandoned_run_is_not_kept_alive() -> None:
    gate = Gate()
    gate.opened.set()
    client = TextRequest(KEY, transport=httpx.MockTransport(gate.handle))
    run = client.messages.send_many(DASHBOARD, messages(50), opted_out=())
    next(run)
    reference = weakref.ref(run)
    del run
    gc.collect()
    assert reference() is None
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("textrequest-send")]


LEFT = """
import builtins, sys
import httpx
from textrequest_ext import OutgoingMessage, TextRequest

def send(request):
    return httpx.Response(200, json={"message_id": request.url.path, "delivery_status": "sent"})

client = TextRequest("key", transport=httpx.MockTransport(send))
given = [OutgoingMessage(f"555555{at:04}", "Hi", key=str(at)) for at in range(200)]
builtins.run = client.messages.send_many(121, given, journal=sys.argv[1], opted_out=())
next(builtins.run)  # of all modules, builtins is cleared last
"""


def test_a_run_that_is_left_at_the_end_of_the_program_is_stopped(path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", LEFT, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert process.stderr == ""
    assert set(rows(path).values()) == {"sent"}


COLLECTED = """
import gc, sys, threading
import httpx
from textrequest_ext import OutgoingMessage, TextRequest
from textrequest_ext._sending.journal import Journal

class Sender:
    def __init__(self):
        self.itself = self  # only the garbage collector can free it
        self.run = client.messages.send_many(121, given, journal=sys.argv[1], opted_out=(), concurrency=2)

def send(request):
    if request.url.path.endswith("/15555550000/messages"):
        in_flight.wait()
    else:
        in_flight.set()
        abandoned.wait()
        gc.collect()
    return httpx.Response(200, json={"message_id": request.url.path, "delivery_status": "sent"})

gc.disable()
in_flight, abandoned = threading.Event(), threading.Event()
client = TextRequest("key", transport=httpx.MockTransport(send))
given = [OutgoingMessage(f"555555{at:04}", "Hi", key=str(at)) for at in range(200)]
sender = Sender()
next(sender.run)
sender = None
abandoned.set()
"""


def test_a_run_that_is_collected_in_one_of_its_threads_ends(path: Path) -> None:
    subprocess.run([sys.executable, "-c", COLLECTED, str(path)], check=True, timeout=20)
    assert "started" not in rows(path).values()


INTERRUPTED = """
import signal, sys
from textrequest_ext import OutgoingMessage, TextRequest

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
client = TextRequest(sys.argv[1], base_url=sys.argv[2])
given = (OutgoingMessage(f"1555555{at:04}", "Reminder", key=str(at)) for at in range(100, 10_000))
reported = []
run = client.messages.send_many(
    int(sys.argv[3]), given, journal=sys.argv[4], opted_out=(), on_result=lambda r: reported.append(r.outcome)
)
try:
    for result in run:
        print(result.index, flush=True)
except KeyboardInterrupt:
    del run
    print("interrupted", reported.count("sent"), reported.count("unknown"), flush=True)
"""


def test_ctrl_c_finishes_messages_in_flight(path: Path) -> None:
    with Sandbox(seed=1, dashboards=1, contacts=0, messages=0) as sandbox:
        dashboard = next(iter(sandbox.state.dashboards))
        sandbox.add_fault(Fault(latency=0.1, method="POST"))
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, sandbox.api_key, sandbox.url, str(dashboard), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(10):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        with sandbox.state.lock:
            sent = Counter(message.customer_phone for message in sandbox.state.messages.values())
    assert errors == ""
    assert output.splitlines()[-1] == f"interrupted {len(sent)} 0"
    assert set(sent.values()) == {1}
    assert rows(path) == dict.fromkeys(sent, "sent")
