"""What the pools of both worlds share: connections, when they are used again, and their errors."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from textrequest_ext._connections.routes import Route
from textrequest_ext.errors import TextRequestError

# Servers commonly close idle connections after a few seconds; httpx uses the same value.
KEEPALIVE_SECONDS = 5.0


class Connection:
    """One connection, the deadline of its request, and the two ways to send over it.

    Usually a request goes straight to the httpcore connection. If a tool has replaced methods of httpx
    or httpcore (see `interception`), it goes through httpx's transport, over the same connection.
    """

    def __init__(
        self, route: Route, origin: httpcore.Origin, backend: Any, *, is_async: bool, is_intercepted: bool
    ) -> None:
        self.origin = origin
        self.backend = backend
        self.is_intercepted = is_intercepted
        self.idle_since = 0.0
        self._is_distrusted = False
        self._pool = route.pool(origin, backend, KEEPALIVE_SECONDS, is_async=is_async)
        self._direct: Any = None if is_intercepted else self._pool.create_connection(origin)
        self._transport: Any = None
        if is_intercepted:
            transport_class: Any = httpx.AsyncHTTPTransport if is_async else httpx.HTTPTransport
            # Its own constructor would create another pool, and read all certificates for it.
            self._transport = transport_class.__new__(transport_class)
            self._transport._pool = self._pool

    def send(self, request: httpx.Request) -> httpx.Response | httpcore.Response:
        """Send the request; the stream of the response yields its body."""
        if self._direct is None:
            return self._transport.handle_request(request)  # type: ignore[no-any-return]
        return self._direct.handle_request(core_request(request))  # type: ignore[no-any-return]

    async def send_async(self, request: httpx.Request) -> httpx.Response | httpcore.Response:
        """`send` for asyncio and trio."""
        if self._direct is None:
            return await self._transport.handle_async_request(request)  # type: ignore[no-any-return]
        return await self._direct.handle_async_request(core_request(request))  # type: ignore[no-any-return]

    @property
    def _http(self) -> Any:
        """The httpcore connection, or None if there is none yet or any more."""
        return self._direct or next(iter(self._pool.connections), None)

    def is_reusable(self) -> bool:
        """Whether another request may use it, after its response was read and closed."""
        http = inner = self._http
        while (state := getattr(inner, "_h11_state", None)) is None:
            inner = getattr(inner, "_connection", None)
            if inner is None:
                return False  # what cannot be inspected is not used again
        return bool(http.is_available()) and not (state.trailing_data[0] or self._is_distrusted)

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or has received anything since."""
        http = self._http
        return http is None or self._is_distrusted or bool(http.has_expired())

    def distrust(self) -> None:
        """Close it instead of using it again: a response was not that of its request."""
        self._is_distrusted = True

    def close(self) -> None:
        """Close the socket, whatever state the connection is in."""
        if self._direct is not None:
            self._direct.close()
        self._pool.close()

    async def aclose(self) -> None:
        """`close` for asyncio and trio."""
        if self._direct is not None:
            await self._direct.aclose()
        await self._pool.aclose()


class IdleConnections:
    """Idle connections, the last used first. Safe for threads: deque operations are atomic."""

    def __init__(self) -> None:
        self._connections: deque[Connection] = deque()

    def take(
        self, origin: httpcore.Origin, *, is_intercepted: bool
    ) -> tuple[Connection | None, list[Connection]]:
        """A connection to the origin, if there is one, and the ones to close."""
        closing: list[Connection] = []
        while True:
            try:
                connection = self._connections.pop()
            except IndexError:
                return None, closing
            if (
                connection.origin == origin
                and connection.is_intercepted == is_intercepted
                and not connection.has_expired()
            ):
                return connection, closing
            closing.append(connection)

    def put(self, connection: Connection) -> list[Connection]:
        """Keep a connection; returns those that were idle for too long, to be closed."""
        connection.idle_since = time.monotonic()
        self._connections.append(connection)
        expired = []
        try:
            while self._connections[0].idle_since < connection.idle_since - KEEPALIVE_SECONDS:
                expired.append(self._connections.popleft())
        except IndexError:  # another thread took the last one
            pass
        return expired

    def clear(self) -> list[Connection]:
        """Remove and return all."""
        removed = list(self._connections)
        self._connections.clear()
        return removed


@contextmanager
def httpx_errors() -> Iterator[None]:
    """Raise errors of httpx for those of httpcore and of the layers below it."""
    try:
        yield
    except (httpx.HTTPError, TextRequestError):
        raise
    except Exception as error:
        # Both libraries use the same names. Anything else happened while the request was open.
        error_class = getattr(httpx, type(error).__name__, None)
        if not (isinstance(error_class, type) and issubclass(error_class, httpx.RequestError)):
            error_class = httpx.ReadError
        raise error_class(str(error) or type(error).__name__) from error


def origin_of(request: httpx.Request) -> httpcore.Origin:
    """The origin that a request is sent to."""
    url = request.url
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/").origin


class _Content:
    """The content of a request, for both kinds of connections.

    The async iterator is no generator: one that a cancellation interrupts would be left to the garbage
    collector, which runs it in another task, and trio warns about that.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _AsyncPieces(iter(self._pieces))


class _AsyncPieces(AsyncIterator[bytes]):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def core_request(request: httpx.Request) -> httpcore.Request:
    """The request as httpcore takes it."""
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=_Content(request.stream) if isinstance(request.stream, Iterable) else request.stream,
        extensions=request.extensions,
    )


def with_stream(
    response: httpx.Response | httpcore.Response, stream: Any, connection: Connection
) -> httpx.Response:
    """The response as one of httpx, with another body stream and a way to distrust its connection."""
    status = response.status_code if isinstance(response, httpx.Response) else response.status
    extensions = {**response.extensions, "textrequest_distrust": connection.distrust}
    return httpx.Response(status, headers=response.headers, stream=stream, extensions=extensions)
