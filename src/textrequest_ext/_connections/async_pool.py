"""The connections of one event loop of asyncio or trio."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import anyio
import httpcore
import httpx

from textrequest_ext._concurrency import shielded
from textrequest_ext._connections.deadline import Deadline
from textrequest_ext._connections.interception import is_intercepted_async
from textrequest_ext._connections.network import AsyncLimitedBackend
from textrequest_ext._connections.pooled import (
    Connection,
    IdleConnections,
    httpx_errors,
    origin_of,
    with_stream,
)
from textrequest_ext._connections.routes import Route
from textrequest_ext._connections.turns import end_turn


class AsyncPool:
    """The connections of one event loop."""

    def __init__(self, route: Route, max_concurrency: int) -> None:
        self._route = route
        self._permits = anyio.Semaphore(max_concurrency, fast_acquire=True)
        self.idle: IdleConnections = IdleConnections()
        self.closed = False

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        exchange = AsyncExchange(self, deadline)
        try:
            return await exchange.send(request)
        except BaseException:
            await exchange.discard()
            raise

    async def permit(self, deadline: Deadline) -> None:
        """Wait until a request may be opened."""
        if self._permits.value:
            await self._permits.acquire()
            return
        started = time.monotonic()
        await self._permits.acquire()
        deadline.extend(time.monotonic() - started)

    def release(self) -> None:
        """Give a permit back."""
        self._permits.release()

    async def connection(self, origin: httpcore.Origin) -> Connection:
        """An idle connection, or a new one, which connects with its first request."""
        intercepted = is_intercepted_async()
        connection, closing = self.idle.take(origin, is_intercepted=intercepted)
        if connection is None:
            connection = Connection(
                self._route, origin, AsyncLimitedBackend(), is_async=True, is_intercepted=intercepted
            )
        if closing:
            await close_all(closing)
        return connection

    async def put(self, connection: Connection) -> None:
        """Take a connection back after its response was read."""
        closing = self.idle.put(connection) if self._keeps(connection) else [connection]
        if closing:
            await close_all(closing)

    def abandon(self) -> None:
        """Close what is idle after the event loop has finished."""
        for connection in self.idle.clear():
            if connection.backend.stream is not None:
                connection.backend.stream.abandon()

    def _keeps(self, connection: Connection) -> bool:
        return not self.closed and connection.is_reusable()

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when their response is read."""
        self.closed = True
        await close_all(self.idle.clear())


async def close_all(connections: list[Connection]) -> None:
    """Close connections; a cancellation is raised after all of them are closed."""

    async def close() -> None:
        for connection in connections:
            with suppress(Exception):  # the connection is gone in any case
                await connection.aclose()

    await shielded(close())


class AsyncExchange(httpx.AsyncByteStream):
    """One request and its response body. It owns a permit and a connection until it is closed."""

    def __init__(self, pool: AsyncPool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline
        self._connection: Connection | None = None
        self._content: Any = None
        self._open = False

    async def send(self, request: httpx.Request) -> httpx.Response:
        await self._pool.permit(self._deadline)
        self._open = True
        end_turn(request)
        with httpx_errors():
            self._connection = await self._pool.connection(origin_of(request))
            self._connection.backend.deadline = self._deadline
            response = await self._connection.send_async(request)
        self._content = response.stream
        return with_stream(response, self, self._connection)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with httpx_errors():
            async for chunk in self._content:
                yield chunk

    def abort(self) -> None:
        """End the iteration over the body with its next read from the socket."""
        if self._connection is not None:
            self._connection.backend.deadline = Deadline(0)

    async def aclose(self) -> None:
        connection = self._connection
        try:
            if connection is not None:
                with httpx_errors():
                    await self._content.aclose()
                self._connection = None
                await self._pool.put(connection)
        except BaseException:
            await self.discard()
            raise
        finally:
            self._release()

    async def discard(self) -> None:
        """Close the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                await close_all([connection])
        finally:
            self._release()

    def _release(self) -> None:
        if self._open:
            self._open = False
            self._pool.release()

    def __del__(self) -> None:
        self._release()
