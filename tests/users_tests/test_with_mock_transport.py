"""Tests of an integrator with httpx.MockTransport, as a transport and in an httpx client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from textrequest_ext import AsyncTextRequest, ServerError, TextRequest
from users_tests.conftest import CONTACT, CONTACT_URL, MESSAGE, MESSAGES_URL, NUMBER, RETRIES
from users_tests.reminders import remind, remind_async

WAYS: dict[str, Callable[[Any], Any]] = {
    "transport": lambda transport: TextRequest("a-key", transport=transport, retries=RETRIES),
    "http_client": lambda transport: TextRequest(
        "a-key", http_client=httpx.Client(transport=transport), retries=RETRIES
    ),
}
WAYS_ASYNC: dict[str, Callable[[Any], Any]] = {
    "transport": lambda transport: AsyncTextRequest("a-key", transport=transport, retries=RETRIES),
    "http_client": lambda transport: AsyncTextRequest(
        "a-key", http_client=httpx.AsyncClient(transport=transport), retries=RETRIES
    ),
}


class Service:
    """A handler that keeps the requests."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return httpx.Response(status, json=CONTACT if request.method == "GET" else MESSAGE)

    @property
    def urls(self) -> list[str]:
        """Of the requests as they are now, after the calls."""
        return [str(request.url) for request in self.requests]


@pytest.mark.parametrize("way", WAYS)
def test_a_reminder(way: str) -> None:
    service = Service(503)
    assert remind(WAYS[way](httpx.MockTransport(service)), NUMBER) == "m-1"
    assert service.urls == [CONTACT_URL, CONTACT_URL, MESSAGES_URL]
    assert json.loads(service.requests[2].content) == {"body": "See you tomorrow, Odette!"}
    assert service.requests[2].headers["x-api-key"] == "a-key"


@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS_ASYNC)
async def test_a_reminder_async(way: str) -> None:
    service = Service(503)
    assert await remind_async(WAYS_ASYNC[way](httpx.MockTransport(service)), NUMBER) == "m-1"
    assert service.urls == [CONTACT_URL, CONTACT_URL, MESSAGES_URL]


@pytest.mark.parametrize("way", WAYS)
def test_an_error(way: str) -> None:
    service = Service(500, 500, 500)
    with pytest.raises(ServerError) as caught:
        remind(WAYS[way](httpx.MockTransport(service)), NUMBER)
    assert service.urls == [CONTACT_URL] * 3
    assert NUMBER not in str(caught.value)


def test_an_assertion_in_the_handler_fails_the_test() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError(str(request.url))

    with pytest.raises(AssertionError, match=NUMBER):
        remind(WAYS["transport"](httpx.MockTransport(handler)), NUMBER)
