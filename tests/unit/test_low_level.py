"""Requests of `low_level` go straight to the transport, unless httpx has something to add to them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from textrequest_api.api.contacts import contacts_get, contacts_upsert
from textrequest_api.models import PostContactRequest
from unit.conftest import KEY, ClientHarness

NUMBER = "15555550123"
CONTACT = {"phone_number": NUMBER}


def http_of(harness: ClientHarness, client: Any) -> Any:
    low_level = client.low_level
    return low_level.get_httpx_client() if harness.mode == "blocking" else low_level.get_async_httpx_client()


def get(harness: ClientHarness, client: Any) -> Any:
    send = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    return harness.run(send(121, NUMBER, client=client.low_level))


def client_of(harness: ClientHarness, **headers: str) -> Any:
    return harness.client(lambda request: httpx.Response(200, json=CONTACT, headers=headers))


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that httpx has built."""
    built: list[str] = []
    for owner in (httpx.Client, httpx.AsyncClient):
        original: Any = owner.build_request

        def build(self: Any, *args: Any, original: Any = original, **kwargs: Any) -> httpx.Request:
            built.append(str(kwargs["url"]))
            request: httpx.Request = original(self, *args, **kwargs)
            return request

        monkeypatch.setattr(owner, "build_request", build)
    return built


def test_a_request_is_the_same_as_the_one_of_httpx(harness: ClientHarness, builds: list[str]) -> None:
    client = client_of(harness)
    body = PostContactRequest(first_name="Ada")
    send = contacts_upsert.sync if harness.mode == "blocking" else contacts_upsert.asyncio
    assert get(harness, client).phone_number == NUMBER
    harness.run(send(121, NUMBER, client=client.low_level, body=body))
    assert builds == []
    http_of(harness, client).cookies.set("seen", "1")
    get(harness, client)
    harness.run(send(121, NUMBER, client=client.low_level, body=body))
    assert len(builds) == 2
    for direct, full in zip(harness.requests[:2], harness.requests[2:], strict=True):
        assert full.headers.pop("cookie") == "seen=1"
        assert sorted(direct.headers.multi_items()) == sorted(full.headers.multi_items())
        assert (direct.method, direct.url, direct.content) == (full.method, full.url, full.content)
        assert direct.headers["x-api-key"] == KEY


CHANGES: dict[str, Callable[[Any], Any]] = {
    "header": lambda http: http.headers.update({"x-team": "sales"}),
    "cookie": lambda http: http.cookies.set("seen", "1"),
    "parameter": lambda http: setattr(http, "params", {"team": "sales"}),
    "timeout": lambda http: setattr(http, "timeout", 7.5),
    "authentication": lambda http: setattr(http, "auth", ("user", "password")),
    "base URL": lambda http: setattr(http, "base_url", "https://other.example.com"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_user_changes_is_applied(harness: ClientHarness, builds: list[str], change: str) -> None:
    timeouts = []

    def handler(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json=CONTACT)

    client = harness.client(handler)
    CHANGES[change](http_of(harness, client))
    get(harness, client)
    assert len(builds) == 1
    request = harness.requests[0]
    assert {
        "header": request.headers.get("x-team") == "sales",
        "cookie": request.headers.get("cookie") == "seen=1",
        "parameter": request.url.params.get("team") == "sales",
        "timeout": timeouts == [7.5],
        "authentication": request.headers.get("authorization", "").startswith("Basic "),
        "base URL": request.url.host == "other.example.com",
    }[change]


def test_hooks_of_httpx_are_called(harness: ClientHarness) -> None:
    seen = []

    def hook(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def hook_async(request: httpx.Request) -> None:
        seen.append(request.url.path)

    client = client_of(harness)
    get(harness, client)
    http_of(harness, client).event_hooks["request"].append(hook if harness.mode == "blocking" else hook_async)
    get(harness, client)
    assert len(seen) == 1


def test_cookies_of_a_response_are_sent_back(harness: ClientHarness) -> None:
    client = client_of(harness, **{"set-cookie": "session=5; Path=/"})
    get(harness, client)
    get(harness, client)
    assert [request.headers.get("cookie") for request in harness.requests] == [None, "session=5"]


def test_a_method_that_a_tool_has_replaced_is_called(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    owner: Any = httpx.Client if harness.mode == "blocking" else httpx.AsyncClient
    original = owner.send

    def send(self: Any, request: httpx.Request, **options: Any) -> Any:
        calls.append(request.method)
        return original(self, request, **options)

    client = client_of(harness)
    get(harness, client)
    monkeypatch.setattr(owner, "send", send)
    get(harness, client)
    assert calls == ["GET"]


def test_log_records_of_httpx_are_written(
    harness: ClientHarness, builds: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(harness)
    with caplog.at_level(logging.WARNING, httpx.__name__):
        get(harness, client)
    assert builds == []
    with caplog.at_level(logging.INFO, httpx.__name__):
        get(harness, client)
    assert len(builds) == 1
    assert [record.name for record in caplog.records].count(httpx.__name__) == 1


def test_a_request_of_the_user_is_sent_by_httpx(harness: ClientHarness, builds: list[str]) -> None:
    http = http_of(harness, client_of(harness))
    response = harness.run(http.get("/status", params={"page": 1}, follow_redirects=True))
    assert response.json() == CONTACT
    assert len(builds) == 1
    assert harness.requests[0].url.query == b"page=1"


def test_a_closed_client_is_not_used(harness: ClientHarness) -> None:
    client = client_of(harness)
    http = http_of(harness, client)
    harness.run(http.close() if harness.mode == "blocking" else http.aclose())
    with pytest.raises(RuntimeError, match="closed"):
        get(harness, client)
