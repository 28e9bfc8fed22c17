"""One request over a connection of aiohttp, without aiohttp's session.

A session handles cookies, redirects, proxies and traces, and builds several objects for each request, which
takes longer than sending it. Most requests need none of it: they are written to a connection that aiohttp's
connector has opened, and its parser reads the response.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from textrequest_ext.errors import TextRequestError

# A longer body can take a while to send, which is not part of the time in which the server must respond.
MAX_BODY = 64 * 1024
# The parser stops to read from the socket while twice as much waits to be taken.
READ_SIZE = 256 * 1024
# Messages of these statuses precede the response.
_INFORMATIONAL = range(100, 200)
_SWITCHING_PROTOCOLS = 101


class Message:
    """The bytes of a request. Their API key is not in the repr: tools record the local variables of errors."""

    __slots__ = ("data", "is_valid")

    def __init__(self, request: httpx.Request) -> None:
        fields = request.headers.raw
        lines = [b"%b: %b\r\n" % field for field in fields]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method.encode(), request.url.raw_path, b"".join(lines))
        self.is_valid = head.count(b"\n") == head.count(b"\r") == len(fields) + 2
        self.data = head + request.content

    @classmethod
    def of(cls, request: httpx.Request) -> Message | None:
        """The message of a request, or None if a session must send it."""
        if (
            request.method == "HEAD"
            or type(request.stream) is not httpx.ByteStream
            or len(request.content) > MAX_BODY
            or "transfer-encoding" in request.headers
        ):
            return None
        message = cls(request)
        if not message.is_valid:
            raise httpx.LocalProtocolError("a header contains a line break")
        return message


class Protocol(ResponseHandler):
    """The protocol of aiohttp, without two ways in which the wait for a response never ends."""

    _is_interim = False

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Queue the head of a response."""
        self._is_interim = data[0].code in _INFORMATIONAL and data[0].code != _SWITCHING_PROTOCOLS
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Parse what the server has sent."""
        super().data_received(data)
        if self._is_interim:  # aiohttp takes it for a response that is complete, and ends the timeout
            self.start_timeout()

    def set_exception(self, exc: BaseException, *args: Any, **options: Any) -> None:
        """Raise an error where the response is awaited; aiohttp does not where its body is, if it cannot be parsed."""
        super().set_exception(exc, *args, **options)
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(exc)


def close_connection(connection: Any) -> None:
    """Close a connection of aiohttp immediately: the event loop may end before TLS has said goodbye."""
    transport = connection.transport
    connection.close()
    if transport is not None:
        transport.abort()


class Exchange(httpx.AsyncByteStream, AsyncIterator[bytes]):
    """A request on a connection, and the body of its response. It must be closed or discarded.

    release: called when it is closed.
    """

    def __init__(self, connection: Any, release: Callable[[], None]) -> None:
        self._connection = connection
        self._protocol = connection.protocol
        self._release = release
        self._payload: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = True

    async def send(
        self, message: Message, read_timeout: float | None, remaining: float | None
    ) -> httpx.Response:
        """Send the request, and return the response when its head has arrived.

        read_timeout: seconds for each read. remaining: seconds for the whole call.
        """
        protocol = self._protocol
        if remaining is not None:
            # A server that sends one byte at a time would keep a call without end.
            self._timer = asyncio.get_running_loop().call_later(remaining, self._expire)
        protocol.set_response_params(
            read_until_eof=True, auto_decompress=False, read_timeout=read_timeout, read_bufsize=READ_SIZE
        )
        if not protocol.is_connected():
            raise httpx.WriteError("the connection was closed")
        protocol.transport.write(message.data)
        protocol.start_timeout()
        while True:
            head, self._payload = await protocol.read()
            if head.code not in _INFORMATIONAL or head.code == _SWITCHING_PROTOCOLS:
                return httpx.Response(
                    head.code,
                    headers=head.raw_headers,
                    stream=self,
                    # As `pooled.with_stream` adds it.
                    extensions={"textrequest_distrust": protocol.force_close},
                )

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece: bytes = await self._payload.readany()
        except Exception as error:
            raise httpx_error(error) from error
        if not piece:
            raise StopAsyncIteration
        return piece

    def _expire(self) -> None:
        error = TimeoutError("the time for the whole call is over")
        self._protocol.set_exception(error)
        if self._payload is not None:
            self._payload.set_exception(error)

    def abort(self) -> None:
        """Close the connection; the iteration over the body ends with its next piece."""
        if self._payload is not None:
            self._payload.set_exception(aiohttp.ClientConnectionError("the body is not read to its end"))
        close_connection(self._connection)

    def discard(self) -> None:
        """Close the connection, whatever state it is in, without releasing the exchange."""
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
        close_connection(self._connection)

    async def aclose(self) -> None:
        """Return the connection, or close it if the response was not read to its end."""
        if self._is_open:
            self._is_open = False
            if self._timer is not None:
                self._timer.cancel()
            try:
                self._connection.release()
            finally:
                self._release()


# Errors from before a connection exists. Every other one may come after the request was sent.
_NOT_CONNECTED: tuple[type[Exception], ...] = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def httpx_error(error: Exception) -> Exception:
    """The error of httpx for one of aiohttp, which says whether the request may have been sent."""
    if isinstance(error, httpx.HTTPError | TextRequestError):
        return error
    # The frames of aiohttp hold the headers, and so the API key: tools record local variables.
    error.__traceback__ = None
    text = str(error)
    if isinstance(error, _NOT_CONNECTED):
        return (httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError)(text)
    if isinstance(error, TimeoutError):  # of aiohttp too
        return httpx.ReadTimeout(text)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError | HttpProcessingError):
        return httpx.RemoteProtocolError(text)
    return httpx.ReadError(text or type(error).__name__)
