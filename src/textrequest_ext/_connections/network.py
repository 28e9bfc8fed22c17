# ruff: noqa: ASYNC109 - the signatures are httpcore's
"""Sockets for httpcore that end with the deadline of a call.

httpcore limits each read and each write. A server that sends one byte at a time would keep a call
without end, so every step here also ends with the deadline of the current request.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from textrequest_ext._concurrency import runs_under_trio
from textrequest_ext._connections.deadline import UNLIMITED, Deadline
from textrequest_ext._connections.departures import departures
from textrequest_ext._connections.sockets import close_abandoned

# Pieces of a large body: a slow server is noticed between two of them.
WRITE_SIZE = 256 * 1024
# A page of 1,000 messages has 400 kB; after each read, a thread or a task waits for its turn to run. But memory of
# 128 kB and more is fetched from the system, and returned, each time: that took a tenth of a call with a short
# response. So a connection reads more at a time after it has received much.
READ_SIZE = 120 * 1024
MAX_READ_SIZE = 512 * 1024


def next_read_size(size: int, received: int) -> int:
    """How much to read next from a connection that has received so many bytes of `size`."""
    return min(size * 2, MAX_READ_SIZE) if received * 2 > size else max(size // 2, READ_SIZE)


def _limited(deadline: Deadline, timeout: float | None, error: type[Exception]) -> float | None:
    timeout = deadline.shorten(timeout)
    if timeout is not None and timeout <= 0:
        raise error("the time for the whole call is over")
    return timeout


def has_unread_data(stream: Any) -> bool:
    """Whether an idle connection has received data: a surplus response, or the end of the connection.

    The operating system, TLS and anyio each buffer data; what the socket alone reports is not enough.
    """
    if stream.get_extra_info("is_readable"):
        return True
    tls = stream.get_extra_info("ssl_object")
    if tls is not None and tls.pending():
        return True
    # The buffers of anyio's and trio's streams have no public names.
    inner = getattr(stream, "_stream", None)
    records = getattr(inner, "_read_bio", None) or getattr(inner, "_incoming", None)
    socket = getattr(inner, "transport_stream", inner)
    received = getattr(getattr(socket, "_protocol", None), "read_queue", None)
    return bool(getattr(records, "pending", 0) or received)


class LimitedStream(httpcore.NetworkStream):
    """A socket of one connection."""

    def __init__(self, stream: httpcore.NetworkStream, backend: LimitedBackend) -> None:
        self._stream = stream
        self._backend = backend
        self._read_size = READ_SIZE
        backend.stream = self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        timeout = _limited(self._backend.deadline, timeout, httpcore.ReadTimeout)
        data = self._stream.read(max(max_bytes, self._read_size), timeout)
        self._read_size = next_read_size(self._read_size, len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_SIZE):
            piece = buffer[start : start + WRITE_SIZE]
            self._stream.write(piece, _limited(self._backend.deadline, timeout, httpcore.WriteTimeout))
        if (notify := departures.notify) is not None:
            notify()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limited = _limited(self._backend.deadline, timeout, httpcore.ConnectTimeout)
        return LimitedStream(self._stream.start_tls(ssl_context, server_hostname, limited), self._backend)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return has_unread_data(self._stream)
        return self._stream.get_extra_info(info)


class LimitedBackend(httpcore.NetworkBackend):
    """Opens the socket of one connection, and holds the deadline of its current request."""

    def __init__(self) -> None:
        self.deadline = UNLIMITED
        self.stream: LimitedStream | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _limited(self.deadline, timeout, httpcore.ConnectTimeout)
        stream = httpcore.SyncBackend().connect_tcp(host, port, timeout, local_address, socket_options)
        return LimitedStream(stream, self)


class AsyncLimitedStream(httpcore.AsyncNetworkStream):
    """A socket of one connection, for asyncio and trio."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, backend: AsyncLimitedBackend) -> None:
        self._stream = stream
        self._backend = backend
        self._read_size = READ_SIZE
        backend.stream = self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        timeout = _limited(self._backend.deadline, timeout, httpcore.ReadTimeout)
        data = await self._stream.read(max(max_bytes, self._read_size), timeout)
        self._read_size = next_read_size(self._read_size, len(data))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_SIZE):
            piece = buffer[start : start + WRITE_SIZE]
            await self._stream.write(piece, _limited(self._backend.deadline, timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    def abandon(self) -> None:
        """Close the socket after its event loop has finished; there is nothing left to await."""
        inner: Any = getattr(self._stream, "_stream", None)
        transport: Any = getattr(getattr(inner, "transport_stream", inner), "_transport", None)
        close_abandoned(self._stream.get_extra_info("socket"), transport)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        limited = _limited(self._backend.deadline, timeout, httpcore.ConnectTimeout)
        stream = await self._stream.start_tls(ssl_context, server_hostname, limited)
        return AsyncLimitedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return has_unread_data(self._stream)
        return self._stream.get_extra_info(info)


class AsyncLimitedBackend(httpcore.AsyncNetworkBackend):
    """Opens the socket of one connection under asyncio or trio."""

    def __init__(self) -> None:
        self.deadline = UNLIMITED
        self.stream: AsyncLimitedStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        timeout = _limited(self.deadline, timeout, httpcore.ConnectTimeout)
        backend: Any = httpcore.TrioBackend() if runs_under_trio() else httpcore.AnyIOBackend()
        stream = await backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return AsyncLimitedStream(stream, self)
