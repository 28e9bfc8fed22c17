"""What leaves the machine when a text is sent, and what comes back."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from textrequest_api.models import CustomFieldEntry, UpdateContactRequest
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
from unit.conftest import World

SENT = {
    "message_id": "m1",
    "status": "sending",
    "segments_count": 1,
    "from": "15555550100",
    "to": "15555550123",
}


def body_of(world: World) -> Any:
    return json.loads(world.requests[-1].content)


def test_send_carries_what_was_given_and_nothing_else(world: World) -> None:
    result = world.run(
        world.answering(httpx.Response(200, json=SENT)).messages.send("5555550100", "(555) 555-0123", "Hi")
    )
    assert (result.message_id, result.from_, result.to) == ("m1", "15555550100", "15555550123")
    assert str(world.requests[0].url) == "https://api.textrequest.com/api/v3/messages"
    assert body_of(world) == {"from": "15555550100", "to": "15555550123", "body": "Hi"}


def test_send_with_everything(world: World) -> None:
    body = f"Where are you? {LOCATION_REQUEST_TAG}"
    options = {
        "sender_name": "Ann",
        "status_callback": "https://example.com/status?message=1",
        "location_callback": "https://example.com/location",
        "mms_media": ["https://media.example.com/1.png"],
        "authvia_conversation_id": "a1",
        "geolocation_requested": True,
    }
    client = world.answering(httpx.Response(200, json=SENT))
    world.run(client.messages.send(from_="5555550100", to="5555550123", body=body, **options))
    assert body_of(world) == {"from": "15555550100", "to": "15555550123", "body": body, **options}


def test_send_to_contact_answers_the_whole_message(world: World) -> None:
    answer = {
        "message_id": "m1",
        "body": "Hi",
        "delivery_status": "sending",
        "message_timestamp_utc": "2026-07-25T09:39:35.227",
    }
    client = world.answering(httpx.Response(200, json=answer))
    message = world.run(client.messages.send_to_contact(121, "5555550123", "Hi"))
    assert message.delivery_status == "sending"
    assert message.message_timestamp_utc.utcoffset().total_seconds() == 0
    assert world.requests[0].url.path == "/api/v3/dashboards/121/contacts/15555550123/messages"
    assert body_of(world) == {"body": "Hi"}


@pytest.mark.parametrize("body", ["Where are you?", f"Here: {LOCATION_REQUEST_TAG}", "", "Ends in space "])
def test_a_location_request_always_carries_the_tag_once(world: World, body: str) -> None:
    client = world.answering(httpx.Response(200, json={"message_id": "m1"}))
    world.run(client.messages.request_location(121, "5555550123", body, callback="https://example.com/where"))
    sent = body_of(world)
    assert sent["body"].count(LOCATION_REQUEST_TAG) == 1
    assert sent["body"] == with_location_tag(body)
    assert sent["location_callback"] == "https://example.com/where"


def test_the_tag_is_recognised_and_added() -> None:
    assert LOCATION_REQUEST_TAG == "[LocationRequest]"
    assert has_location_tag("a [LocationRequest] b")
    assert not has_location_tag("a [locationrequest] b")
    assert with_location_tag("a") == "a [LocationRequest]"
    assert with_location_tag("[LocationRequest] a") == "[LocationRequest] a"
    assert with_location_tag("") == "[LocationRequest]"


class Named(io.BytesIO):
    name = "/somewhere/clip.mp4"


@pytest.mark.parametrize("given", ["path", "text path", "bytes", "file", "named", "given type"])
def test_media_is_uploaded_from_whatever_holds_it(world: World, given: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"pixels")
    files: dict[str, tuple[Any, dict[str, str]]] = {
        "path": (path, {}),
        "text path": (str(path), {}),
        "bytes": (b"pixels", {"filename": "photo.png"}),
        "file": (io.BytesIO(b"pixels"), {"filename": "photo.png"}),
        "named": (Named(b"pixels"), {}),
        "given type": (b"pixels", {"content_type": "image/gif"}),
    }
    file, options = files[given]
    client = world.answering(
        httpx.Response(200, json={"mime_type": "image/png", "url": "https://media.example.com/1.png"})
    )
    media = world.run(client.messages.upload_media(file, **options))
    assert media.url == "https://media.example.com/1.png"
    expected = {"named": (b"clip.mp4", b"video/mp4"), "given type": (b"media.gif", b"image/gif")}
    name, kind = expected.get(given, (b"photo.png", b"image/png"))
    content = world.requests[0].content
    assert b'name="file"; filename="' + name + b'"' in content
    assert b"Content-Type: " + kind in content
    assert b"pixels" in content


def test_a_text_file_object_is_refused(world: World) -> None:
    with pytest.raises(UnexpectedArgumentError, match="binary"):
        world.run(world.answering().messages.upload_media(io.StringIO("x"), filename="a.png"))


def test_an_upload_that_was_refused_for_now_is_sent_again_whole(world: World) -> None:
    client = world.answering(
        httpx.Response(429), httpx.Response(200, json={"url": "https://media.example.com/1.png"})
    )
    world.run(client.messages.upload_media(b"pixels", filename="a.png"))
    assert world.requests[0].content == world.requests[1].content
    assert b"pixels" in world.requests[1].content


def test_left_out_none_and_empty_stay_three_different_things(world: World) -> None:
    answer = {"phone_number": "15555550123"}
    upserts = [
        ({}, {}),
        ({"contact_tags": None}, {"contact_tags": None}),
        ({"contact_tags": []}, {"contact_tags": []}),
        (
            {"custom_fields": [CustomFieldEntry(id="f", value="v")], "first_name": None},
            {"custom_fields": [{"id": "f", "value": "v"}], "first_name": None},
        ),
    ]
    for given, sent in upserts:
        client = world.answering(httpx.Response(200, json=answer))
        world.run(client.contacts.upsert(121, "5555550123", **given))
        assert body_of(world) == sent


def test_many_contacts_go_out_with_numbers_in_the_one_form(world: World) -> None:
    given = [
        UpdateContactRequest(phone_number="(555) 555-0123", contact_tags=[]),
        UpdateContactRequest("15555550142"),
    ]
    given[0]["new_key"] = 1
    client = world.answering(httpx.Response(200, json=[{"phone_number": "15555550123"}]))
    world.run(client.contacts.bulk_update(121, body=given))
    assert body_of(world) == [
        {"phone_number": "15555550123", "contact_tags": [], "new_key": 1},
        {"phone_number": "15555550142"},
    ]
    assert given[0].phone_number == "(555) 555-0123", "what was given stays as it was"
    with pytest.raises(PhoneNumberError, match=r"body\[0\]\.phone_number"):
        world.run(client.contacts.bulk_update(121, body=[UpdateContactRequest(phone_number="123")]))


def listing(*statuses: str | None) -> Any:
    """A dashboard whose message m1 goes through these statuses, one a look; None: not there yet."""
    looks = iter(statuses)

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.params["sort"] == "desc"
        assert request.url.params["message_direction"] == "S"
        assert request.url.params["start_date"].endswith("Z")
        status = next(looks)
        rows = [{"message_id": "other", "delivery_status": "delivered"}]
        rows += [] if status is None else [{"message_id": "m1", "delivery_status": status}]
        return httpx.Response(
            200, json={"items": rows, "meta": {"page": 0, "page_size": 100, "total_items": len(rows)}}
        )

    return handler


@pytest.mark.parametrize("end", ["delivered", "undelivered", "failed", "error"])
def test_waiting_ends_with_a_final_status(world: World, end: str) -> None:
    client = world.client(listing(None, "sending", "sent", end))
    message = world.run(client.messages.wait_for_delivery(121, "m1"))
    assert message.delivery_status == end
    assert world.slept == [1.0, 2.0, 4.0]


def test_no_receipt_is_a_normal_outcome(world: World) -> None:
    client = world.client(listing("sent"))
    message = world.run(client.messages.wait_for_delivery(121, "m1", timeout=0))
    assert message.delivery_status == "sent"
    assert world.run(world.client(listing(None)).messages.wait_for_delivery(121, "m1", timeout=0)) is None


def test_waiting_takes_what_a_send_returned(world: World) -> None:
    from textrequest_api.models import Message, PostMessageResponse

    for sent in (Message(message_id="m1"), PostMessageResponse(message_id="m1")):
        assert (
            world.run(world.client(listing("delivered")).messages.wait_for_delivery(121, sent)).message_id
            == "m1"
        )
    for nameless in ("", Message(), PostMessageResponse(message_id="")):
        with pytest.raises(InvalidArgumentError, match="message_id"):
            world.run(world.answering().messages.wait_for_delivery(121, nameless))


def test_a_failure_while_waiting_is_raised(world: World) -> None:
    from textrequest_ext import BadRequestError

    with pytest.raises(BadRequestError):
        world.run(
            world.answering(httpx.Response(400), retries=RetryPolicy(retries=0)).messages.wait_for_delivery(
                121, "m1"
            )
        )


def test_what_statuses_and_codes_mean() -> None:
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
