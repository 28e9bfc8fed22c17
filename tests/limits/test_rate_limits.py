"""Limits of one process: which requests they apply to, how they are kept, and how a wait ends."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
from limits_support import FakeTime, Service, assert_spaced, concurrently

from connections.conftest import NUMBER, Runner
from textrequest_api.api.contacts import contacts_get
from textrequest_api.api.messages import messages_send
from textrequest_ext import (
    AsyncTextRequest,
    ConfigurationError,
    Limits,
    LimitsUnavailableError,
    RetryPolicy,
    TextRequest,
    Timeout,
)
from textrequest_ext._connections.deadline import EXTENSION, UNLIMITED

FROM = "5555550100"
SENT = {"message_id": "m", "status": "sent", "delivery_status": "sent"}


class Recorder(httpx.MockTransport):
    """A transport that records requests, their time, and what is left of their total timeout."""

    def __init__(self, fake_time: FakeTime, *statuses: int) -> None:
        self.requests: list[tuple[str, int]] = []
        self.remaining: list[float | None] = []
        remaining = iter(statuses)

        def handler(request: httpx.Request) -> httpx.Response:
            self.requests.append((request.url.path, fake_time.now))
            self.remaining.append(request.extensions[EXTENSION].remaining())
            body = SENT if request.method == "POST" else {"phone_number": NUMBER, "items": []}
            return httpx.Response(next(remaining, 200), json=body)

        super().__init__(handler)

    @property
    def gaps(self) -> list[int]:
        """Milliseconds between the requests."""
        return [later - earlier for (_, earlier), (_, later) in itertools.pairwise(self.requests)]


# --- The rate, by the record of a server -----------------------------------------------------------------


def test_requests_of_many_callers_keep_the_rate(run: Runner, service: Service, api_key: str) -> None:
    async def calls(client: Any) -> None:
        start = time.monotonic()

        async def call(client: Any, number: int) -> None:
            await client.contacts.get(121, NUMBER)

        await concurrently(client, 40, call)
        assert len(service.arrivals) == 40
        assert_spaced(service.arrivals, start, 0.01)

    run(service, calls, limits=Limits(requests_per_second=100), api_key=api_key)


def test_requests_that_wait_for_a_connection_do_not_leave_together(
    run: Runner, service: Service, api_key: str
) -> None:
    service.hold.clear()
    released: list[float] = []

    def release() -> None:
        while len(service.arrivals) < 4:
            time.sleep(0.01)
        time.sleep(0.3)  # in which the limit would permit 15 more
        released.append(time.monotonic())
        service.hold.set()

    async def calls(client: Any) -> None:
        async def call(client: Any, number: int) -> None:
            await client.contacts.get(121, NUMBER)

        await concurrently(client, 20, call)

    thread = threading.Thread(target=release)
    thread.start()
    run(service, calls, limits=Limits(requests_per_second=50), api_key=api_key, max_concurrency=4)
    thread.join()
    assert len(service.arrivals) == 20
    assert_spaced(service.arrivals[4:], released[0], 0.02, permitted=2)


# --- Which requests count --------------------------------------------------------------------------------


def test_requests_are_spaced_evenly(fake_time: FakeTime, api_key: str) -> None:
    recorder = Recorder(fake_time)
    client = TextRequest(api_key, transport=recorder, limits=Limits(requests_per_second=4))
    for _ in range(5):
        client.contacts.get(121, NUMBER)
    assert recorder.gaps == [250, 250, 250, 250]
    fake_time.now += 60_000  # a pause permits no burst
    for _ in range(3):
        client.contacts.get(121, NUMBER)
    assert recorder.gaps[-2:] == [250, 250]


@pytest.mark.parametrize(
    ("rate", "gap"), [(0.00001, 100_000_000), (0.5, 2000), (3, 334), (999.9, 2), (1000, 1)]
)
def test_any_rate_is_kept(fake_time: FakeTime, api_key: str, rate: float, gap: int) -> None:
    recorder = Recorder(fake_time)
    client = TextRequest(api_key, transport=recorder, limits=Limits(requests_per_second=rate))
    for _ in range(4):
        client.contacts.get(121, NUMBER)
    assert recorder.gaps[0] == gap
    assert sum(recorder.gaps) >= 3000 / rate - 1


def test_texts_are_limited_for_each_sender_and_others_are_not(fake_time: FakeTime, api_key: str) -> None:
    client = TextRequest(api_key, transport=Recorder(fake_time), limits=Limits(texts_per_second=0.1))

    def waits(method: Any, *args: Any) -> bool:
        before = fake_time.now
        method(*args)
        return fake_time.now > before

    assert not waits(client.messages.send, FROM, NUMBER, "One")
    assert waits(client.messages.send, FROM, NUMBER, "Two")
    assert waits(client.messages.send, f"+1 ({FROM[:3]}) {FROM[3:]}", NUMBER, "Three")
    assert not waits(client.messages.send, "5555550101", NUMBER, "Another sender")
    assert not waits(client.messages.send_to_contact, 121, NUMBER, "Another sender")
    assert waits(client.messages.send_to_contact, 121, "5555550124", "Another recipient")
    assert not waits(client.messages.send_to_contact, 122, NUMBER, "Another dashboard")
    assert not waits(client.contacts.get, 121, NUMBER)
    assert not waits(client.contacts.list(121).first)


def test_every_operation_that_sends_a_text_has_a_sender(fake_time: FakeTime, api_key: str) -> None:
    from textrequest_ext._limits.scopes import scopes_of

    limits = Limits(texts_per_second=1, requests_per_second=2)
    names: list[list[str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        names.append([scope.name for scope in scopes_of(request, limits)])
        return httpx.Response(400, json={})

    client = TextRequest(api_key, transport=httpx.MockTransport(handler))
    for call in (
        lambda: client.messages.send(FROM, NUMBER, "Hello"),
        lambda: client.messages.send_to_contact(121, NUMBER, "Hello"),
        lambda: client.messages.request_location(121, NUMBER, "Where?"),
        lambda: client.payments.create(121, description="Repair", customer_phone=NUMBER, amount_requested=5),
        lambda: client.payments.send_reminder(121, 7),
        lambda: client.contacts.get(121, NUMBER),
    ):
        with pytest.raises(Exception, match="400"):
            call()
    texts = "texts of dashboard 121"
    assert names == [
        ["texts of number 5555550100", "requests"],
        *[[texts, "requests"]] * 4,
        ["requests"],
    ]


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_texts_that_wait_hold_back_no_other_request(mode: str, service: Service, api_key: str) -> None:
    async def calls(client: Any) -> None:
        await client.messages.send(FROM, NUMBER, "Hello")
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(client.messages.send, FROM, NUMBER, "Hello")
            await anyio.wait_all_tasks_blocked()
            await client.contacts.get(121, NUMBER)
            group.cancel_scope.cancel()
        assert len(service.arrivals) == 2

    limits = Limits(texts_per_second=0.01, requests_per_second=1000)
    Runner(mode)(service, calls, limits=limits, api_key=api_key, max_concurrency=2)


def test_texts_that_wait_in_threads_hold_back_no_other_request(
    service: Service, api_key: str, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        waiting.set()
        assert go_on.wait(30)
        fake_time.sleep(seconds)

    monkeypatch.setattr("textrequest_ext._limits.transports.sleep", sleep)
    limits = Limits(texts_per_second=0.01)
    with TextRequest(api_key, base_url=service.url, limits=limits, max_concurrency=2) as client:
        client.messages.send(FROM, NUMBER, "Hello")
        texts = [
            threading.Thread(target=client.messages.send, args=(FROM, NUMBER, "Hello")) for _ in range(5)
        ]
        for thread in texts:
            thread.start()
        assert waiting.wait(30)
        client.contacts.get(121, NUMBER)
        assert len(service.arrivals) == 2
        go_on.set()
        for thread in texts:
            thread.join()
    assert len(service.arrivals) == 7
    assert fake_time.now >= 1_000 + 5 * 100_000


def test_retries_count(fake_time: FakeTime, api_key: str) -> None:
    recorder = Recorder(fake_time, 429, 429, 200)
    policy = RetryPolicy(sleep=lambda seconds: None)
    client = TextRequest(
        api_key, transport=recorder, retries=policy, limits=Limits(requests_per_second=2, texts_per_second=1)
    )
    client.messages.send(FROM, NUMBER, "Hello")
    assert recorder.gaps == [1000, 1000]


def test_copies_and_clients_of_the_same_key_share_the_limit(fake_time: FakeTime, api_key: str) -> None:
    recorder = Recorder(fake_time)
    limits = Limits(requests_per_second=1)
    client = TextRequest(api_key, transport=recorder, limits=limits)
    copy = client.with_options(timeout=5)
    another = TextRequest(api_key, transport=recorder, limits=limits)
    for one in (client, copy, another):
        one.contacts.get(121, NUMBER)
    contacts_get.sync(121, NUMBER, client=another.low_level)
    assert recorder.gaps == [1000, 1000, 1000]
    TextRequest(api_key + "2", transport=recorder, limits=limits).contacts.get(121, NUMBER)
    TextRequest(api_key, transport=recorder).contacts.get(121, NUMBER)
    assert recorder.gaps[3:] == [0, 0]


# --- How a wait ends -------------------------------------------------------------------------------------


def test_the_wait_is_not_part_of_the_total_timeout(
    run: Runner, api_key: str, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(fake_time)
    elapsed = Clock(fake_time)
    monkeypatch.setattr("textrequest_ext._limits.transports.time", elapsed)

    async def calls(client: Any) -> None:
        for _ in range(2):
            await client.contacts.get(121, NUMBER)

    with Service() as unused:
        run(
            unused,
            calls,
            limits=Limits(requests_per_second=0.001),
            api_key=api_key,
            transport=recorder,
            timeout=Timeout(5, total=30),
        )
    first, second = recorder.remaining
    assert first is not None
    assert first <= 30
    assert second is not None
    assert second > 900  # the 1,000 seconds that it waited have been added


class Clock:
    """The module time as the transports use it."""

    def __init__(self, fake_time: FakeTime) -> None:
        self._fake_time = fake_time

    def monotonic(self) -> float:
        return self._fake_time.now / 1000


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_cancelled_wait_sends_nothing_and_ends_its_turn(mode: str, service: Service, api_key: str) -> None:
    async def calls(client: Any) -> None:
        await client.contacts.get(121, NUMBER)
        for waiting in (1, 5):
            with anyio.move_on_after(30) as scope:
                async with anyio.create_task_group() as group:
                    for _ in range(waiting):
                        group.start_soon(client.contacts.get, 121, NUMBER)
                    await anyio.wait_all_tasks_blocked()
                    group.cancel_scope.cancel()
            assert not scope.cancelled_caught
        assert len(service.arrivals) == 1
        limiting = client._transport
        [lanes] = limiting._lanes.values()
        assert [lane.gate.value for lane in lanes.values()] == [1]

    Runner(mode)(service, calls, limits=Limits(requests_per_second=0.001), api_key=api_key)


class Interrupted(Exception):
    pass


def test_a_signal_that_raises_ends_the_wait(service: Service, api_key: str) -> None:
    def interrupt(number: int, frame: Any) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with TextRequest(api_key, base_url=service.url, limits=Limits(requests_per_second=0.001)) as client:
            client.contacts.get(121, NUMBER)
            for _ in range(20):
                signal.setitimer(signal.ITIMER_REAL, 0.01)
                # The error is kept: what its traceback refers to must not hold back anybody.
                with pytest.raises(Interrupted) as caught:
                    client.contacts.get(121, NUMBER)
            [lanes] = client._transport._lanes.values()
            [lane] = lanes.values()
            assert lane.gate.acquire(UNLIMITED) is not None
            assert caught.value.__traceback__ is not None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(service.arrivals) == 1


def test_a_fork_while_others_wait(service: Service, api_key: str) -> None:
    """The child does not wait for a turn that a thread of its parent has."""
    with TextRequest(api_key, base_url=service.url, limits=Limits(requests_per_second=2)) as client:
        client.contacts.get(121, NUMBER)
        threads = [threading.Thread(target=client.contacts.get, args=(121, NUMBER)) for _ in range(4)]
        for thread in threads:
            thread.start()
        process = multiprocessing.get_context("fork").Process(
            target=client.contacts.get, args=(121, NUMBER), daemon=True
        )
        process.start()
        process.join(30)
        assert process.exitcode == 0
        for thread in threads:
            thread.join()
    assert len(service.arrivals) == 6


def test_event_loops_one_after_the_other_and_in_threads(service: Service, api_key: str) -> None:
    client = AsyncTextRequest(api_key, base_url=service.url, limits=Limits(requests_per_second=100))
    start = time.monotonic()

    async def calls() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(client.contacts.get(121, NUMBER))

    asyncio.run(calls())
    asyncio.run(calls())
    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.arrivals) == 30
    assert_spaced(service.arrivals, start, 0.01)
    asyncio.run(client.aclose())


# --- Configuration ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requests_per_second", "texts_per_second"])
@pytest.mark.parametrize(
    "value",
    [0, -1, True, "5", float("nan"), float("inf"), 1001, 0.000001, 10**400, -(10**400), [1], object()],
)
def test_invalid_rates(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"limits: {name} must be") as caught:
        Limits(**{name: value})
    assert str(caught.value).endswith("no limit")  # without the value, which may be an API key


@pytest.mark.parametrize("client_class", [TextRequest, AsyncTextRequest])
def test_invalid_limits(client_class: Any) -> None:
    with pytest.raises(ConfigurationError, match="limits: set"):
        Limits()
    for url in ("", 5, b"redis://localhost"):
        with pytest.raises(ConfigurationError, match="limits: redis_url"):
            Limits(requests_per_second=1, redis_url=url)  # type: ignore[arg-type]
    for limits in (5, {"requests_per_second": 1}, "10/s"):
        with pytest.raises(ConfigurationError, match="limits: must be a Limits"):
            client_class("key", limits=limits)
    for url in ("localhost:6379", "http://localhost", "redis://:secret@localhost:port"):
        with pytest.raises(ConfigurationError, match="limits: redis_url must be") as caught:
            client_class("key", limits=Limits(requests_per_second=1, redis_url=url))
        assert "secret" not in repr(caught.value)
        assert caught.value.__suppress_context__  # the context may contain the password


def test_limits_do_not_show_the_password() -> None:
    limits = Limits(requests_per_second=1, redis_url="redis://:secret@localhost")
    assert "secret" not in repr(limits)
    with pytest.raises(AttributeError):
        limits.requests_per_second = 2  # type: ignore[misc]


@pytest.mark.parametrize(("module", "extra"), [("pyrate_limiter", "limits"), ("redis", "redis")])
def test_a_missing_package(monkeypatch: pytest.MonkeyPatch, module: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    url = "redis://localhost" if module == "redis" else None
    with pytest.raises(ConfigurationError, match=rf'pip install "textrequest-ext\[{extra}\]"'):
        TextRequest("key", limits=Limits(requests_per_second=1, redis_url=url))


def test_packages_are_imported_only_for_limits() -> None:
    script = (
        "import sys, textrequest_ext; textrequest_ext.TextRequest('key'); "
        "textrequest_ext.Limits(requests_per_second=1); "
        "loaded = [m for m in sys.modules if m.startswith(('pyrate_limiter', 'redis', 'httpcore', "
        "'textrequest_ext._limits.meters', 'textrequest_ext._limits.transports'))]; assert not loaded, loaded"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(LimitsUnavailableError("limits: Redis cannot be used")))
    assert str(error) == "limits: Redis cannot be used"


def test_an_unpickled_client_has_the_same_limits(run: Runner, api_key: str) -> None:
    limits = Limits(requests_per_second=5, redis_url="redis://:a-password@localhost:6379/0")
    client_class = TextRequest if run.mode == "blocking" else AsyncTextRequest
    data = pickle.dumps(client_class(api_key, limits=limits))
    assert b"a-password" not in data
    assert pickle.loads(data)._transport._limits == limits


@pytest.mark.parametrize(
    "content", [b"", b"not JSON", b"[]", b"5", b"{}", b"[" * 100_000, iter([b"{}"])], ids=range(7)
)
def test_the_texts_of_unknown_senders_share_a_limit(content: Any) -> None:
    from textrequest_ext._limits.scopes import scopes_of

    extensions = {"textrequest_api": messages_send.operation}
    request = httpx.Request("POST", "https://example.com/v3/messages", content=content, extensions=extensions)
    [scope] = scopes_of(request, Limits(texts_per_second=1))
    assert scope.name == "texts of an unknown sender"


def test_a_forked_process_closes_no_connection_to_redis_of_its_parent(
    api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    connection = SimpleNamespace(close=lambda: closed.append(True))
    monkeypatch.setattr("redis.Redis.from_url", lambda *args, **options: connection)
    client = TextRequest(api_key, limits=Limits(requests_per_second=1, redis_url="redis://localhost"))
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    client.close()
    assert closed == []
    monkeypatch.setattr(os, "getpid", lambda: parent)
    client.close()
    assert closed == [True]
