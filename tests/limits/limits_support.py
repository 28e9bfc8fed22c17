"""Servers, concurrent calls, and a time that passes when something sleeps."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import anyio

from connections.raw_server import Connection, RawServer, contact, number_in, response

# The clocks of the limits count milliseconds and are read before the clock of the tests, or in Redis.
SLACK = 0.02


class Service(RawServer):
    """A raw server that records when requests arrived. hold: an event that requests wait for."""

    def __init__(self) -> None:
        super().__init__(self._respond)
        self.arrivals: list[float] = []
        self.paths: list[str] = []
        self.hold = threading.Event()
        self.hold.set()

    def _respond(self, connection: Connection, path: str, number: int) -> None:
        with self._lock:
            self.arrivals.append(time.monotonic())
            self.paths.append(path)
        self.hold.wait(30)
        if path.endswith("/messages"):
            body: Any = {"message_id": str(number), "status": "sent", "delivery_status": "sent"}
        else:
            body = contact(number_in(path))
        connection.send(response(body))


def assert_spaced(arrivals: list[float], start: float, interval: float, permitted: int = 1) -> None:
    """No request arrives before its time: the first `permitted` ones may arrive at the start.

    A slow machine makes requests arrive later, and never fails this.
    """
    early = [
        (number, arrival - start)
        for number, arrival in enumerate(sorted(arrivals))
        if arrival - start < (number - permitted + 1) * interval - SLACK
    ]
    assert early == []


async def concurrently(client: Any, count: int, call: Callable[[Any, int], Awaitable[Any]]) -> None:
    """Make calls in threads with the blocking client, and in tasks with the async one."""
    target = getattr(client, "_target", None)
    if target is None:
        async with anyio.create_task_group() as group:
            for number in range(count):
                group.start_soon(call, client, number)
        return
    errors: list[BaseException] = []

    def run(number: int) -> None:
        # The calls of a blocking client are complete when they return.
        try:
            call(client, number).send(None)  # type: ignore[attr-defined]
        except StopIteration:
            pass
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class FakeTime:
    """Sleeping takes no time, and advances the clock of the limits. now: milliseconds."""

    def __init__(self) -> None:
        self.now = 1_000
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += round(seconds * 1000)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


class RedisServer:
    """A redis-server on a free port of this machine, without files."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        import redis

        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        # Another program may have got the port in between, and may never respond.
        client = redis.Redis(port=self.port, socket_timeout=5)
        for _ in range(1000):
            try:
                assert client.info("server")["process_id"] == self._process.pid, "another redis-server"
                break
            except redis.ConnectionError:
                assert self._process.poll() is None, "redis-server has ended"
                time.sleep(0.01)
        client.close()
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
