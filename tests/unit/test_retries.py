"""Which requests are retried after which failures, and the delays between the attempts."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from textrequest_api.models import UpdateContactRequest
from textrequest_ext import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    RateLimitError,
    RetryPolicy,
    SendOutcomeUnknownError,
    ServerError,
    UnexpectedResponseError,
)
from unit.conftest import ClientHarness

OK = {"message_id": "m", "status": "sending", "phone_number": "15555550123", "id": 1, "payment_id": 4}
CALLS: dict[str, Any] = {
    "GET": lambda client: client.contacts.get(121, "5555550123"),
    "PUT": lambda client: client.conversations.archive(121, "5555550123"),
    "DELETE": lambda client: client.contacts.delete(121, "5555550123"),
    "POST upsert": lambda client: client.contacts.upsert(121, "5555550123", first_name="Ann"),
    "POST bulk update": lambda client: client.contacts.bulk_update(
        121, body=[UpdateContactRequest(phone_number="15555550123")]
    ),
    "POST set enabled": lambda client: client.payments.set_enabled(121, active=True),
    "POST send": lambda client: client.messages.send("5555550100", "5555550123", "Hello"),
    "POST send to contact": lambda client: client.messages.send_to_contact(121, "5555550123", "Hello"),
    "POST payment": lambda client: client.payments.create(
        121, description="Job", customer_phone="5555550123", amount_requested=1.5
    ),
    "POST reminder": lambda client: client.payments.send_reminder(121, 4),
    "POST create": lambda client: client.groups.create(121, name="Employees"),
    "PATCH": lambda client: client.contacts.update(121, "5555550123", group=1, add_group_to_contact=True),
}
IDEMPOTENT = {"GET", "PUT", "DELETE", "POST upsert", "POST bulk update", "POST set enabled"}
TEXTS_A_PERSON = {"POST send", "POST send to contact", "POST payment", "POST reminder"}
FAILURES: dict[str, Any] = {
    "408": lambda: httpx.Response(408),
    "429": lambda: httpx.Response(429),
    "500": lambda: httpx.Response(500),
    "502": lambda: httpx.Response(502),
    "503": lambda: httpx.Response(503),
    "504": lambda: httpx.Response(504),
    "connect": lambda: httpx.ConnectError("refused"),
    "connect timeout": lambda: httpx.ConnectTimeout("slow"),
    "pool timeout": lambda: httpx.PoolTimeout("full"),
    "read timeout": lambda: httpx.ReadTimeout("slow"),
    "read": lambda: httpx.ReadError("reset"),
    "write": lambda: httpx.WriteError("reset"),
    "protocol": lambda: httpx.RemoteProtocolError("closed"),
}
NOT_PROCESSED = {"429", "connect", "connect timeout", "pool timeout"}
NOT_RETRIED_STATUSES = (400, 401, 403, 404, 409, 418, 501, 520, 301, 302)


def success_of(call: str) -> httpx.Response:
    return httpx.Response(200, json=[OK] if call == "POST bulk update" else OK)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("call", CALLS)
def test_only_safe_requests_are_retried(harness: ClientHarness, call: str, failure: str) -> None:
    client = harness.client_returning(FAILURES[failure](), success_of(call))
    if call in IDEMPOTENT or failure in NOT_PROCESSED:
        harness.run(CALLS[call](client))
        assert len(harness.requests) == 2
        assert harness.delays == [1.0 if failure == "429" else 0.5]
        return
    with pytest.raises((APIStatusError, APIConnectionError)) as caught:
        harness.run(CALLS[call](client))
    assert len(harness.requests) == 1
    assert harness.delays == []
    assert caught.value.attempts == 1
    assert isinstance(caught.value, SendOutcomeUnknownError) == (call in TEXTS_A_PERSON)


def test_send_is_not_retried_after_a_read_timeout(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.ReadTimeout("slow"), retries=harness.policy(retries=10))
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.run(client.messages.send("5555550100", "5555550123", "Hello"))
    assert len(harness.requests) == 1
    assert isinstance(caught.value, APITimeoutError)
    assert "not sent again" in str(caught.value)


def test_low_level_send_is_not_retried_after_a_server_error(harness: ClientHarness) -> None:
    from textrequest_api.api.messages import messages_send
    from textrequest_api.models import PostMessageRequest

    client = harness.client_returning(httpx.Response(503), retries=harness.policy(retries=10))
    body = PostMessageRequest(from_="15555550100", to="15555550123", body="Hello")
    function = messages_send.sync if harness.mode == "blocking" else messages_send.asyncio
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.run(function(client=client.low_level, body=body))
    assert isinstance(caught.value, ServerError)
    assert len(harness.requests) == 1


def test_low_level_request_is_retried(harness: ClientHarness) -> None:
    from textrequest_api.api.contacts import contacts_get

    client = harness.client_returning(httpx.Response(503), httpx.Response(200, json=OK))
    function = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    contact = harness.run(function(121, "15555550123", client=client.low_level))
    assert contact.phone_number == "15555550123"
    assert len(harness.requests) == 2


@pytest.mark.parametrize("status", NOT_RETRIED_STATUSES)
def test_other_statuses_are_not_retried(harness: ClientHarness, status: int) -> None:
    with pytest.raises(APIStatusError) as caught:
        harness.run(harness.client_returning(httpx.Response(status)).contacts.get(121, "5555550123"))
    assert caught.value.status_code == status
    assert len(harness.requests) == 1


def test_delays_double_up_to_the_longest_delay(harness: ClientHarness) -> None:
    responses = [httpx.Response(503) for _ in range(7)]
    with pytest.raises(ServerError) as caught:
        harness.run(
            harness.client_returning(*responses, retries=harness.policy(retries=6)).contacts.get(
                121, "5555550123"
            )
        )
    assert harness.delays == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert caught.value.attempts == 7
    assert RetryPolicy(random=lambda: 1.0).delay(1) == 0.375


@pytest.mark.parametrize(
    ("headers", "delays"),
    [
        ({"retry-after": "3"}, [3.0]),
        ({"retry-after": "0"}, [0.1]),  # the shortest delay
        ({"retry-after": "1.5"}, [1.5]),
        ({"retry-after-ms": "250", "retry-after": "9"}, [0.25]),
        ({"retry-after-ms": "soon", "retry-after": "2"}, [2.0]),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:25 GMT"}, [5.0]),  # five seconds after the test's clock
        ({"retry-after": "Tue Nov 14 22:13:25 2023"}, [5.0]),  # asctime: UTC
        ({"retry-after": "Tue, 14 Nov 2023 22:13:25 -0000"}, [5.0]),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, [1.0]),  # in the past
        ({"retry-after": "-4"}, [1.0]),
        ({"retry-after": "nan"}, [1.0]),
        ({"retry-after": "soon"}, [1.0]),
        ({"retry-after": ""}, [1.0]),
        ({"retry-after": "60"}, [60.0]),
    ],
)
def test_retry_after_header(harness: ClientHarness, headers: dict[str, str], delays: list[float]) -> None:
    client = harness.client_returning(httpx.Response(429, headers=headers), httpx.Response(200, json=OK))
    harness.run(client.contacts.get(121, "5555550123"))
    assert harness.delays == delays


def test_retry_after_dates_are_utc_in_every_time_zone(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Denver")
    time.tzset()
    try:
        test_retry_after_header(harness, {"retry-after": "Tue Nov 14 22:13:25 2023"}, [5.0])
    finally:
        monkeypatch.undo()
        time.tzset()


def test_retries_during_an_outage_are_limited(harness: ClientHarness) -> None:
    client = harness.client(lambda request: httpx.Response(503))
    for _ in range(200):
        with pytest.raises(ServerError):
            harness.run(client.contacts.get(121, "5555550123"))
    assert len(harness.requests) == 200 + 500 // 14


def test_successes_refill_the_retry_budget(harness: ClientHarness) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if len(harness.requests) % 2 else httpx.Response(200, json=OK)

    client = harness.client(handler, retries=harness.policy(budget=14))
    for _ in range(20):
        harness.run(client.contacts.get(121, "5555550123"))
    assert len(harness.requests) == 40


def test_copies_share_the_retry_budget(harness: ClientHarness) -> None:
    client = harness.client(lambda request: httpx.Response(503), retries=harness.policy(budget=14))
    for caller in (client, client.with_options(timeout=3)):
        with pytest.raises(ServerError):
            harness.run(caller.contacts.get(121, "5555550123"))
    assert len(harness.requests) == 3


@pytest.mark.parametrize("budget", [-1, True, "500", 1.5])
def test_invalid_retry_budget(budget: Any) -> None:
    with pytest.raises(ConfigurationError, match="budget"):
        RetryPolicy(budget=budget)


@pytest.mark.parametrize(
    ("value", "retry_after"), [("61", 61.0), ("1e400", float("inf")), ("inf", float("inf"))]
)
def test_retry_after_over_the_limit_raises_immediately(
    harness: ClientHarness, value: str, retry_after: float
) -> None:
    client = harness.client_returning(httpx.Response(429, headers={"retry-after": value}))
    with pytest.raises(RateLimitError) as caught:
        harness.run(client.contacts.get(121, "5555550123"))
    assert caught.value.retry_after == retry_after
    assert harness.delays == []


def test_request_is_retried_if_the_response_body_is_incomplete(harness: ClientHarness) -> None:
    class BrokenStream(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            yield b'{"phone'
            raise httpx.ReadError("reset")

        async def __aiter__(self) -> Any:
            yield b'{"phone'
            raise httpx.ReadError("reset")

    client = harness.client_returning(
        httpx.Response(200, stream=BrokenStream()), httpx.Response(200, json=OK)
    )
    assert harness.run(client.contacts.get(121, "5555550123")).phone_number == "15555550123"
    client = harness.client_returning(httpx.Response(200, stream=BrokenStream()))
    with pytest.raises(SendOutcomeUnknownError):
        harness.run(client.messages.send("5555550100", "5555550123", "Hello"))


def test_response_is_closed_before_the_retry(harness: ClientHarness) -> None:
    closed: list[str] = []

    class RecordingStream(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            yield b""

        async def __aiter__(self) -> Any:
            yield b""

        def close(self) -> None:
            closed.append("closed")

        async def aclose(self) -> None:
            closed.append("closed")

    def handler(request: httpx.Request) -> httpx.Response:
        if len(harness.requests) == 1:
            return httpx.Response(503, stream=RecordingStream())
        assert closed, "the first response was still open"
        return httpx.Response(200, json=OK)

    harness.run(harness.client(handler).contacts.get(121, "5555550123"))
    assert len(harness.requests) == 2


def test_request_with_a_streamed_body_is_not_retried(harness: ClientHarness) -> None:
    def chunks() -> Any:
        yield b"{}"

    async def async_chunks() -> Any:
        yield b"{}"

    content = chunks() if harness.mode == "blocking" else async_chunks()
    low_level = harness.client_returning(httpx.Response(429)).low_level
    http = low_level.get_httpx_client() if harness.mode == "blocking" else low_level.get_async_httpx_client()
    with pytest.raises(RateLimitError):
        harness.run(http.post("/messages", content=content))
    assert len(harness.requests) == 1


def test_retry_is_logged_with_the_path_template(
    harness: ClientHarness, caplog: pytest.LogCaptureFixture
) -> None:
    client = harness.client_returning(httpx.Response(503), httpx.Response(200, json=OK))
    with caplog.at_level(logging.DEBUG, "textrequest_ext"):
        harness.run(client.contacts.get(121, "5555550123"))
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    path = "GET /dashboards/{dashboard_id}/contacts/{phone_number}"
    assert lines == [("DEBUG", f"retry 1/2 in 0.50 s: {path}: 503"), ("INFO", f"{path}: status 200")]


@pytest.mark.parametrize("retries", [-1, 1.5, None, "2", True])
def test_invalid_number_of_retries_raises(retries: Any) -> None:
    with pytest.raises(ConfigurationError, match="retries"):
        RetryPolicy.of(retries)


def test_zero_retries_disables_retries(harness: ClientHarness) -> None:
    with pytest.raises(ServerError):
        harness.run(harness.client_returning(httpx.Response(503), retries=0).contacts.get(121, "5555550123"))
    assert len(harness.requests) == 1


def test_delay_between_attempts_can_be_cancelled() -> None:
    import asyncio

    from textrequest_ext import AsyncTextRequest

    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(503, headers={"retry-after": "50"}))
        async with AsyncTextRequest("key", transport=transport) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.contacts.get(121, "5555550123"), 0.01)

    asyncio.run(main())


class _BrokenBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off with an error that usually means that no connection was established."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"message_id"'
        raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


@pytest.mark.parametrize(
    "error_class",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError],
)
def test_send_is_not_retried_after_a_response_has_begun(
    harness: ClientHarness, error_class: type[Exception]
) -> None:
    client = harness.client(lambda request: httpx.Response(200, stream=_BrokenBody(error_class("lost"))))
    with pytest.raises(SendOutcomeUnknownError):
        harness.run(client.messages.send("5555550100", "5555550123", "Once"))
    assert len(harness.requests) == 1


class _TwoPieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is no gzip; `closed` says whether its generator has ended."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"no gzip"
        yield b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            yield b"no gzip"
            yield b""
        finally:
            self.closed = True


def test_the_body_of_another_transport_is_closed_if_it_cannot_be_decompressed(
    harness: ClientHarness,
) -> None:
    stream = _TwoPieces()
    client = harness.client_returning(
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream)
    )

    with pytest.raises(UnexpectedResponseError, match="decompressed"):
        harness.run(client.contacts.get(121, "5555550123"))
    assert stream.closed or harness.mode == "blocking"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((name, 5) for name in ("random", "clock", "sleep", "async_sleep")),
        *((name, None) for name in ("random", "clock")),
        ("first_delay", True),
    ],
)
def test_an_option_of_the_wrong_type_is_named(option: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{option}: must be"):
        RetryPolicy(**{option: value})


@pytest.mark.parametrize("name", ["first_delay", "longest_delay", "longest_retry_after"])
@pytest.mark.parametrize("seconds", [-1, "1", None, float("nan"), 1e9])
def test_an_invalid_delay_is_named(name: str, seconds: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: must be at least 0 and less than 1e9 seconds"):
        RetryPolicy(**{name: seconds})
