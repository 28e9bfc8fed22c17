"""Limits in a real Redis: many processes share them, and nothing is sent while Redis cannot be used."""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from limits_support import RedisServer, Service, assert_spaced, concurrently

from connections.conftest import NUMBER, Runner
from textrequest_ext import AsyncTextRequest, Limits, LimitsUnavailableError, TextRequest

FROM = "5555550100"

WORKER = """
import asyncio, sys, threading
from textrequest_ext import AsyncTextRequest, Limits, TextRequest

mode, url, redis_url, api_key = sys.argv[1:]
options = {"base_url": url, "limits": Limits(requests_per_second=40, redis_url=redis_url)}
print("ready", flush=True)
input()

def threads():
    with TextRequest(api_key, **options) as client:
        calls = [threading.Thread(target=client.contacts.get, args=(121, "5555550123")) for _ in range(20)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()

async def tasks():
    async with AsyncTextRequest(api_key, **options) as client, asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(client.contacts.get(121, "5555550123"))

threads() if mode == "threads" else asyncio.run(tasks())
"""


def test_two_processes_stay_within_one_rate(
    service: Service, redis_server: RedisServer, api_key: str
) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, mode, service.url, redis_server.url, api_key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for mode in ("threads", "tasks")
    ]
    assert [worker.stdout.readline() for worker in workers if worker.stdout] == ["ready\n", "ready\n"]
    start = time.monotonic()
    for worker in workers:
        print("go", file=worker.stdin, flush=True)
    for worker in workers:
        worker.communicate(timeout=60)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert len(service.arrivals) == 40
    # 40 requests at 40 per second. Two processes that count apart would need half the time.
    assert_spaced(service.arrivals, start, 0.025)


def test_forked_processes_stay_within_one_rate(
    service: Service, redis_server: RedisServer, api_key: str
) -> None:
    limits = Limits(requests_per_second=40, redis_url=redis_server.url)
    start = time.monotonic()
    with TextRequest(api_key, base_url=service.url, limits=limits) as client:
        client.contacts.get(121, NUMBER)

        def calls() -> None:
            for _ in range(8):
                client.contacts.get(121, NUMBER)

        children = [multiprocessing.get_context("fork").Process(target=calls, daemon=True) for _ in range(3)]
        for child in children:
            child.start()
        calls()
        for child in children:
            child.join(30)
        assert [child.exitcode for child in children] == [0, 0, 0]
    assert len(service.arrivals) == 33
    assert_spaced(service.arrivals, start, 0.025)


def test_each_kind_of_client_keeps_the_rate(
    run: Runner, service: Service, redis_server: RedisServer, api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the clock of Redis counts.
    monkeypatch.setattr("textrequest_ext._limits.meters.milliseconds", None)

    async def calls(client: Any) -> None:
        start = time.monotonic()

        async def call(client: Any, number: int) -> None:
            await client.contacts.get(121, NUMBER)

        await concurrently(client, 30, call)
        assert len(service.arrivals) == 30
        assert_spaced(service.arrivals, start, 0.01)

    limits = Limits(requests_per_second=100, redis_url=redis_server.url)
    run(service, calls, limits=limits, api_key=api_key)


def test_redis_holds_no_key_and_no_number(service: Service, redis_server: RedisServer, api_key: str) -> None:
    import redis

    limits = Limits(requests_per_second=10, texts_per_second=0.01, redis_url=redis_server.url)
    with TextRequest(api_key, base_url=service.url, limits=limits) as client:
        client.messages.send(FROM, NUMBER, "Hello")
    with redis.Redis(port=redis_server.port, decode_responses=True) as stored:
        names = stored.keys()
        values = [stored.hgetall(name) for name in names]
        # They expire by themselves, and not before they have lost their meaning.
        lifetimes = sorted(stored.pttl(name) for name in names)
    assert len(names) == 2
    assert all(name.startswith("textrequest:limits:") for name in names)
    everything = repr((names, values))
    for secret in (api_key, FROM, NUMBER, NUMBER[1:]):
        assert secret not in everything
    assert 0 < lifetimes[0] <= 200
    assert 100_000 < lifetimes[1] <= 200_000


def test_nothing_is_sent_while_redis_is_down(
    run: Runner, service: Service, redis_server: RedisServer, api_key: str
) -> None:
    async def calls(client: Any) -> None:
        await client.messages.send(FROM, NUMBER, "Hello")
        redis_server.stop()
        for _ in range(3):
            with pytest.raises(LimitsUnavailableError, match=r"Redis cannot be used \(ConnectionError\)"):
                await client.messages.send(FROM, NUMBER, "Hello")
        assert len(service.arrivals) == 1
        redis_server.start()
        for _ in range(2):
            await client.messages.send(FROM, NUMBER, "Hello")
        assert len(service.arrivals) == 3

    limits = Limits(texts_per_second=1000, redis_url=redis_server.url)
    run(service, calls, limits=limits, api_key=api_key)


@pytest.fixture
def silent_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[Any]]]:
    """A server that accepts connections and never responds; its URL and its connections."""
    monkeypatch.setattr("textrequest_ext._limits.meters.REDIS_TIMEOUT", 0.3)
    accepted: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    accepted.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0", accepted
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in accepted:
        connection.close()


def test_requests_that_wait_behind_a_failure_fail_with_it(
    run: Runner, service: Service, silent_redis: tuple[str, list[Any]], api_key: str
) -> None:
    url, accepted = silent_redis
    failures: list[BaseException] = []

    async def calls(client: Any) -> None:
        async def call(client: Any, number: int) -> None:
            try:
                await client.contacts.get(121, NUMBER)
            except LimitsUnavailableError as error:
                failures.append(error)

        await concurrently(client, 50, call)

    run(service, calls, limits=Limits(requests_per_second=10, redis_url=url), api_key=api_key)
    assert len(failures) == 50
    assert service.arrivals == []
    # One by one they would need two connections and 0.6 seconds each.
    assert len(accepted) < 50


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_wait_for_redis_can_be_cancelled(
    mode: str,
    service: Service,
    redis_server: RedisServer,
    silent_redis: tuple[str, list[Any]],
    api_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("textrequest_ext._limits.meters.REDIS_TIMEOUT", 20)
    url, accepted = silent_redis

    async def calls(client: Any) -> None:
        await client.contacts.get(121, NUMBER)
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(client.contacts.get, 121, NUMBER)
            await anyio.sleep(0.05)
            group.cancel_scope.cancel()
        assert len(service.arrivals) == 1
        limits = Limits(requests_per_second=10, redis_url=url)
        async with AsyncTextRequest(api_key, base_url=service.url, limits=limits) as silent:
            with anyio.move_on_after(0.05) as scope:
                await silent.contacts.get(121, NUMBER)
            assert scope.cancelled_caught
            assert len(accepted) == 1  # after the timeout there would be a second connection
        assert len(service.arrivals) == 1

    limits = Limits(requests_per_second=0.001, redis_url=redis_server.url)
    Runner(mode)(service, calls, limits=limits, api_key=api_key)
