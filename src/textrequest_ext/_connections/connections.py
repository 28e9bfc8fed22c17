"""Connections that never give a call the response of another one.

httpcore sends the requests; this module decides which connection a request uses, and when one is
used again. Each of its rules keeps a wrong response, a lost connection or a long queue away:

- A connection belongs to one process and one event loop. After a fork, and in a second event loop,
  new ones are opened.
- A connection carries one request at a time, and carries another one only if the response was read to
  its end and nothing is left in any buffer. After an error or a cancellation it is closed.
- At most `max_concurrency` requests are open at the same time. Others wait here, in order, and their
  wait is not part of any timeout.

httpcore is imported with the first request: importing it takes as long as importing httpx.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx

from textrequest_ext._concurrency import current_event_loop, is_finished
from textrequest_ext._connections.deadline import deadline_of
from textrequest_ext._connections.routes import Route
from textrequest_ext.errors import ConfigurationError

if TYPE_CHECKING:
    from textrequest_ext._connections.aiohttp_pool import AiohttpPool
    from textrequest_ext._connections.async_pool import AsyncPool
    from textrequest_ext._connections.blocking_pool import BlockingPool

    _AnyAsyncPool = AsyncPool | AiohttpPool

MAX_CONCURRENCY = 100
CLOSED = "the client is closed; create a new one"


class Connections(httpx.BaseTransport):
    """The connections of a blocking client and of its copies."""

    def __init__(self, proxy: str | None, max_concurrency: int) -> None:
        self._route = Route(proxy)
        self._max_concurrency = max_concurrency
        self._pools: dict[int, BlockingPool] = {}
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        return self._pool(request).send(request, deadline_of(request))

    def read_ahead(self) -> None:
        """Begin to read the certificates, for a request that is expected."""
        self._route.read_ahead()

    def close(self) -> None:
        """Close all connections; requests after this raise ConfigurationError."""
        self._closed = True
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    def _pool(self, request: httpx.Request) -> BlockingPool:
        if self._closed:
            raise ConfigurationError(CLOSED)
        process = os.getpid()
        pool = self._pools.get(process)
        if pool is None:
            if request.url.scheme == "https":
                self._route.read_ahead()
            from textrequest_ext._connections.blocking_pool import BlockingPool

            for parent in [key for key in list(self._pools) if key != process]:
                inherited = self._pools.pop(parent, None)
                if inherited is not None:
                    inherited.abandon()
            pool = self._pools.setdefault(process, BlockingPool(self._route, self._max_concurrency))
        return pool


class AsyncConnections(httpx.AsyncBaseTransport):
    """The connections of an async client and of its copies."""

    def __init__(self, proxy: str | None, max_concurrency: int, *, aiohttp: bool = False) -> None:
        from importlib.util import find_spec

        if aiohttp and find_spec("aiohttp") is None:
            raise ConfigurationError(
                "transport: aiohttp requires the extra aiohttp; pip install 'textrequest-ext[aiohttp]'"
            )
        self._aiohttp = aiohttp
        self._route = Route(proxy)
        self._max_concurrency = max_concurrency
        self._pools: dict[tuple[int, Any], _AnyAsyncPool] = {}
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. The response must be closed, read or not."""
        return await self._pool(request).send(request, deadline_of(request))

    def read_ahead(self) -> None:
        """Begin to read the certificates, for a request that is expected."""
        self._route.read_ahead()

    async def aclose(self) -> None:
        """Close all connections; requests after this raise ConfigurationError."""
        self._closed = True
        own = (os.getpid(), current_event_loop())
        self._forget_others(own[0])
        for key in list(self._pools):
            pool = self._pools.pop(key)
            if key == own:
                await pool.close()
            else:  # asyncio in another thread
                key[1].call_soon_threadsafe(key[1].create_task, pool.close())

    def _pool(self, request: httpx.Request) -> _AnyAsyncPool:
        if self._closed:
            raise ConfigurationError(CLOSED)
        key = (os.getpid(), current_event_loop())
        pool = self._pools.get(key)
        if pool is None:
            if request.url.scheme == "https":
                self._route.read_ahead()
            self._forget_others(key[0])
            pool = self._pools.setdefault(key, self._create_pool())
        return pool

    def _create_pool(self) -> _AnyAsyncPool:
        if self._aiohttp:
            from textrequest_ext._connections.aiohttp_pool import AiohttpPool

            return AiohttpPool(self._route, self._max_concurrency)
        from textrequest_ext._connections.async_pool import AsyncPool

        return AsyncPool(self._route, self._max_concurrency)

    def _forget_others(self, process: int) -> None:
        """Drop the pools of finished event loops, and keep those of a parent process untouched."""
        for key in list(self._pools):
            if key[0] != process:
                # The parent's event loop still uses these sockets; closing them here would tell its
                # selector, which a fork shares.
                _INHERITED.append(self._pools.pop(key))
            elif is_finished(key[1]) and (finished := self._pools.pop(key, None)) is not None:
                finished.abandon()


_INHERITED: list[_AnyAsyncPool] = []
