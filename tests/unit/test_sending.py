"""Requests and results of messages, contacts and media, and polling for delivery."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from textrequest_api.models import CustomFieldEntry, Message, UpdateContactRequest
from textrequest_ext import (
    LOCATION_REQUEST_TAG,
    InvalidArgumentError,
    PhoneNumberError,
    RetryPolicy,
    UnexpectedArgumentError,
    has_location_tag,
    is_failure,
    is_final,
    is_opt_out,
    with_location_tag,
)
from unit.conftest import ClientHarness

SEND_RESPONSE = {
    "message_id": "m1",
    "status": "sending",
    "segments_count": 1,
    "from": "15555550100",
    "to": "15555550123",
}


def last_body(harness: ClientHarness) -> Any:
    """The JSON body of the last request."""
    return json.loads(harness.requests[-1].content)


def test_send_with_required_arguments(harness: ClientHarness) -> None:
    result = harness.run(
        harness.client_returning(httpx.Response(200, json=SEND_RESPONSE)).messages.send(
            "5555550100", "(555) 555-0123", "Hi"
        )
    )
    assert (result.message_id, result.from_, result.to) == ("m1", "15555550100", "15555550123")
    assert str(harness.requests[0].url) == "https://api.textrequest.com/api/v3/messages"
    assert last_body(harness) == {"from": "15555550100", "to": "15555550123", "body": "Hi"}


def test_send_with_all_arguments(harness: ClientHarness) -> None:
    body = f"Where are you? {LOCATION_REQUEST_TAG}"
    options = {
        "sender_name": "Ann",
        "status_callback": "https://example.com/status?message=1",
        "location_callback": "https://example.com/location",
        "mms_media": ["https://media.example.com/1.png"],
        "authvia_conversation_id": "a1",
        "geolocation_requested": True,
    }
    client = harness.client_returning(httpx.Response(200, json=SEND_RESPONSE))
    harness.run(client.messages.send(from_="5555550100", to="5555550123", body=body, **options))
    assert last_body(harness) == {"from": "15555550100", "to": "15555550123", "body": body, **options}


def test_send_to_contact_returns_the_message(harness: ClientHarness) -> None:
    response = {
        "message_id": "m1",
        "body": "Hi",
        "delivery_status": "sending",
        "message_timestamp_utc": "2026-07-25T09:39:35.227",
    }
    client = harness.client_returning(httpx.Response(200, json=response))
    message = harness.run(client.messages.send_to_contact(121, "5555550123", "Hi"))
    assert message.delivery_status == "sending"
    assert message.message_timestamp_utc.utcoffset().total_seconds() == 0
    assert harness.requests[0].url.path == "/api/v3/dashboards/121/contacts/15555550123/messages"
    assert last_body(harness) == {"body": "Hi"}


@pytest.mark.parametrize("body", ["Where are you?", f"Here: {LOCATION_REQUEST_TAG}", "", "Ends in space "])
def test_request_location_adds_a_missing_tag(harness: ClientHarness, body: str) -> None:
    client = harness.client_returning(httpx.Response(200, json={"message_id": "m1"}))
    harness.run(
        client.messages.request_location(121, "5555550123", body, callback="https://example.com/where")
    )
    request_body = last_body(harness)
    assert request_body["body"].count(LOCATION_REQUEST_TAG) == 1
    assert request_body["body"] == with_location_tag(body)
    assert request_body["location_callback"] == "https://example.com/where"


def test_location_tag_functions() -> None:
    assert LOCATION_REQUEST_TAG == "[LocationRequest]"
    assert has_location_tag("a [LocationRequest] b")
    assert not has_location_tag("a [locationrequest] b")
    assert with_location_tag("a") == "a [LocationRequest]"
    assert with_location_tag("[LocationRequest] a") == "[LocationRequest] a"
    assert with_location_tag("") == "[LocationRequest]"


class NamedFile(io.BytesIO):
    name = "/somewhere/clip.mp4"


@pytest.mark.parametrize("source", ["path", "text path", "bytes", "file", "named file", "content type"])
def test_upload_media(harness: ClientHarness, source: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"pixels")
    files: dict[str, tuple[Any, dict[str, str]]] = {
        "path": (path, {}),
        "text path": (str(path), {}),
        "bytes": (b"pixels", {"filename": "photo.png"}),
        "file": (io.BytesIO(b"pixels"), {"filename": "photo.png"}),
        "named file": (NamedFile(b"pixels"), {}),
        "content type": (b"pixels", {"content_type": "image/gif"}),
    }
    file, options = files[source]
    client = harness.client_returning(
        httpx.Response(200, json={"mime_type": "image/png", "url": "https://media.example.com/1.png"})
    )
    media = harness.run(client.messages.upload_media(file, **options))
    assert media.url == "https://media.example.com/1.png"
    expected = {"named file": (b"clip.mp4", b"video/mp4"), "content type": (b"media.gif", b"image/gif")}
    name, content_type = expected.get(source, (b"photo.png", b"image/png"))
    content = harness.requests[0].content
    assert b'name="file"; filename="' + name + b'"' in content
    assert b"Content-Type: " + content_type in content
    assert b"pixels" in content


def test_upload_of_a_text_file_raises(harness: ClientHarness) -> None:
    with pytest.raises(UnexpectedArgumentError, match="binary"):
        harness.run(harness.client_returning().messages.upload_media(io.StringIO("x"), filename="a.png"))


def test_retried_upload_has_the_same_body(harness: ClientHarness) -> None:
    client = harness.client_returning(
        httpx.Response(429), httpx.Response(200, json={"url": "https://media.example.com/1.png"})
    )
    harness.run(client.messages.upload_media(b"pixels", filename="a.png"))
    assert harness.requests[0].content == harness.requests[1].content
    assert b"pixels" in harness.requests[1].content


def test_omitted_none_and_empty_are_distinct(harness: ClientHarness) -> None:
    response = {"phone_number": "15555550123"}
    cases = [
        ({}, {}),
        ({"contact_tags": None}, {"contact_tags": None}),
        ({"contact_tags": []}, {"contact_tags": []}),
        (
            {"custom_fields": [CustomFieldEntry(id="f", value="v")], "first_name": None},
            {"custom_fields": [{"id": "f", "value": "v"}], "first_name": None},
        ),
    ]
    for arguments, expected in cases:
        client = harness.client_returning(httpx.Response(200, json=response))
        harness.run(client.contacts.upsert(121, "5555550123", **arguments))
        assert last_body(harness) == expected


def test_bulk_update_normalizes_phone_numbers(harness: ClientHarness) -> None:
    contacts = [
        UpdateContactRequest(phone_number="(555) 555-0123", contact_tags=[]),
        UpdateContactRequest("15555550142"),
    ]
    contacts[0]["new_key"] = 1
    client = harness.client_returning(httpx.Response(200, json=[{"phone_number": "15555550123"}]))
    harness.run(client.contacts.bulk_update(121, body=contacts))
    assert last_body(harness) == [
        {"phone_number": "15555550123", "contact_tags": [], "new_key": 1},
        {"phone_number": "15555550142"},
    ]
    assert contacts[0].phone_number == "(555) 555-0123", "the argument is not modified"
    with pytest.raises(PhoneNumberError, match=r"body\[0\]\.phone_number"):
        harness.run(client.contacts.bulk_update(121, body=[UpdateContactRequest(phone_number="123")]))


def message_list(*statuses: str | None) -> Any:
    """A list with the message m1, with the next of these statuses in each response; None: without it."""
    remaining = iter(statuses)

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.params["sort"] == "desc"
        assert request.url.params["message_direction"] == "S"
        assert request.url.params["start_date"].endswith("Z")
        status = next(remaining)
        rows = [{"message_id": "other", "delivery_status": "delivered"}]
        rows += [] if status is None else [{"message_id": "m1", "delivery_status": status}]
        return httpx.Response(
            200, json={"items": rows, "meta": {"page": 0, "page_size": 100, "total_items": len(rows)}}
        )

    return handler


@pytest.mark.parametrize("final_status", ["delivered", "undelivered", "failed", "error"])
def test_wait_for_delivery_returns_on_a_final_status(harness: ClientHarness, final_status: str) -> None:
    client = harness.client(message_list(None, "sending", "sent", final_status))
    message = harness.run(client.messages.wait_for_delivery(121, "m1"))
    assert message.delivery_status == final_status
    assert harness.delays == [1.0, 2.0, 4.0]


def test_wait_for_delivery_returns_after_the_timeout(harness: ClientHarness) -> None:
    client = harness.client(message_list("sent"))
    message = harness.run(client.messages.wait_for_delivery(121, "m1", timeout=0))
    assert message.delivery_status == "sent"
    assert (
        harness.run(harness.client(message_list(None)).messages.wait_for_delivery(121, "m1", timeout=0))
        is None
    )


def test_wait_for_delivery_takes_the_result_of_a_send(harness: ClientHarness) -> None:
    from textrequest_api.models import Message, PostMessageResponse

    for sent in (Message(message_id="m1"), PostMessageResponse(message_id="m1")):
        assert (
            harness.run(
                harness.client(message_list("delivered")).messages.wait_for_delivery(121, sent)
            ).message_id
            == "m1"
        )
    for without_id in ("", Message(), PostMessageResponse(message_id="")):
        with pytest.raises(InvalidArgumentError, match="message_id"):
            harness.run(harness.client_returning().messages.wait_for_delivery(121, without_id))


def test_wait_for_delivery_searches_the_newest_1000_messages(harness: ClientHarness) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        rows = [{"message_id": f"{page}-{row}", "delivery_status": "sent"} for row in range(100)]
        meta = {"page": page, "page_size": 100, "total_items": 5000}
        return httpx.Response(200, json={"items": rows, "meta": meta})

    client = harness.client(handler)
    found = harness.run(client.messages.wait_for_delivery(121, "9-99", timeout=0))
    assert found.message_id == "9-99"
    assert [request.url.params["page"] for request in harness.requests] == [str(page) for page in range(10)]
    harness.requests.clear()
    assert harness.run(client.messages.wait_for_delivery(121, "10-0", timeout=0)) is None
    assert len(harness.requests) == 10


def test_wait_for_delivery_raises_errors(harness: ClientHarness) -> None:
    from textrequest_ext import BadRequestError

    with pytest.raises(BadRequestError):
        harness.run(
            harness.client_returning(
                httpx.Response(400), retries=RetryPolicy(retries=0)
            ).messages.wait_for_delivery(121, "m1")
        )


@pytest.mark.parametrize("function", [is_final, is_failure, is_opt_out])
@pytest.mark.parametrize("value", [Message(), [], b"sent", 1.5])
def test_delivery_status_functions_refuse_other_types(function: Any, value: Any) -> None:
    with pytest.raises(UnexpectedArgumentError, match=f"must be .*, not {type(value).__name__}"):
        function(value)


def test_delivery_status_functions() -> None:
    assert not is_opt_out(10**5000)
    assert [
        s for s in ("accepted", "queued", "sending", "sent", "delivered", "new", None) if is_final(s)
    ] == ["delivered"]
    assert all(is_final(s) and is_failure(s) for s in ("error", "failed", "undelivered"))
    assert not is_failure("delivered")
    assert [c for c in ("2100", 2100, "30050", "2001", "2002", None, "") if is_opt_out(c)] == [
        "2100",
        2100,
        "30050",
    ]
