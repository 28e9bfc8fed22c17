"""Bad input is refused before anything is sent, by an error that names the argument and what is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from textrequest_ext import (
    ConfigurationError,
    InvalidArgumentError,
    LocationRequestError,
    MessageTooLongError,
    PhoneNumberError,
    TextRequestError,
    UnexpectedArgumentError,
)
from unit.conftest import World

HERE = "5555550123"
SEND: dict[str, Any] = {"from_": HERE, "to": HERE, "body": "Hello"}
BAD: list[tuple[str, Any, type[Exception], str]] = [
    (
        "naive datetime",
        lambda c: c.messages.list(1, start_date=datetime(2026, 1, 1)),
        InvalidArgumentError,
        "start_date.*time zone",
    ),
    (
        "no datetime",
        lambda c: c.messages.list(1, end_date="2026-01-01"),
        InvalidArgumentError,
        "end_date.*datetime",
    ),
    ("negative page", lambda c: c.messages.list(1, page=-1), InvalidArgumentError, "page: at least 0"),
    ("page of text", lambda c: c.messages.list(1, page="2"), UnexpectedArgumentError, "page: a whole number"),
    ("page size 0", lambda c: c.messages.list(1, page_size=0), InvalidArgumentError, "page_size: at least 1"),
    (
        "misspelt filter",
        lambda c: c.contacts.list(1, has_opted_outt=True),
        TypeError,
        "did you mean has_opted_out",
    ),
    ("unknown filter", lambda c: c.contacts.list(1, zzz=True), TypeError, "zzz: .*it takes dashboard_id"),
    ("nothing given", lambda c: c.contacts.list(), TypeError, "dashboard_id"),
    (
        "too many in front",
        lambda c: c.contacts.get(1, HERE, 3),
        TypeError,
        "dashboard_id, phone_number in front",
    ),
    ("twice", lambda c: c.contacts.get(1, HERE, dashboard_id=2), TypeError, "dashboard_id: given twice"),
    ("no text", lambda c: c.messages.send(HERE, to=HERE), TypeError, "needs body"),
    ("no words", lambda c: c.messages.send(**SEND | {"body": None}), InvalidArgumentError, "body: is needed"),
    (
        "no words to ask with",
        lambda c: c.messages.request_location(1, HERE, None),
        InvalidArgumentError,
        "body: is needed",
    ),
    (
        "words that are none",
        lambda c: c.messages.request_location(1, HERE, 5),
        UnexpectedArgumentError,
        "body: must be a str, not int",
    ),
    ("no name", lambda c: c.groups.create(1, name=None), InvalidArgumentError, "name: is needed"),
    (
        "no message",
        lambda c: c.messages.wait_for_delivery(1, None),
        InvalidArgumentError,
        "message: must be the result of a send",
    ),
    (
        "no patience",
        lambda c: c.messages.wait_for_delivery(1, "m", timeout=-1),
        InvalidArgumentError,
        "timeout: must be at least 0 seconds",
    ),
    (
        "no pause",
        lambda c: c.messages.wait_for_delivery(1, "m", poll=0),
        InvalidArgumentError,
        "poll: must be more than 0 seconds",
    ),
    ("no id", lambda c: c.contacts.list(None), InvalidArgumentError, "dashboard_id: must not be empty"),
    ("empty id", lambda c: c.messages.redact(""), InvalidArgumentError, "message_id: must not be empty"),
    ("tags as text", lambda c: c.contacts.list(1, tags="a,b"), UnexpectedArgumentError, "tags: a list"),
    ("comma in a tag", lambda c: c.contacts.list(1, tags=["a,b"]), InvalidArgumentError, "tags: .*comma"),
    (
        "four pairs",
        lambda c: c.contacts.list(1, custom_fields=[("a", "b")] * 4),
        InvalidArgumentError,
        "custom_fields: at most 3",
    ),
    (
        "no pairs",
        lambda c: c.contacts.list(1, custom_fields=["abc"]),
        UnexpectedArgumentError,
        "custom_fields: a list of pairs",
    ),
    ("short number", lambda c: c.messages.send(**SEND | {"to": "555-0123"}), PhoneNumberError, "to: .*not 7"),
    (
        "foreign number",
        lambda c: c.messages.send(**SEND | {"from_": "+44 20 7946 0123"}),
        PhoneNumberError,
        "from_",
    ),
    ("letters", lambda c: c.contacts.get(1, "call me"), PhoneNumberError, "phone_number"),
    (
        "no number",
        lambda c: c.messages.send(**SEND | {"to": 1.5}),
        PhoneNumberError,
        "to: a phone number as text",
    ),
    (
        "long text",
        lambda c: c.messages.send(**SEND | {"body": "x" * 1601}),
        MessageTooLongError,
        "body: at most 1600.*1601",
    ),
    (
        "long sender",
        lambda c: c.messages.send(**SEND, sender_name="x" * 42),
        MessageTooLongError,
        "sender_name: at most 41",
    ),
    (
        "text with a tag over the limit",
        lambda c: c.messages.request_location(1, HERE, "x" * 1590),
        MessageTooLongError,
        "body: at most 1600",
    ),
    (
        "callback without a tag",
        lambda c: c.messages.send(**SEND, location_callback="https://example.com"),
        LocationRequestError,
        r"\[LocationRequest\]",
    ),
    (
        "callback without a tag to a contact",
        lambda c: c.messages.send_to_contact(1, HERE, "Hello", location_callback="https://example.com"),
        LocationRequestError,
        "with_location_tag",
    ),
    (
        "callback without a tag despite geolocation_requested",
        lambda c: c.messages.send(
            **SEND, location_callback="https://example.com", geolocation_requested=True
        ),
        LocationRequestError,
        "location_callback",
    ),
    (
        "no callback address",
        lambda c: c.messages.send(**SEND, status_callback="example.com"),
        InvalidArgumentError,
        "status_callback: an http",
    ),
    (
        "ftp callback",
        lambda c: c.messages.send(**SEND, status_callback="ftp://example.com"),
        InvalidArgumentError,
        "status_callback",
    ),
    (
        "no location callback address",
        lambda c: c.messages.request_location(1, HERE, "Where?", callback="nowhere"),
        InvalidArgumentError,
        "location_callback: an http",
    ),
    (
        "no hook address",
        lambda c: c.webhooks.create(1, target_url="x", event="msg_sent"),
        InvalidArgumentError,
        "target_url",
    ),
    (
        "misplaced option",
        lambda c: c.messages.send_to_contact(1, HERE, "Hi", geolocation_requested=True),
        TypeError,
        "geolocation",
    ),
    (
        "no file",
        lambda c: c.messages.upload_media("/nowhere/photo.png"),
        InvalidArgumentError,
        "file: cannot be read",
    ),
    (
        "empty file",
        lambda c: c.messages.upload_media(b"", content_type="image/png"),
        InvalidArgumentError,
        "file: is empty",
    ),
    (
        "unguessable",
        lambda c: c.messages.upload_media(b"x"),
        InvalidArgumentError,
        "content_type: cannot be derived",
    ),
    ("no media", lambda c: c.messages.upload_media(4), UnexpectedArgumentError, "file: must be a path"),
]


@pytest.mark.parametrize(("case", "call", "kind", "words"), BAD, ids=[case[0] for case in BAD])
def test_bad_input_is_refused_before_anything_is_sent(
    world: World, case: str, call: Any, kind: type[Exception], words: str
) -> None:
    client = world.answering()
    with pytest.raises(kind, match=words) as caught:
        world.run(call(client))
    assert isinstance(caught.value, TextRequestError)
    assert world.requests == []
    assert HERE not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"api_key": ""}, "TEXTREQUEST_API_KEY"),
        ({"api_key": "   "}, "TEXTREQUEST_API_KEY"),
        ({"api_key": None}, "TEXTREQUEST_API_KEY"),
        ({"api_key": "key\nwith: header"}, "header"),
        ({"base_url": "api.textrequest.com"}, "base_url"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"base_url": ""}, "base_url"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"retries": None}, "retries"),
        ({"transport": object()}, "transport"),
    ],
)
def test_a_client_that_cannot_work_is_not_made(world: World, options: dict[str, Any], words: str) -> None:
    from textrequest_ext import AsyncTextRequest, TextRequest

    kind = TextRequest if world.kind == "blocking" else AsyncTextRequest
    with pytest.raises(ConfigurationError, match=words):
        kind(**{"api_key": "key", **options})


@pytest.mark.parametrize(
    "given", ["5555550123", "15555550123", "+1 (555) 555-0123", "555.555.0123", 5555550123, "1-555-555-0123"]
)
def test_a_north_american_number_goes_out_as_11_digits(world: World, given: Any) -> None:
    from textrequest_ext._operations.arguments import to_phone_number

    assert to_phone_number("to", given) == "15555550123"


def query(world: World, **filters: Any) -> dict[str, str]:
    import httpx

    client = world.client(lambda request: httpx.Response(200, json={"items": [], "meta": {}}))
    world.items(client.contacts.list(121, **filters))
    return {key: value for key, value in world.requests[-1].url.params.items() if key != "page"}


def test_filters_go_out_as_the_service_wants_them(world: World) -> None:
    east = timezone(timedelta(hours=-5))
    assert query(world, tags=["a", "b"], groups=[17, 18]) == {"tags": "a,b", "groups": "17,18"}
    assert query(world, custom_fields=[("f1", "v1"), ("f2", "v,2")]) == {
        "custom_field_id_1": "f1",
        "custom_field_value_1": "v1",
        "custom_field_id_2": "f2",
        "custom_field_value_2": "v,2",
    }
    assert query(world, is_blocked=False, has_opted_out=True) == {
        "is_blocked": "false",
        "has_opted_out": "true",
    }
    assert query(world, contact_created_after=datetime(2026, 1, 1, 4, 30, tzinfo=east)) == {
        "contact_created_after": "2026-01-01T09:30:00Z"
    }
    assert query(world, contact_created_after=datetime(2026, 1, 1, 4, 30, 0, 250000, UTC)) == {
        "contact_created_after": "2026-01-01T04:30:00.250000Z"
    }
    assert query(world) == {}


def test_one_call_can_carry_more_than_the_contract_knows(world: World) -> None:
    import httpx

    client = world.answering(httpx.Response(204))
    options = {"extra_query": {"new_filter": "yes"}, "extra_headers": {"x-trace": "7"}, "timeout": 3.0}
    world.run(client.contacts.get(121, HERE, **options))
    request = world.requests[0]
    assert request.url.params["new_filter"] == "yes"
    assert request.headers["x-trace"] == "7"
