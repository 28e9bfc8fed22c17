"""What is repeated and what never is: nothing that may have reached the service, unless twice is once."""

from __future__ import annotations

import logging
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
)
from unit.conftest import World

OK = {"message_id": "m", "status": "sending", "phone_number": "15555550123", "id": 1, "payment_id": 4}
CALLS: dict[str, Any] = {
    "GET": lambda client: client.contacts.get(121, "5555550123"),
    "PUT": lambda client: client.conversations.archive(121, "5555550123"),
    "DELETE": lambda client: client.contacts.delete(121, "5555550123"),
    "POST upsert": lambda client: client.contacts.upsert(121, "5555550123", first_name="Ann"),
    "POST bulk": lambda client: client.contacts.bulk_update(
        121, body=[UpdateContactRequest(phone_number="15555550123")]
    ),
    "POST switch": lambda client: client.payments.set_enabled(121, active=True),
    "POST send": lambda client: client.messages.send("5555550100", "5555550123", "Hello"),
    "POST send to contact": lambda client: client.messages.send_to_contact(121, "5555550123", "Hello"),
    "POST payment": lambda client: client.payments.create(
        121, description="Job", customer_phone="5555550123", amount_requested=1.5
    ),
    "POST reminder": lambda client: client.payments.send_reminder(121, 4),
    "POST create": lambda client: client.groups.create(121, name="Employees"),
    "PATCH": lambda client: client.contacts.update(121, "5555550123", group=1, add_group_to_contact=True),
}
REPEATABLE = {"GET", "PUT", "DELETE", "POST upsert", "POST bulk", "POST switch"}
SENDS = {"POST send", "POST send to contact", "POST payment", "POST reminder"}
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
NEVER_REACHED = {"429", "connect", "connect timeout", "pool timeout"}
UNREPEATED_STATUSES = (400, 401, 403, 404, 409, 418, 501, 520, 301, 302)


def answer_to(call: str) -> httpx.Response:
    return httpx.Response(200, json=[OK] if call == "POST bulk" else OK)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("call", CALLS)
def test_only_what_is_safe_is_repeated(world: World, call: str, failure: str) -> None:
    client = world.answering(FAILURES[failure](), answer_to(call))
    if call in REPEATABLE or failure in NEVER_REACHED:
        world.run(CALLS[call](client))
        assert len(world.requests) == 2
        assert world.slept == [0.5]
        return
    with pytest.raises((APIStatusError, APIConnectionError)) as caught:
        world.run(CALLS[call](client))
    assert len(world.requests) == 1
    assert world.slept == []
    assert caught.value.attempts == 1
    assert isinstance(caught.value, SendOutcomeUnknownError) == (call in SENDS)


def test_double_sms_a_send_that_times_out_on_read_is_never_repeated(world: World) -> None:
    client = world.answering(httpx.ReadTimeout("slow"), retries=world.policy(retries=10))
    with pytest.raises(SendOutcomeUnknownError) as caught:
        world.run(client.messages.send("5555550100", "5555550123", "Hello"))
    assert len(world.requests) == 1
    assert isinstance(caught.value, APITimeoutError)
    assert "not sent again" in str(caught.value)


def test_double_sms_holds_for_low_level_callers_too(world: World) -> None:
    from textrequest_api.api.messages import messages_send
    from textrequest_api.models import PostMessageRequest

    client = world.answering(httpx.Response(503), retries=world.policy(retries=10))
    body = PostMessageRequest(from_="15555550100", to="15555550123", body="Hello")
    function = messages_send.sync if world.kind == "blocking" else messages_send.asyncio
    with pytest.raises(SendOutcomeUnknownError) as caught:
        world.run(function(client=client.low_level, body=body))
    assert isinstance(caught.value, ServerError)
    assert len(world.requests) == 1


def test_low_level_callers_get_the_same_repetitions(world: World) -> None:
    from textrequest_api.api.contacts import contacts_get

    client = world.answering(httpx.Response(503), httpx.Response(200, json=OK))
    function = contacts_get.sync if world.kind == "blocking" else contacts_get.asyncio
    contact = world.run(function(121, "15555550123", client=client.low_level))
    assert contact.phone_number == "15555550123"
    assert len(world.requests) == 2


@pytest.mark.parametrize("status", UNREPEATED_STATUSES)
def test_other_statuses_are_never_repeated(world: World, status: int) -> None:
    with pytest.raises(APIStatusError) as caught:
        world.run(world.answering(httpx.Response(status)).contacts.get(121, "5555550123"))
    assert caught.value.status_code == status
    assert len(world.requests) == 1


def test_delays_double_up_to_a_ceiling_less_jitter(world: World) -> None:
    answers = [httpx.Response(503) for _ in range(7)]
    with pytest.raises(ServerError) as caught:
        world.run(world.answering(*answers, retries=world.policy(retries=6)).contacts.get(121, "5555550123"))
    assert world.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert caught.value.attempts == 7
    assert RetryPolicy(random=lambda: 1.0).delay(1) == 0.375


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry-after": "3"}, [3.0]),
        ({"retry-after": "0"}, [0.0]),
        ({"retry-after": "1.5"}, [1.5]),
        ({"retry-after-ms": "250", "retry-after": "9"}, [0.25]),
        ({"retry-after-ms": "soon", "retry-after": "2"}, [2.0]),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:25 GMT"}, [5.0]),  # five seconds after the test's clock
        ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, [0.5]),  # in the past
        ({"retry-after": "-4"}, [0.5]),
        ({"retry-after": "nan"}, [0.5]),
        ({"retry-after": "soon"}, [0.5]),
        ({"retry-after": ""}, [0.5]),
        ({"retry-after": "60"}, [60.0]),
    ],
)
def test_the_service_says_how_long_to_wait(world: World, headers: dict[str, str], slept: list[float]) -> None:
    client = world.answering(httpx.Response(429, headers=headers), httpx.Response(200, json=OK))
    world.run(client.contacts.get(121, "5555550123"))
    assert world.slept == slept


@pytest.mark.parametrize(("value", "wish"), [("61", 61.0), ("1e400", float("inf")), ("inf", float("inf"))])
def test_a_longer_wish_is_raised_at_once(world: World, value: str, wish: float) -> None:
    client = world.answering(httpx.Response(429, headers={"retry-after": value}))
    with pytest.raises(RateLimitError) as caught:
        world.run(client.contacts.get(121, "5555550123"))
    assert caught.value.retry_after == wish
    assert world.slept == []


def test_a_body_that_breaks_off_is_read_again(world: World) -> None:
    class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            yield b'{"phone'
            raise httpx.ReadError("reset")

        async def __aiter__(self) -> Any:
            yield b'{"phone'
            raise httpx.ReadError("reset")

    client = world.answering(httpx.Response(200, stream=Broken()), httpx.Response(200, json=OK))
    assert world.run(client.contacts.get(121, "5555550123")).phone_number == "15555550123"
    sending = world.answering(httpx.Response(200, stream=Broken()))
    with pytest.raises(SendOutcomeUnknownError):
        world.run(sending.messages.send("5555550100", "5555550123", "Hello"))


def test_an_answer_is_closed_before_the_next_try(world: World) -> None:
    closed: list[str] = []

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            yield b""

        async def __aiter__(self) -> Any:
            yield b""

        def close(self) -> None:
            closed.append("closed")

        async def aclose(self) -> None:
            closed.append("closed")

    def handler(request: httpx.Request) -> httpx.Response:
        if len(world.requests) == 1:
            return httpx.Response(503, stream=Stream())
        assert closed, "the first answer was still open"
        return httpx.Response(200, json=OK)

    world.run(world.client(handler).contacts.get(121, "5555550123"))
    assert len(world.requests) == 2


def test_a_body_that_cannot_be_sent_again_is_not(world: World) -> None:
    def parts() -> Any:
        yield b"{}"

    async def async_parts() -> Any:
        yield b"{}"

    content = parts() if world.kind == "blocking" else async_parts()
    low_level = world.answering(httpx.Response(429)).low_level
    http = low_level.get_httpx_client() if world.kind == "blocking" else low_level.get_async_httpx_client()
    with pytest.raises(RateLimitError):
        world.run(http.post("/messages", content=content))
    assert len(world.requests) == 1


def test_every_repetition_is_logged_with_the_template_of_the_path(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    client = world.answering(httpx.Response(503), httpx.Response(200, json=OK))
    with caplog.at_level(logging.DEBUG, "textrequest_ext"):
        world.run(client.contacts.get(121, "5555550123"))
    lines = [record.getMessage() for record in caplog.records if record.name == "textrequest_ext"]
    assert lines == ["retry 1/2 in 0.50 s: GET /dashboards/{dashboard_id}/contacts/{phone_number}: 503"]


@pytest.mark.parametrize("retries", [-1, 1.5, None, "2", True])
def test_a_wrong_number_of_retries_is_refused(retries: Any) -> None:
    with pytest.raises(ConfigurationError, match="retries"):
        RetryPolicy.of(retries)


def test_no_retries_means_none(world: World) -> None:
    with pytest.raises(ServerError):
        world.run(world.answering(httpx.Response(503), retries=0).contacts.get(121, "5555550123"))
    assert len(world.requests) == 1


def test_cancellation_ends_a_wait_between_attempts() -> None:
    import asyncio

    from textrequest_ext import AsyncTextRequest

    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(503, headers={"retry-after": "50"}))
        async with AsyncTextRequest("key", transport=transport) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.contacts.get(121, "5555550123"), 0.01)

    asyncio.run(main())
