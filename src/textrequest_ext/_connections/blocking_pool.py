"""The connections of one process, used by any number of threads."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

from textrequest_ext._connections.deadline import Deadline
from textrequest_ext._connections.gates import Gate
from textrequest_ext._connections.interception import is_intercepted
from textrequest_ext._connections.network import LimitedBackend
from textrequest_ext._connections.pooled import (
    Connection,
    IdleConnections,
    httpx_errors,
    origin_of,
    with_stream,
)
from textrequest_ext._connections.routes import Route
from textrequest_ext._connections.turns import end_turn


class BlockingPool:
    """The connections of one process."""

    def __init__(self, route: Route, max_concurrency: int) -> None:
        self._route = route
        self.gate = Gate(max_concurrency)
        self.idle: IdleConnections = IdleConnections()
        self.all: weakref.WeakSet[Connection] = weakref.WeakSet()
        self.closed = False

    def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        exchange = Exchange(self, deadline)
        try:
            return exchange.send(request)
        except BaseException:
            exchange.discard()
            raise

    def connection(self, origin: httpcore.Origin) -> Connection:
        """An idle connection, or a new one, which connects with its first request."""
        intercepted = is_intercepted()
        connection, closing = self.idle.take(origin, is_intercepted=intercepted)
        for expired in closing:
            expired.close()
        if connection is None:
            connection = Connection(
                self._route, origin, LimitedBackend(), is_async=False, is_intercepted=intercepted
            )
            self.all.add(connection)
        return connection

    def put(self, connection: Connection) -> None:
        """Take a connection back after its response was read."""
        if self.closed or not connection.is_reusable():
            connection.close()
            return
        for expired in self.idle.put(connection):
            expired.close()

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their response is read."""
        self.closed = True
        for connection in self.idle.clear():
            connection.close()

    def abandon(self) -> None:
        """Close what a fork inherited, silently for the server and without any lock."""
        for connection in list(self.all):
            if connection.backend.stream is not None:
                connection.backend.stream.close()


class Exchange(httpx.SyncByteStream):
    """One request and its response body. It owns a permit and a connection until it is closed."""

    def __init__(self, pool: BlockingPool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline
        self._permit = pool.gate.acquire(deadline)
        self._connection: Connection | None = None
        self._content: Any = None

    def send(self, request: httpx.Request) -> httpx.Response:
        end_turn(request)
        with httpx_errors():
            self._connection = self._pool.connection(origin_of(request))
            self._connection.backend.deadline = self._deadline
            response = self._connection.send(request)
        self._content = response.stream
        return with_stream(response, self, self._connection)

    def __iter__(self) -> Iterator[bytes]:
        with httpx_errors():
            yield from self._content

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                with httpx_errors():
                    self._content.close()
            except BaseException:
                connection.close()
                raise
            self._pool.put(connection)
        self._permit.release()

    def discard(self) -> None:
        """Close the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._permit.release()

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.discard()
