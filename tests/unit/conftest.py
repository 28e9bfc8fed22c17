"""Every test of a rule runs for the blocking client, and for the other one under asyncio and trio."""

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


class World:
    """One kind of client over a scripted service, with sleeping recorded instead of done."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        self.now = 1_700_000_000.0

    def policy(self, retries: int = 2, **options: Any) -> RetryPolicy:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        options = {"random": lambda: 0.0, "clock": lambda: self.now, **options}
        return RetryPolicy(retries=retries, sleep=self.slept.append, async_sleep=sleep, **options)

    def client(self, handler: Handler, **options: Any) -> Any:
        def answer(request: httpx.Request) -> httpx.Response:
            # A copy of what matters: the request's address is masked once it is over.
            self.requests.append(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            )
            return handler(request)

        options.setdefault("retries", self.policy())
        kind = TextRequest if self.kind == "blocking" else AsyncTextRequest
        return kind(KEY, transport=httpx.MockTransport(answer), **options)

    def answering(self, *outcomes: httpx.Response | Exception, **options: Any) -> Any:
        """A client whose requests meet these outcomes in turn; one more request is a failure."""
        waiting = list(outcomes)

        def handler(request: httpx.Request) -> httpx.Response:
            assert waiting, f"one request too many: {request.method} {request.url}"
            outcome = waiting.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return self.client(handler, **options)

    def run(self, result: Any) -> Any:
        """The result of a call, awaited where the client is the other one."""
        if not inspect.isawaitable(result):
            return result

        async def wait() -> Any:
            return await result

        return trio.run(wait) if self.kind == "trio" else asyncio.run(wait())

    def pages(self, pager: Any) -> list[Any]:
        if self.kind == "blocking":
            return list(pager.pages())

        async def collect() -> list[Any]:
            return [page async for page in pager.pages()]

        return self.run(collect())

    def items(self, pager: Any) -> list[Any]:
        return self.run(pager.collect())


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEXTREQUEST_API_KEY", "TEXTREQUEST_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
