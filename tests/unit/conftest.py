"""Fixtures that run a test with the blocking client, and with the async client under asyncio and trio."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trio

from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest

KEY = "095E5113DE4142C28FB7815CC10BEB56"  # the placeholder of the published document
Handler = Callable[[httpx.Request], httpx.Response]


class ClientHarness:
    """Creates clients on a mock transport and runs their methods.

    mode: "blocking", "asyncio" or "trio". requests: every request that was sent. delays: the seconds
    between attempts, which are recorded and not slept.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.client_class: Any = TextRequest if mode == "blocking" else AsyncTextRequest
        self.requests: list[httpx.Request] = []
        self.delays: list[float] = []
        self.now = 1_700_000_000.0

    def policy(self, retries: int = 2, **options: Any) -> RetryPolicy:
        """A retry policy without jitter that records the delays."""

        async def sleep(seconds: float) -> None:
            self.delays.append(seconds)

        options = {"random": lambda: 0.0, "clock": lambda: self.now, **options}
        return RetryPolicy(retries=retries, sleep=self.delays.append, async_sleep=sleep, **options)

    def client(self, handler: Handler, **options: Any) -> Any:
        """A client whose requests are handled by `handler`."""

        def record_and_handle(request: httpx.Request) -> httpx.Response:
            # A copy with its body, because an upload is a stream that can be read once.
            self.requests.append(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            )
            return handler(request)

        options.setdefault("retries", self.policy())
        return self.client_class(KEY, transport=httpx.MockTransport(record_and_handle), **options)

    def client_returning(self, *outcomes: httpx.Response | Exception, **options: Any) -> Any:
        """A client whose requests get these responses or raise these exceptions, in this order.

        A request for which none is left fails the test.
        """
        remaining = list(outcomes)

        def handler(request: httpx.Request) -> httpx.Response:
            assert remaining, f"unexpected request: {request.method} {request.url}"
            outcome = remaining.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return self.client(handler, **options)

    def run(self, result: Any) -> Any:
        """The result of a method call; a coroutine is run to its end."""
        if not inspect.isawaitable(result):
            return result

        async def wait() -> Any:
            return await result

        return trio.run(wait) if self.mode == "trio" else asyncio.run(wait())

    def collect_pages(self, pager: Any) -> list[Any]:
        """All pages of a pager."""
        if self.mode == "blocking":
            return list(pager.pages())

        async def collect() -> list[Any]:
            return [page async for page in pager.pages()]

        return self.run(collect())

    def collect(self, pager: Any) -> list[Any]:
        """All items of a pager."""
        return self.run(pager.collect())


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def harness(request: pytest.FixtureRequest) -> ClientHarness:
    return ClientHarness(request.param)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEXTREQUEST_API_KEY", "TEXTREQUEST_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
