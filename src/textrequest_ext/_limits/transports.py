"""Transports that wait until the limits permit a request. The connections are below them, retries above.

For each scope, one request at a time asks the meter and waits; the others wait for their turn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import httpx

from textrequest_ext import _concurrency
from textrequest_ext._connections.connections import AsyncConnections, Connections
from textrequest_ext._connections.deadline import UNLIMITED, deadline_of
from textrequest_ext._connections.gates import Gate, Permit
from textrequest_ext._connections.turns import EXTENSION
from textrequest_ext._limits.meters import Meter, create_meter
from textrequest_ext._limits.options import Limits
from textrequest_ext._limits.scopes import Scope, scopes_of
from textrequest_ext.errors import LimitsUnavailableError


def sleep(seconds: float) -> None:
    """Sleep; an exception of a signal handler ends it."""
    time.sleep(seconds)


async def sleep_async(seconds: float) -> None:
    """`sleep` for asyncio and trio."""
    await _concurrency.sleep(seconds)


class _Failure:
    """When Redis failed last: requests that were waiting already do not ask it one after the other."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def check(self, started: float) -> None:
        """Raise if Redis failed since a request has begun to wait."""
        if started < self._at:
            raise LimitsUnavailableError("limits: Redis cannot be used, so the request was not sent")

    def note(self) -> None:
        """Note that Redis failed."""
        self._at = time.monotonic()


class _Lane:
    """The requests of one scope in the threads of this process."""

    def __init__(self) -> None:
        self.failure = _Failure()
        self.gate = Gate(1)


class _AsyncLane:
    """The requests of one scope in one event loop."""

    def __init__(self) -> None:
        self.failure = _Failure()
        self.gate = anyio.Semaphore(1, fast_acquire=True)


class _Turn:
    """The turn of a request: what it holds of the lanes of its scopes until it leaves."""

    def __init__(self) -> None:
        self._permits: list[Permit] = []
        self._releases: list[Callable[[], None]] = []

    def take(self, lane: _Lane) -> None:
        """Wait for the turn in a lane."""
        self._permits.append(lane.gate.acquire(UNLIMITED))

    async def take_async(self, lane: _AsyncLane) -> None:
        """`take` for asyncio and trio."""
        await lane.gate.acquire()
        self._releases.append(lane.gate.release)

    def end(self) -> None:
        """Let the next requests go on."""
        while self._permits:
            self._permits.pop().release()
        while self._releases:
            self._releases.pop()()


class LimitedTransport(httpx.BaseTransport):
    """Waits until the limits permit a request, then sends it with another transport."""

    def __init__(self, inner: httpx.BaseTransport, limits: Limits, api_key: str) -> None:
        self._inner = inner
        self._limits = limits
        self._meter = create_meter(limits, api_key)
        self._lanes: dict[tuple[int, str], _Lane] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, then send the request."""
        turn, started = _Turn(), time.monotonic()
        try:
            for scope in scopes_of(request, self._limits):
                key = (os.getpid(), scope.name)
                lane = self._lanes.get(key) or self._lanes.setdefault(key, _Lane())
                turn.take(lane)
                lane.failure.check(started)
                while (delay := _delay(self._meter, scope, lane.failure)) > 0:
                    sleep(delay)
            deadline_of(request).extend(time.monotonic() - started)
            if isinstance(self._inner, Connections):
                request.extensions[EXTENSION] = turn
            else:
                turn.end()
            return self._inner.handle_request(request)
        finally:
            turn.end()

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()
        self._meter.close()


class AsyncLimitedTransport(httpx.AsyncBaseTransport):
    """`LimitedTransport` for asyncio and trio."""

    def __init__(self, inner: httpx.AsyncBaseTransport, limits: Limits, api_key: str) -> None:
        self._inner = inner
        self._limits = limits
        self._meter = create_meter(limits, api_key)
        self._lanes: dict[tuple[int, Any], dict[str, _AsyncLane]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, then send the request."""
        turn, started = _Turn(), time.monotonic()
        try:
            lanes = self._lanes_of_event_loop()
            for scope in scopes_of(request, self._limits):
                lane = lanes.get(scope.name) or lanes.setdefault(scope.name, _AsyncLane())
                await turn.take_async(lane)
                lane.failure.check(started)
                while (delay := await self._delay(scope, lane.failure)) > 0:
                    await sleep_async(delay)
            deadline_of(request).extend(time.monotonic() - started)
            if isinstance(self._inner, AsyncConnections):
                request.extensions[EXTENSION] = turn
            else:
                turn.end()
            return await self._inner.handle_async_request(request)
        finally:
            turn.end()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
        self._meter.close()

    async def _delay(self, scope: Scope, failure: _Failure) -> float:
        if not self._meter.is_remote:
            return _delay(self._meter, scope, failure)
        # In a thread: the async client of Redis works with asyncio only. What a cancelled request leaves
        # behind there is a count without a request, which exceeds no limit.
        return await anyio.to_thread.run_sync(_delay, self._meter, scope, failure, abandon_on_cancel=True)

    def _lanes_of_event_loop(self) -> dict[str, _AsyncLane]:
        key = (os.getpid(), _concurrency.current_event_loop())
        lanes = self._lanes.get(key)
        if lanes is None:
            for other in list(self._lanes):
                if other[0] != key[0] or _concurrency.is_finished(other[1]):
                    self._lanes.pop(other, None)
            lanes = self._lanes.setdefault(key, {})
        return lanes


def _delay(meter: Meter, scope: Scope, failure: _Failure) -> float:
    try:
        return meter.delay(scope)
    except LimitsUnavailableError:
        failure.note()
        raise
