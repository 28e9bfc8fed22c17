"""The argument if_unknown of the sends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
import trio

from sending.simulated_service import DASHBOARD, FROM, PERSON, TEXT, Sender, SimulatedService
from textrequest_ext import (
    AsyncTextRequest,
    InvalidArgumentError,
    MessageNotSentError,
    MessageRejectedError,
    RateLimitError,
    SendOutcomeUnknownError,
    TextRequest,
    UnexpectedArgumentError,
)
from textrequest_ext._sending import reconciling
from textrequest_ext._sending.ledger import ledger_of
from unit.conftest import KEY, ClientHarness


def test_raise_is_the_default_and_looks_nothing_up(sender: Sender) -> None:
    error = sender.fail("dropped after")
    assert error.reconciliation is None
    assert len(sender.service.paths) == 1
    assert sender.fail("dropped after", if_unknown="raise").reconciliation is None


def test_reconcile_returns_the_message_that_was_sent(sender: Sender) -> None:
    sender.service.outcomes.append("dropped after")
    message = sender.send(if_unknown="reconcile")
    assert (message.message_id, message.body, message.delivery_status) == ("m0", TEXT, "sent")
    assert sender.service.sent() == 1


def test_reconcile_returns_the_short_result_of_send(sender: Sender) -> None:
    sender.service.outcomes.append("dropped after")
    result = sender.service.harness.run(
        sender.client.messages.send(FROM, "(555) 555-0123", TEXT, if_unknown="reconcile")
    )
    assert (result.message_id, result.status, result.from_, result.to) == ("m0", "sent", FROM, PERSON)


def test_reconcile_recognizes_a_location_request(sender: Sender) -> None:
    sender.service.stored = lambda text: text.replace("[LocationRequest]", "https://example.com/l/a1")
    sender.service.outcomes.append("dropped after")
    run = sender.service.harness.run
    messages = sender.client.messages
    message = run(messages.request_location(DASHBOARD, PERSON, "Where are you?", if_unknown="reconcile"))
    assert message.body == "Where are you? https://example.com/l/a1"


def test_an_appended_link_is_recognized(sender: Sender) -> None:
    sender.service.stored = lambda text: text + " Share your location: https://example.com/l/a1"
    sender.service.outcomes.append("dropped after")
    result = sender.service.harness.run(
        sender.client.messages.send(FROM, PERSON, TEXT, geolocation_requested=True, if_unknown="reconcile")
    )
    assert result.message_id == "m0"


def test_reconcile_raises_that_the_message_was_not_sent(sender: Sender) -> None:
    sender.service.outcomes.append("dropped before")
    with pytest.raises(MessageNotSentError) as caught:
        sender.send(if_unknown="reconcile", settle=5)
    assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert isinstance(caught.value.__cause__, SendOutcomeUnknownError)
    assert caught.value.reconciliation is not None
    assert caught.value.reconciliation.outcome == "not_sent"
    assert 5 <= sender.service.elapsed < 10
    assert sender.service.sent() == 0


@pytest.mark.parametrize("if_unknown", ["reconcile", "resend"])
def test_what_stays_unknown_is_raised_with_the_reason_and_not_sent_again(
    sender: Sender, if_unknown: str
) -> None:
    sender.service.record(TEXT, at=sender.service.now - 10)
    error = sender.fail("dropped before", if_unknown=if_unknown)
    assert error.reconciliation is not None
    assert (error.reconciliation.outcome, error.reconciliation.reason) == ("unknown", reconciling.DOUBTFUL)
    assert sum(path.startswith("POST") for path in sender.service.paths) == 1


def test_resend_sends_again_what_was_not_sent(sender: Sender) -> None:
    sender.service.outcomes = ["dropped before", "dropped before"]
    assert sender.send(if_unknown="resend", settle=5).message_id == "m0"
    assert sender.service.sent() == 1
    assert 10 <= sender.service.elapsed < 20


def test_resend_does_not_send_again_what_was_sent(sender: Sender) -> None:
    sender.service.outcomes = ["dropped before", "late"]
    assert sender.send(if_unknown="resend").message_id == "m0"
    assert sender.service.sent() == 1


def test_resend_is_limited(sender: Sender) -> None:
    sender.service.outcomes = ["dropped before"] * 10
    with pytest.raises(MessageNotSentError):
        sender.send(if_unknown="resend")
    assert sum(path.startswith("POST") for path in sender.service.paths) == 3


def test_a_found_message_that_was_rejected_is_rejected(sender: Sender) -> None:
    def reject() -> None:
        sender.service.record(TEXT, status="error")

    sender.service.on_send = reject
    sender.service.outcomes.append("dropped before")
    with pytest.raises(MessageRejectedError):
        sender.send(if_unknown="reconcile")


@pytest.mark.parametrize(
    ("outcome", "kind"), [(httpx.Response(429), RateLimitError), ("rejected", MessageRejectedError)]
)
def test_what_is_certain_is_raised_as_ever(sender: Sender, outcome: Any, kind: type[Exception]) -> None:
    sender.service.outcomes.append(outcome)
    with pytest.raises(kind):
        sender.send(if_unknown="resend")
    assert len(sender.service.paths) == 1


@pytest.mark.parametrize(
    "options", [{"if_unknown": "retry"}, {"if_unknown": None}, {"settle": -1}, {"settle": "60"}]
)
def test_invalid_options_send_nothing(sender: Sender, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        sender.send(**options)
    assert sender.service.paths == []


def test_arguments_are_checked_as_ever(sender: Sender) -> None:
    with pytest.raises(UnexpectedArgumentError, match="if_unkown"):
        sender.send(if_unkown="resend")
    messages = sender.client.messages
    with pytest.raises(UnexpectedArgumentError):
        sender.service.harness.run(messages.send_to_contact(DASHBOARD, PERSON))
    assert sender.service.paths == []


@pytest.mark.parametrize("media", [5, "", {}, [None], "https://media.example.com/1.png"])
def test_media_are_a_list_of_urls(sender: Sender, media: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="mms_media"):
        sender.send(mms_media=media)
    assert sender.service.paths == []


def test_with_the_async_client_arguments_are_checked_when_it_is_awaited() -> None:
    client = AsyncTextRequest(KEY)
    coroutine = client.messages.send("123", "456", "Hi")
    with pytest.raises(InvalidArgumentError):
        asyncio.run(coroutine)


@pytest.mark.parametrize("runner", [asyncio.run, trio.run])
def test_a_cancelled_send_stays_unresolved(runner: Any) -> None:
    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.started()
            await (trio.Event() if runner is trio.run else asyncio.Event()).wait()
            raise AssertionError

    transport = Hanging()
    client = AsyncTextRequest(KEY, transport=transport)

    async def under_asyncio() -> None:
        started = asyncio.Event()
        transport.started = started.set  # type: ignore[attr-defined]
        task = asyncio.create_task(client.messages.send_to_contact(DASHBOARD, PERSON, TEXT))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def under_trio() -> None:
        with trio.CancelScope() as scope:
            transport.started = scope.cancel  # type: ignore[attr-defined]
            await client.messages.send_to_contact(DASHBOARD, PERSON, TEXT)
        assert scope.cancelled_caught

    runner(under_trio if runner is trio.run else under_asyncio())
    (attempt,) = ledger_of(client).unresolved_with(PERSON)
    assert attempt.ended is not None


def test_a_raw_response_has_no_look_up_and_is_accounted_for(sender: Sender) -> None:
    run = sender.service.harness.run
    messages = sender.client.with_raw_response.messages
    with pytest.raises(InvalidArgumentError, match="if_unknown"):
        run(messages.send_to_contact(DASHBOARD, PERSON, TEXT, if_unknown="reconcile"))
    raw = run(messages.send_to_contact(DASHBOARD, PERSON, TEXT))
    assert (raw.status_code, raw.parse().message_id) == (200, "m0")
    assert sender.reconcile(sender.fail("dropped before")).outcome == "not_sent"
    sender.service.outcomes.append("dropped after")
    with pytest.raises(SendOutcomeUnknownError) as caught:
        run(messages.send_to_contact(DASHBOARD, PERSON, TEXT))
    assert sender.reconcile(caught.value).outcome == "sent"
    sender.service.outcomes.append("rejected")
    with pytest.raises(MessageRejectedError):
        run(messages.send_to_contact(DASHBOARD, PERSON, TEXT)).parse()


def test_threads_that_look_up_equal_messages_find_different_ones() -> None:
    service = SimulatedService(ClientHarness("blocking"))
    sender = Sender(service)
    errors = [sender.fail("dropped after") for _ in range(8)]
    found: list[str | None] = []

    def look_up(error: SendOutcomeUnknownError) -> None:
        message = error.reconcile().message
        found.append(message.message_id if message is not None else None)

    threads = [threading.Thread(target=look_up, args=(error,)) for error in errors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, found)) == [f"m{number}" for number in range(8)]


def test_the_methods_have_their_own_names() -> None:
    client = TextRequest(KEY)
    assert client.messages.send.__name__ == "send"
    assert client.messages.send_to_contact.__qualname__ == "Messages.send_to_contact"
    assert "if_unknown" in (client.messages.send.__doc__ or "")
