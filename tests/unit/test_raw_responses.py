"""`with_raw_response`: what HTTP tells about a response, and its result on demand."""

from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest

from textrequest_ext import (
    InvalidArgumentError,
    MessageRejectedError,
    MessageTooLongError,
    NotFoundError,
    RawResponse,
    UnexpectedResponseError,
)
from unit.conftest import ClientHarness

CONTACT = {"phone_number": "15555550123", "first_name": "Ann"}


def test_a_raw_response(harness: ClientHarness) -> None:
    client = harness.client_returning(
        httpx.Response(503),
        httpx.Response(200, json=CONTACT, headers={"X-Request-Id": "r-1", "X-Other": "o"}),
    )
    raw: RawResponse[Any] = harness.run(client.with_raw_response.contacts.get(121, "5555550123"))
    assert (raw.status_code, raw.attempts, raw.request_id, raw.headers["x-other"]) == (200, 2, "r-1", "o")
    assert raw.content == httpx.Response(200, json=CONTACT).content
    assert raw.elapsed >= 0
    assert raw.parse().first_name == "Ann"
    assert repr(raw) == "<RawResponse 200 of GET /dashboards/{dashboard_id}/contacts/{phone_number}>"


def test_a_response_without_a_request_id(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(204))
    raw = harness.run(client.with_raw_response.contacts.get(121, "5555550123"))
    assert (raw.request_id, raw.attempts, raw.parse()) == (None, 1, None)


def test_an_error_is_raised_as_usual(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(404))
    with pytest.raises(NotFoundError):
        harness.run(client.with_raw_response.contacts.get(121, "5555550123"))


def test_an_error_has_the_request_id(harness: ClientHarness) -> None:
    client = harness.client_returning(
        httpx.Response(404, headers={"X-Request-Id": "r-4"}), httpx.Response(404), httpx.Response(404)
    )
    with pytest.raises(NotFoundError) as error:
        harness.run(client.contacts.get(121, "5555550123"))
    assert error.value.request_id == "r-4"
    assert pickle.loads(pickle.dumps(error.value)).request_id == "r-4"
    with pytest.raises(NotFoundError) as error:
        harness.run(client.contacts.get(121, "5555550123"))
    assert error.value.request_id is None


def test_parsing_raises_as_usual(harness: ClientHarness) -> None:
    client = harness.client_returning(
        httpx.Response(200, text="<html>"), httpx.Response(200, json={"message_id": "m", "status": "error"})
    )
    raw = harness.run(client.with_raw_response.contacts.get(121, "5555550123"))
    with pytest.raises(UnexpectedResponseError):
        raw.parse()
    sent = harness.run(client.with_raw_response.messages.send("5555550100", "5555550123", "Hello"))
    with pytest.raises(MessageRejectedError):
        sent.parse()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("send", ("5555550100", "5555550123", "Hello")),
        ("send_to_contact", (121, "5555550123", "Hello")),
        ("request_location", (121, "5555550123", "Where are you?")),
    ],
)
def test_sends_have_raw_responses(harness: ClientHarness, method: str, arguments: Any) -> None:
    body = {"message_id": "m", "status": "queued", "delivery_status": "queued"}
    client = harness.client_returning(
        httpx.Response(429), httpx.Response(200, json=body, headers={"X-Request-Id": "r-3"})
    )
    raw = harness.run(getattr(client.with_raw_response.messages, method)(*arguments, max_segments=1))
    assert isinstance(raw, RawResponse)
    assert (raw.status_code, raw.attempts, raw.request_id) == (200, 2, "r-3")
    assert raw.parse().message_id == "m"


def test_a_raw_send_raises_before_sending(harness: ClientHarness) -> None:
    client = harness.client_returning()
    send = client.with_raw_response.messages.send
    for error_class, options in (
        (MessageTooLongError, {"max_segments": 1}),
        (InvalidArgumentError, {"if_unknown": "reconcile"}),
    ):
        with pytest.raises(error_class):
            harness.run(send("5555550100", "5555550123", "a" * 161, **options))
    assert harness.requests == []


def test_lists_are_pagers_and_their_pages_have_the_raw_response(harness: ClientHarness) -> None:
    body = {"items": [CONTACT], "meta": {"page": 0, "page_size": 100, "total_items": 1}}
    client = harness.client(lambda request: httpx.Response(200, json=body, headers={"X-Request-Id": "r-2"}))
    [page] = harness.collect_pages(client.with_raw_response.contacts.list(121))
    assert (page.items[0].first_name, page.response.request_id, page.response.status_code) == (
        "Ann",
        "r-2",
        200,
    )
    assert page.response.parse().meta.total_items == 1


def test_methods_of_several_requests_work_as_usual(harness: ClientHarness) -> None:
    webhook = {"id": 1, "event": "msg_received", "target_url": "https://example.com/in", "is_connected": True}
    body = {"items": [webhook], "meta": {"page": 0, "page_size": 100, "total_items": 1}}
    client = harness.client(lambda request: httpx.Response(200, json=body))
    found = harness.run(
        client.with_raw_response.webhooks.ensure(
            121, target_url="https://example.com/in", event="msg_received"
        )
    )
    assert found.id == 1
