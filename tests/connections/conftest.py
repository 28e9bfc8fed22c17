"""Clients on a raw server: blocking, and async under asyncio, with aiohttp, and under trio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio

from connections.raw_server import RawServer, Respond
from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest

KEY = "095E5113DE4142C28FB7815CC10BEB56"
NUMBER = "15555550123"
OTHER_NUMBER = "15555550124"


class Runner:
    """Runs a test function with a client in one of the three modes.

    The function takes the client and `run`, which returns the result of a method call: directly, or
    awaited inside the event loop. mode: "blocking", "asyncio", "aiohttp" or "trio".
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def __call__(self, server: RawServer, function: Callable[[Any], Awaitable[None]], **options: Any) -> None:
        options = {"api_key": KEY, "retries": RetryPolicy(retries=0), **options}
        if self.mode == "aiohttp":
            options.setdefault("transport", "aiohttp")

        async def main() -> None:
            if self.mode == "blocking":
                with TextRequest(base_url=server.url, **options) as client:
                    await function(_Awaitable(client))
            else:
                async with AsyncTextRequest(base_url=server.url, **options) as client:
                    await function(client)

        if self.mode == "trio":
            trio.run(main)
        else:
            asyncio.run(main())


class _Awaitable:
    """A blocking client whose method calls can be awaited, so that one test fits both clients."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        return (
            _Awaitable(value)
            if not callable(value) or (name.islower() and _is_resource(value))
            else _call(value)
        )


def _is_resource(value: Any) -> bool:
    return hasattr(value, "_client")


def _call(method: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return call


@pytest.fixture(params=["blocking", "asyncio", "aiohttp", "trio"])
def run(request: pytest.FixtureRequest) -> Runner:
    return Runner(request.param)


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Starts a raw server with a function that responds."""
    servers: list[RawServer] = []

    def start(respond: Respond, **options: Any) -> RawServer:
        servers.append(RawServer(respond, **options).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()
