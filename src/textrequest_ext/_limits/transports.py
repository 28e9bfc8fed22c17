"""Transports that wait until the limits permit a request. The connections are below them, retries above.

For each scope, one request at a time asks the meter and waits; the others wait for their turn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from time import sleep
from typing import Any

import anyio
import anyio.to_thread
import httpx

from textrequest_ext._concurrency import current_event_loop, is_finished
from textrequest_ext._concurrency import sleep as sleep_async
from textrequest_ext._connections.connections import AsyncConnections, Connections
from textrequest_ext._connections.deadline import UNLIMITED, deadline_of
from textrequest_ext._connections.gates import Gate
from textrequest_ext._connections.turns import EXTENSION
from textrequest_ext._limits.meters import Meter, create_meter
from textrequest_ext._limits.options import Limits
from textrequest_ext._limits.scopes import Scope, scopes_of
from textrequest_ext.errors import ConfigurationError, LimitsUnavailableError

_new_gate = partial(Gate, 1)
_new_semaphore = partial(anyio.Semaphore, 1, fast_acquire=True)


def limited(transport: Any, limits: Limits, api_key: str, *, is_async: bool) -> Any:
    """A transport over another one that keeps to the limits.

    Raises ConfigurationError if they are not a Limits, or need a package that is not installed.
    """
    if not isinstance(limits, Limits):
        raise ConfigurationError(f"limits: must be a Limits, not {type(limits).__name__}")
    return (AsyncLimitedTransport if is_async else LimitedTransport)(transport, limits, api_key)


class _Lane:
    """The requests of one scope, in the threads of this process or in one event loop.

    gate: for one request at a time.
    """

    def __init__(self, gate: Any) -> None:
        self.gate = gate
        self._failed = float("-inf")

    def check(self, started: float) -> None:
        """Raise if Redis failed since a request has begun to wait, so that not each of them asks it again."""
        if started < self._failed:
            raise LimitsUnavailableError("limits: Redis cannot be used, so the request was not sent")

    def delay(self, meter: Meter, scope: Scope) -> float:
        """`Meter.delay`, whose error ends the wait of the other requests too."""
        try:
            return meter.delay(scope)
        except LimitsUnavailableError:
            self._failed = time.monotonic()
            raise


class _Turn:
    """The turn of a request. releases: functions that let the next request of each scope go on.

    No other reference to a permit may exist: a signal handler that raises can interrupt any line, and the
    traceback of its error keeps what local variables refer to.
    """

    def __init__(self) -> None:
        self.releases: list[Callable[[], None]] = []

    def end(self) -> None:
        """Let the next requests go on."""
        while self.releases:
            self.releases.pop()()


class _Limited:
    """What both transports share."""

    def __init__(self, inner: Any, limits: Limits, api_key: str) -> None:
        self._inner = inner
        self._limits = limits
        self._meter = create_meter(limits, api_key)
        self._lanes: dict[tuple[int, Any], dict[str, _Lane]] = {}

    def _lane(self, scope: Scope, event_loop: Any, new_gate: Callable[[], Any]) -> _Lane:
        """The lane of a scope in this process and in an event loop. new_gate: creates the gate of a new one."""
        key = (os.getpid(), event_loop)
        lanes = self._lanes.get(key)
        if lanes is None:
            for other in list(self._lanes):
                if other[0] != key[0] or is_finished(other[1]):
                    self._lanes.pop(other, None)
            lanes = self._lanes.setdefault(key, {})
        return lanes.get(scope.name) or lanes.setdefault(scope.name, _Lane(new_gate()))

    def _permit(self, request: httpx.Request, turn: _Turn, started: float) -> None:
        deadline_of(request).extend(time.monotonic() - started)
        if isinstance(self._inner, Connections | AsyncConnections):
            request.extensions[EXTENSION] = turn
        else:
            turn.end()


class LimitedTransport(_Limited, httpx.BaseTransport):
    """Waits until the limits permit a request, then sends it with another transport."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, then send the request."""
        turn, started = _Turn(), time.monotonic()
        try:
            for scope in scopes_of(request, self._limits):
                lane = self._lane(scope, None, _new_gate)
                turn.releases.append(lane.gate.acquire(UNLIMITED).release)
                lane.check(started)
                while (delay := lane.delay(self._meter, scope)) > 0:
                    sleep(delay)
            self._permit(request, turn, started)
            response: httpx.Response = self._inner.handle_request(request)
            return response
        finally:
            turn.end()

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()
        self._meter.close()


class AsyncLimitedTransport(_Limited, httpx.AsyncBaseTransport):
    """`LimitedTransport` for asyncio and trio."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, then send the request."""
        turn, started = _Turn(), time.monotonic()
        try:
            for scope in scopes_of(request, self._limits):
                lane = self._lane(scope, current_event_loop(), _new_semaphore)
                await lane.gate.acquire()
                turn.releases.append(lane.gate.release)
                lane.check(started)
                while (delay := await self._delay(lane, scope)) > 0:
                    await sleep_async(delay)
            self._permit(request, turn, started)
            response: httpx.Response = await self._inner.handle_async_request(request)
            return response
        finally:
            turn.end()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
        self._meter.close()

    async def _delay(self, lane: _Lane, scope: Scope) -> float:
        if not self._meter.is_remote:
            return lane.delay(self._meter, scope)
        # In a thread: the async client of Redis works with asyncio only. What a cancelled request leaves
        # behind there is a count without a request, which exceeds no limit.
        return await anyio.to_thread.run_sync(lane.delay, self._meter, scope, abandon_on_cancel=True)
