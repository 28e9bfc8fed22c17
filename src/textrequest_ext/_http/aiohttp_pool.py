"""The connections of one event loop of asyncio, opened by aiohttp: the extra `aiohttp`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from textrequest_ext._concurrency import runs_under_trio, shielded
from textrequest_ext._http.deadline import Deadline
from textrequest_ext._http.routes import Route
from textrequest_ext._http.sockets import close_abandoned, is_readable
from textrequest_ext.errors import ConfigurationError, TextRequestError

# aiohttp's errors of the time before a connection exists. All others may come after a request was sent,
# whatever httpx-aiohttp calls them.
_NOT_CONNECTED: tuple[type[Exception], ...] = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class AiohttpPool:
    """`AsyncPool` on a session of aiohttp."""

    def __init__(self, route: Route, max_concurrency: int) -> None:
        if runs_under_trio():
            raise ConfigurationError("transport: aiohttp runs under asyncio, not under trio")
        self._route = route
        self._permits = asyncio.Semaphore(max_concurrency)
        self._transport: AiohttpTransport | None = None

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        started = time.monotonic()
        await self._permits.acquire()
        deadline.extend(time.monotonic() - started)
        stream = _Body(self, deadline)
        try:
            with _httpx_errors():
                async with asyncio.timeout(deadline.remaining()):
                    response = await self._transport_for(request).handle_async_request(request)
            stream.content = response.stream
            response.stream = stream
            return response
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Return a permit."""
        self._permits.release()

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await shielded(self._transport.aclose())

    def abandon(self) -> None:
        """Close what is idle after the event loop has finished."""
        session = None if self._transport is None else self._transport.client
        if isinstance(session, aiohttp.ClientSession) and session.connector is not None:
            # aiohttp would report what is not closed to the event loop, which cannot be used any more.
            connector: Any = session.connector
            session._connector = None
            idle, connector._conns = getattr(connector, "_conns", {}), {}
            for protocol, _ in (pair for pairs in idle.values() for pair in pairs):
                transport = protocol.transport
                if transport is not None:
                    close_abandoned(transport.get_extra_info("socket"), transport)

    def _transport_for(self, request: httpx.Request) -> AiohttpTransport:
        if self._transport is None:
            # A context without certificates trusts nobody, and plain http does not need them.
            https = request.url.scheme == "https"
            context = self._route.certificates if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            connector = _Connector(limit=0, ssl=context)
            session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            self._transport = AiohttpTransport(verify=context, client=session, proxy=self._route.proxy)
        return self._transport


class _Connector(aiohttp.TCPConnector):
    """A connector that does not use a connection again that has received anything while it was idle."""

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol, transport = connection.protocol, connection.transport
            if protocol is not None and transport is not None:
                unread = protocol.should_close or is_readable(transport.get_extra_info("socket"))
                if not unread:
                    return connection
            connection.close()


class _Body(httpx.AsyncByteStream):
    """The body of a response, read until the deadline."""

    def __init__(self, pool: AiohttpPool, deadline: Deadline) -> None:
        self._pool: AiohttpPool | None = pool
        self._deadline = deadline
        self.content: Any = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = aiter(self.content)
        while True:
            with _httpx_errors():
                try:
                    async with asyncio.timeout(self._deadline.remaining()):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
            yield piece

    def abort(self) -> None:
        """End the iteration over the body with its next piece."""
        self._deadline = Deadline(0)

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await self.content.aclose()
            finally:
                pool.release()


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Raise the errors of httpx that say whether the request may have been sent."""
    try:
        yield
    except TextRequestError:
        raise
    except TimeoutError as error:
        raise httpx.ReadTimeout("the time for the whole call is over") from error
    except Exception as error:
        cause = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
        if isinstance(cause, _NOT_CONNECTED):
            timed_out = isinstance(cause, aiohttp.ConnectionTimeoutError)
            raise (httpx.ConnectTimeout if timed_out else httpx.ConnectError)(str(error)) from error
        if isinstance(cause, aiohttp.ServerTimeoutError | TimeoutError):
            raise httpx.ReadTimeout(str(error)) from error
        if isinstance(cause, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
            raise httpx.RemoteProtocolError(str(error)) from error
        raise httpx.ReadError(str(error) or type(cause).__name__) from error
