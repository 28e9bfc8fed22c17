"""Hooks, default headers, an httpx client of the user's, and what is logged."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from textrequest_api.api.contacts import contacts_get
from textrequest_ext import (
    AsyncTextRequest,
    ConfigurationError,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    ServerError,
    TextRequest,
)
from unit.conftest import KEY, ClientHarness

NUMBER = "15555550123"
CONTACT = {"phone_number": NUMBER}
PATH = "/dashboards/{dashboard_id}/contacts/{phone_number}"


def recorder(harness: ClientHarness, events: list[Any]) -> dict[str, Any]:
    """The three hooks; the async clients get coroutine functions."""

    async def record_async(event: Any) -> None:
        events.append(event)

    hook = events.append if harness.mode == "blocking" else record_async
    return {"on_request": hook, "on_response": hook, "on_retry": hook}


def test_hooks_are_called_in_order(harness: ClientHarness) -> None:
    events: list[Any] = []
    client = harness.client_returning(
        httpx.ConnectError("refused"),
        httpx.Response(503),
        httpx.Response(200, json=CONTACT, headers={"X-Request-Id": "r"}),
        **recorder(harness, events),
    )
    harness.run(client.contacts.get(121, NUMBER))
    assert [type(event) for event in events] == [
        *(RequestEvent, RetryEvent),
        *(RequestEvent, ResponseEvent, RetryEvent),
        *(RequestEvent, ResponseEvent),
    ]
    assert [event.attempt for event in events] == [1, 1, 2, 2, 2, 3, 3]
    assert {(event.method, event.path, event.operation) for event in events} == {
        ("GET", PATH, "contacts_get")
    }
    assert [(e.delay, e.reason) for e in events if isinstance(e, RetryEvent)] == [
        (0.5, "ConnectError"),
        (1, "503"),
    ]
    responses = [event for event in events if isinstance(event, ResponseEvent)]
    assert [(event.status_code, event.request_id) for event in responses] == [(503, None), (200, "r")]
    assert all(event.elapsed >= 0 for event in responses)
    assert NUMBER not in repr(events)


def test_hooks_see_the_last_error_too(harness: ClientHarness) -> None:
    events: list[Any] = []
    client = harness.client_returning(httpx.Response(500), retries=0, **recorder(harness, events))
    with pytest.raises(ServerError):
        harness.run(client.contacts.get(121, NUMBER))
    assert [type(event) for event in events] == [RequestEvent, ResponseEvent]


def test_low_level_calls_and_copies_have_the_hooks(harness: ClientHarness) -> None:
    events: list[Any] = []
    client = harness.client(lambda request: httpx.Response(200, json=CONTACT), **recorder(harness, events))
    send = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    harness.run(send(121, NUMBER, client=client.low_level))
    harness.run(client.with_options(timeout=3).contacts.get(121, NUMBER))
    assert len(events) == 4


def test_the_error_of_a_hook_changes_nothing(
    harness: ClientHarness, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any) -> None:
        raise ValueError("a bug in the hook")

    async def fail_async(event: Any) -> None:
        raise ValueError("a bug in the hook")

    hooks = {"on_request": fail, "on_response": fail if harness.mode == "blocking" else fail_async}
    client = harness.client(lambda request: httpx.Response(200, json=CONTACT), **hooks)
    assert harness.run(client.contacts.get(121, NUMBER)).phone_number == NUMBER
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        "a hook for RequestEvent raised an error",
        "a hook for ResponseEvent raised an error",
    ]


async def _coroutine_function(event: Any) -> None: ...


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_an_invalid_hook_is_named(name: str) -> None:
    options: Any = {name: 5}
    for client_class in (TextRequest, AsyncTextRequest):
        with pytest.raises(ConfigurationError, match=f"{name}: must be a function"):
            client_class(KEY, **options)
    options = {name: _coroutine_function}
    with pytest.raises(ConfigurationError, match=f"{name}: must not be a coroutine function"):
        TextRequest(KEY, **options)


# --- Headers -----------------------------------------------------------------------------------------


def test_default_headers(harness: ClientHarness) -> None:
    headers = {"X-Team": "sales", "User-Agent": "ours/1", "X-Api-Key": "another"}
    client = harness.client(lambda request: httpx.Response(200, json=CONTACT), default_headers=headers)
    harness.run(client.contacts.get(121, NUMBER, extra_headers={"X-Team": "support"}))
    send = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    harness.run(send(121, NUMBER, client=client.low_level))
    direct, low_level = (request.headers for request in harness.requests)
    assert (direct["x-team"], low_level["x-team"]) == ("support", "sales")
    assert direct["user-agent"] == low_level["user-agent"] == "ours/1"
    assert direct.get_list("x-api-key") == low_level.get_list("x-api-key") == [KEY]
    assert dict(direct, **{"x-team": ""}) == dict(low_level, **{"x-team": ""})


@pytest.mark.parametrize(
    "headers", [{"X-A": "b\r\nX-Evil: 1"}, {"X A": "b"}, {"X-A": "\ud800"}, {"X-A": 5}, "X-A: b"]
)
def test_default_headers_that_cannot_be_sent(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match="default_headers"):
        TextRequest(KEY, default_headers=headers)


# --- An httpx client of the user's -------------------------------------------------------------------


def test_an_httpx_client(harness: ClientHarness) -> None:
    seen: list[str] = []
    responses = iter([httpx.Response(503), httpx.Response(302, headers={"location": "/"})])

    def handler(request: httpx.Request) -> httpx.Response:
        return next(responses, httpx.Response(200, json=CONTACT))

    async def hook(request: httpx.Request) -> None:
        seen.append(str(request.url))

    is_async = harness.mode != "blocking"
    http_class: Any = httpx.AsyncClient if is_async else httpx.Client
    http_client = http_class(
        transport=httpx.MockTransport(handler),
        event_hooks={"request": [hook if is_async else lambda request: seen.append(str(request.url))]},
        follow_redirects=True,
    )
    client = harness.client_class(KEY, http_client=http_client, retries=harness.policy())
    with pytest.raises(Exception, match="status 302"):
        harness.run(client.contacts.get(121, NUMBER))
    assert harness.run(client.contacts.get(121, NUMBER)).phone_number == NUMBER
    assert seen == [f"https://api.textrequest.com/api/v3/dashboards/121/contacts/{NUMBER}"] * 3
    harness.run(client.aclose() if is_async else client.close())
    assert not http_client.is_closed
    with pytest.raises(ConfigurationError, match="the client is closed"):
        harness.run(client.contacts.get(121, NUMBER))


def test_a_closed_httpx_client_is_a_configuration_error() -> None:
    http_client = httpx.Client()
    http_client.close()
    with (
        TextRequest(KEY, http_client=http_client) as client,
        pytest.raises(ConfigurationError, match="http_client"),
    ):
        client.contacts.get(121, NUMBER)


def test_a_closed_async_httpx_client_is_a_configuration_error() -> None:
    async def main() -> None:
        http_client = httpx.AsyncClient()
        await http_client.aclose()
        async with AsyncTextRequest(KEY, http_client=http_client) as client:
            with pytest.raises(ConfigurationError, match="http_client"):
                await client.contacts.get(121, NUMBER)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("client_class", "value"),
    [
        (TextRequest, httpx.AsyncClient()),
        (AsyncTextRequest, httpx.Client()),
        (TextRequest, "http"),
        (TextRequest, httpx),
    ],
)
def test_an_http_client_of_the_wrong_type(client_class: Any, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="http_client: must be an httpx"):
        client_class(KEY, http_client=value)


def test_an_http_client_excludes_a_transport() -> None:
    with pytest.raises(ConfigurationError, match="http_client: cannot be combined with transport"):
        TextRequest(
            KEY, http_client=httpx.Client(), transport=httpx.MockTransport(lambda r: httpx.Response(200))
        )


# --- Logs --------------------------------------------------------------------------------------------


def test_the_log_is_masked_and_the_request_is_not(
    harness: ClientHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=CONTACT)

    client = harness.client_class(KEY, transport=httpx.MockTransport(handler))
    send = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    harness.run(client.contacts.get(121, NUMBER))
    harness.run(send(121, NUMBER, client=client.low_level))
    assert [request.url.path for request in sent] == [f"/api/v3/dashboards/121/contacts/{NUMBER}"] * 2
    assert NUMBER not in "".join(record.getMessage() for record in caplog.records)
    assert any(record.name == httpx.__name__ for record in caplog.records)


@pytest.mark.parametrize(("level", "lines"), [("info", 1), ("debug", 2), ("", 0), ("nonsense", 0)])
def test_the_environment_turns_logging_on(level: str, lines: int) -> None:
    script = (
        "import httpx, textrequest_ext as t; outcomes = [httpx.Response(503), httpx.Response(204)];"
        "p = t.RetryPolicy(sleep=lambda s: None); m = httpx.MockTransport(lambda r: outcomes.pop(0));"
        f"t.TextRequest('{KEY}', transport=m, retries=p).contacts.get(121, '{NUMBER}')"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TEXTREQUEST_LOG": level},
    )
    assert len(result.stderr.splitlines()) == lines
    assert NUMBER not in result.stderr
    assert KEY not in result.stderr


def test_other_log_records_of_httpx_are_written_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert TextRequest(KEY).low_level is not None  # adds the filter
    logging.getLogger(httpx.__name__).info(
        "%(n)s of %(all)s", {"n": NUMBER, "all": "https://example.com/?q=1"}
    )
    assert caplog.messages == [f"{NUMBER} of https://example.com/?q=1"]
