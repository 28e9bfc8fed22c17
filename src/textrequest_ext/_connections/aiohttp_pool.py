"""The connections of one event loop of asyncio, opened by aiohttp: the extra `aiohttp`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from weakref import WeakSet

import aiohttp
import httpx
import yarl

from textrequest_ext._concurrency import runs_under_trio, shielded
from textrequest_ext._connections.aiohttp_exchange import (
    Exchange,
    Message,
    Protocol,
    close_connection,
    httpx_error,
)
from textrequest_ext._connections.deadline import Deadline
from textrequest_ext._connections.routes import Route
from textrequest_ext._connections.sockets import close_abandoned, is_readable
from textrequest_ext._connections.turns import end_turn
from textrequest_ext.errors import ConfigurationError


class AiohttpPool:
    """`AsyncPool` on a session of aiohttp."""

    def __init__(self, route: Route, max_concurrency: int) -> None:
        if runs_under_trio():
            raise ConfigurationError("transport: aiohttp runs under asyncio, not under trio")
        self._permits = asyncio.Semaphore(max_concurrency)
        self._proxy = _proxy_options(route.proxy)
        self._route = route
        self._session: aiohttp.ClientSession | None = None
        self._targets: dict[tuple[str, bytes, int | None], aiohttp.ClientRequest] = {}

    async def send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        if self._permits.locked():
            started = time.monotonic()
            await self._permits.acquire()
            deadline.extend(time.monotonic() - started)
        else:
            await self._permits.acquire()
        end_turn(request)
        try:
            message = None if self._proxy else Message.of(request)
            if message is None:
                return await self._send_by_session(request, deadline)
            return await self._send(request, message, deadline)
        except BaseException as error:
            self.release()
            if isinstance(error, Exception) and (converted := httpx_error(error)) is not error:
                raise converted from error
            raise

    async def _send(self, request: httpx.Request, message: Message, deadline: Deadline) -> httpx.Response:
        steps = request.extensions["timeout"]
        connector, target = self._connector_for(request), self._target_of(request)
        remaining = deadline.remaining()
        if remaining is not None and remaining <= 0:  # aiohttp would take it for no limit
            raise httpx.ConnectTimeout("the time for the whole call is over")
        limits = aiohttp.ClientTimeout(connect=remaining, sock_connect=steps["connect"])
        try:
            connection = await connector.connect(target, [], limits)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        exchange = Exchange(connection, self.release)
        try:
            return await exchange.send(message, steps["read"], deadline.remaining())
        except BaseException:
            exchange.discard()
            raise

    async def _send_by_session(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        steps = request.extensions["timeout"]
        response = await self._session_for(request).request(
            request.method,
            yarl.URL(str(request.url), encoded=True),
            headers=request.headers,
            data=request.content if isinstance(request.stream, httpx.ByteStream) else request.stream,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=deadline.remaining(), sock_connect=steps["connect"], sock_read=steps["read"]
            ),
            **self._proxy,
        )
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(self, response),
            extensions=_distrusting(response),
        )

    def release(self) -> None:
        """Return a permit."""
        self._permits.release()

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            # aiohttp waits until each one is closed, and one whose server does not read is never closed by itself.
            connector: Any = self._session.connector
            for transport in list(connector.transports):  # also those that wait for the goodbye of TLS
                transport.abort()
            await shielded(self._session.close())
            await asyncio.sleep(0)  # what was aborted is closed in the next step of the event loop

    def abandon(self) -> None:
        """Close what is idle after the event loop has finished."""
        session = self._session
        if session is not None:
            # aiohttp would report what is not closed to the event loop, which cannot be used any more.
            connector: Any = session.connector
            session._connector = None
            idle, connector._conns = getattr(connector, "_conns", {}), {}
            for protocol, _ in (pair for pairs in idle.values() for pair in pairs):
                transport = protocol.transport
                if transport is not None:
                    close_abandoned(transport.get_extra_info("socket"), transport)

    def _session_for(self, request: httpx.Request) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(limit=0, ssl=self._certificates_for(request)),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _certificates_for(self, request: httpx.Request) -> Any:
        # Plain http needs no certificates, and reading them takes a while.
        return self._route.certificates if request.url.scheme == "https" else True

    def _connector_for(self, request: httpx.Request) -> Any:
        """The connector of the session, which keeps the connections of both ways to send."""
        return self._session_for(request).connector

    def _target_of(self, request: httpx.Request) -> aiohttp.ClientRequest:
        """A request of aiohttp that says where to connect to; it is not sent itself."""
        url = request.url
        origin = (url.scheme, url.raw_host, url.port)
        target = self._targets.get(origin)
        if target is None:
            target = self._targets[origin] = aiohttp.ClientRequest(
                "GET", yarl.URL(str(url), encoded=True), loop=asyncio.get_running_loop()
            )
        return target


def _distrusting(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The extension that `pooled.with_stream` adds."""
    # The property `connection` is None as soon as the body has arrived.
    protocol: Any = getattr(response, "_protocol", None)
    return {} if protocol is None else {"textrequest_distrust": protocol.force_close}


def _proxy_options(proxy: httpx.Proxy | None) -> dict[str, Any]:
    if proxy is None:
        return {}
    auth = None if proxy.auth is None else aiohttp.BasicAuth(*proxy.auth)
    return {"proxy": str(proxy.url), "proxy_auth": auth, "proxy_headers": dict(proxy.headers)}


class _Connector(aiohttp.TCPConnector):
    """A connector that does not use a connection again that has received anything while it was idle."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        factory: Any = partial(Protocol, loop=self._loop)
        self._factory = factory
        self._used: WeakSet[Any] = WeakSet()
        self.transports: WeakSet[Any] = WeakSet()

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol, transport = connection.protocol, connection.transport
            if protocol is not None and transport is not None:
                if protocol not in self._used:
                    # What a new one with TLS has received are tickets for later sessions.
                    self._used.add(protocol)
                    self.transports.add(transport)
                    return connection
                if not (protocol.should_close or is_readable(transport.get_extra_info("socket"))):
                    return connection
            close_connection(connection)


class _Body(httpx.AsyncByteStream):
    """The body of a response, which holds a permit until it is closed."""

    def __init__(self, pool: AiohttpPool, response: aiohttp.ClientResponse) -> None:
        self._pool: AiohttpPool | None = pool
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self._response.content.readany():
                yield piece
        except Exception as error:
            raise httpx_error(error) from error

    def abort(self) -> None:
        """Close the connection; the iteration over the body ends with its next piece."""
        self._response.close()

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                self._response.release()  # closes the connection if the body was not read to its end
            finally:
                pool.release()
