"""Invalid arguments raise an error that names the argument, and no request is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from textrequest_api.models import UpdateContactRequest
from textrequest_ext import (
    ConfigurationError,
    InvalidArgumentError,
    LocationRequestError,
    MessageTooLongError,
    PhoneNumberError,
    TextRequestError,
    UnexpectedArgumentError,
)
from unit.conftest import ClientHarness

NUMBER = "5555550123"
SEND: dict[str, Any] = {"from_": NUMBER, "to": NUMBER, "body": "Hello"}
INVALID: list[tuple[str, Any, type[Exception], str]] = [
    (
        "naive datetime",
        lambda c: c.messages.list(1, start_date=datetime(2026, 1, 1)),
        InvalidArgumentError,
        "start_date.*time zone",
    ),
    (
        "text instead of a datetime",
        lambda c: c.messages.list(1, end_date="2026-01-01"),
        InvalidArgumentError,
        "end_date.*datetime",
    ),
    (
        "negative page",
        lambda c: c.messages.list(1, page=-1),
        InvalidArgumentError,
        "page: must be at least 0",
    ),
    (
        "text instead of a page number",
        lambda c: c.messages.list(1, page="2"),
        UnexpectedArgumentError,
        "page: must be an int, not str",
    ),
    (
        "page size 0",
        lambda c: c.messages.list(1, page_size=0),
        InvalidArgumentError,
        "page_size: must be at least 1",
    ),
    (
        "misspelled filter",
        lambda c: c.contacts.list(1, has_opted_outt=True),
        TypeError,
        "did you mean has_opted_out",
    ),
    ("unknown filter", lambda c: c.contacts.list(1, zzz=True), TypeError, "zzz: .*it takes dashboard_id"),
    ("no arguments", lambda c: c.contacts.list(), TypeError, "dashboard_id"),
    (
        "too many positional arguments",
        lambda c: c.contacts.get(1, NUMBER, 3),
        TypeError,
        "contacts_get: .*dashboard_id, phone_number",
    ),
    (
        "argument given twice",
        lambda c: c.contacts.get(1, NUMBER, dashboard_id=2),
        TypeError,
        "dashboard_id: is given twice",
    ),
    ("missing body", lambda c: c.messages.send(NUMBER, to=NUMBER), TypeError, "needs body"),
    (
        "body None",
        lambda c: c.messages.send(**SEND | {"body": None}),
        InvalidArgumentError,
        "body: is required",
    ),
    (
        "location request with body None",
        lambda c: c.messages.request_location(1, NUMBER, None),
        InvalidArgumentError,
        "body: must be a str, not NoneType",
    ),
    (
        "body of another type",
        lambda c: c.messages.request_location(1, NUMBER, 5),
        UnexpectedArgumentError,
        "body: must be a str, not int",
    ),
    ("name None", lambda c: c.groups.create(1, name=None), InvalidArgumentError, "name: is required"),
    (
        "message None",
        lambda c: c.messages.wait_for_delivery(1, None),
        InvalidArgumentError,
        "message: must be the result of a send",
    ),
    (
        "negative timeout",
        lambda c: c.messages.wait_for_delivery(1, "m", timeout=-1),
        InvalidArgumentError,
        "timeout: must be at least 0 seconds",
    ),
    (
        "poll interval 0",
        lambda c: c.messages.wait_for_delivery(1, "m", poll=0),
        InvalidArgumentError,
        "poll: must be more than 0 seconds",
    ),
    ("id None", lambda c: c.contacts.list(None), InvalidArgumentError, "dashboard_id: is required"),
    ("empty id", lambda c: c.messages.redact(""), InvalidArgumentError, "message_id: must not be empty"),
    (
        "text instead of a list of tags",
        lambda c: c.contacts.list(1, tags="a,b"),
        UnexpectedArgumentError,
        "tags: must be a list",
    ),
    ("comma in a tag", lambda c: c.contacts.list(1, tags=["a,b"]), InvalidArgumentError, "tags: .*comma"),
    (
        "four custom fields",
        lambda c: c.contacts.list(1, custom_fields=[("a", "b")] * 4),
        InvalidArgumentError,
        "custom_fields: must have at most 3 pairs, not 4",
    ),
    (
        "custom fields that are not pairs",
        lambda c: c.contacts.list(1, custom_fields=["abc"]),
        UnexpectedArgumentError,
        "custom_fields: must be a list of pairs",
    ),
    (
        "short phone number",
        lambda c: c.messages.send(**SEND | {"to": "555-0123"}),
        PhoneNumberError,
        "to: must be .*not 7 digits",
    ),
    (
        "foreign phone number",
        lambda c: c.messages.send(**SEND | {"from_": "+44 20 7946 0123"}),
        PhoneNumberError,
        "from_",
    ),
    ("letters in a phone number", lambda c: c.contacts.get(1, "call me"), PhoneNumberError, "phone_number"),
    (
        "phone number of another type",
        lambda c: c.messages.send(**SEND | {"to": 1.5}),
        PhoneNumberError,
        "to: must be a phone number as a str, not float",
    ),
    (
        "body too long",
        lambda c: c.messages.send(**SEND | {"body": "x" * 1601}),
        MessageTooLongError,
        "body: must have at most 1600.*1601",
    ),
    (
        "sender name too long",
        lambda c: c.messages.send(**SEND, sender_name="x" * 42),
        MessageTooLongError,
        "sender_name: must have at most 41",
    ),
    (
        "body too long with the tag",
        lambda c: c.messages.request_location(1, NUMBER, "x" * 1590),
        MessageTooLongError,
        "body: must have at most 1600",
    ),
    (
        "callback without the tag",
        lambda c: c.messages.send(**SEND, location_callback="https://example.com"),
        LocationRequestError,
        r"\[LocationRequest\]",
    ),
    (
        "callback without the tag to a contact",
        lambda c: c.messages.send_to_contact(1, NUMBER, "Hello", location_callback="https://example.com"),
        LocationRequestError,
        "with_location_tag",
    ),
    (
        "callback without the tag, with geolocation_requested",
        lambda c: c.messages.send(
            **SEND, location_callback="https://example.com", geolocation_requested=True
        ),
        LocationRequestError,
        "location_callback",
    ),
    (
        "callback that is not a URL",
        lambda c: c.messages.send(**SEND, status_callback="example.com"),
        InvalidArgumentError,
        "status_callback: must be an http",
    ),
    (
        "ftp callback",
        lambda c: c.messages.send(**SEND, status_callback="ftp://example.com"),
        InvalidArgumentError,
        "status_callback",
    ),
    (
        "location callback that is not a URL",
        lambda c: c.messages.request_location(1, NUMBER, "Where?", callback="nowhere"),
        InvalidArgumentError,
        "location_callback: must be an http",
    ),
    (
        "webhook target that is not a URL",
        lambda c: c.webhooks.create(1, target_url="x", event="msg_sent"),
        InvalidArgumentError,
        "target_url",
    ),
    (
        "option of another operation",
        lambda c: c.messages.send_to_contact(1, NUMBER, "Hi", geolocation_requested=True),
        TypeError,
        "geolocation",
    ),
    (
        "file that does not exist",
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
        "unknown content type",
        lambda c: c.messages.upload_media(b"x"),
        InvalidArgumentError,
        "content_type: cannot be derived",
    ),
    (
        "media of another type",
        lambda c: c.messages.upload_media(4),
        UnexpectedArgumentError,
        "file: must be a path",
    ),
    *(
        (
            f"path {path!r}",
            lambda c, path=path: c.messages.upload_media(path),
            InvalidArgumentError,
            "file: cannot be read: it is not a valid path",
        )
        for path in ("a\0b.png", "\ud800.png")
    ),
    (
        "11 digits without the country code",
        lambda c: c.messages.send(**SEND | {"to": "25555550123"}),
        PhoneNumberError,
        "to: must be",
    ),
    (
        "long number",
        lambda c: c.messages.send(**SEND | {"to": 10**5000}),
        PhoneNumberError,
        "to: must be",
    ),
    *(
        (
            f"amount {amount!r}",
            lambda c, amount=amount: c.payments.create(
                1, description="x", customer_phone=NUMBER, amount_requested=amount
            ),
            InvalidArgumentError,
            "amount_requested: must be",
        )
        for amount in (-5, 0, True, "12", float("nan"), float("inf"))
    ),
    (
        "surrogate in the body",
        lambda c: c.messages.send(**SEND | {"body": "\ud800"}),
        InvalidArgumentError,
        "body: must not contain surrogates",
    ),
    (
        "surrogate in the path",
        lambda c: c.messages.redact("\ud800"),
        InvalidArgumentError,
        "message_id: must not contain surrogates",
    ),
    (
        "surrogate in the query",
        lambda c: c.contacts.list(1, display_name="\ud800"),
        InvalidArgumentError,
        "display_name: must not contain surrogates",
    ),
    (
        "surrogate in an extra query",
        lambda c: c.contacts.get(1, NUMBER, extra_query={"a": "\ud800"}),
        InvalidArgumentError,
        r"extra_query\['a'\]: must not contain surrogates",
    ),
    *(
        (
            f"header {value!r}",
            lambda c, value=value: c.contacts.get(1, NUMBER, extra_headers={"x-trace": value}),
            InvalidArgumentError,
            r"extra_headers\['x-trace'\]: must",
        )
        for value in ("\ud800", "é", "a\r\nX-Evil: 1")
    ),
    *(
        (
            f"JSON {type(value).__name__}",
            lambda c, value=value: c.contacts.upsert(1, NUMBER, note=value),
            InvalidArgumentError,
            "note: must be",
        )
        for value in (object(), b"x", float("nan"), float("inf"), 10**5000)
    ),
    *(
        (
            f"datetime {moment.year}",
            lambda c, moment=moment: c.messages.list(1, start_date=moment),
            InvalidArgumentError,
            "start_date: must be within",
        )
        for moment in (
            datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        )
    ),
    *(
        (
            f"timeout {timeout!r}",
            lambda c, timeout=timeout: c.contacts.get(1, NUMBER, timeout=timeout),
            InvalidArgumentError,
            "timeout: must be seconds",
        )
        for timeout in (-1, 0, float("nan"), float("inf"), "abc", True)
    ),
    *(
        (
            f"{argument} {value!r}",
            lambda c, argument=argument, value=value: c.messages.upload_media(
                b"x", **{"content_type": "image/png", argument: value}
            ),
            InvalidArgumentError,
            f"{argument}: must",
        )
        for argument, value in (
            ("content_type", "image/png\r\nX-Evil: 1"),
            ("content_type", "\ud800"),
            ("content_type", 5),
            ("filename", "a\r\nX-Evil: 1"),
            ("filename", "\ud800"),
            ("filename", 5),
        )
    ),
    *(
        (
            f"{argument} {str(value)[:5]}",
            lambda c, argument=argument, value=value: c.messages.wait_for_delivery(
                1, "m1", **{argument: value}
            ),
            InvalidArgumentError,
            f"{argument}: must be",
        )
        for argument in ("timeout", "poll")
        for value in (-1, float("nan"), float("inf"), 10**400, True, "1", None)
    ),
    (
        "poll 0",
        lambda c: c.messages.wait_for_delivery(1, "m1", poll=0),
        InvalidArgumentError,
        "poll: must be",
    ),
    *(
        (
            f"{method} of another type",
            lambda c, method=method: getattr(c, method)(5),
            UnexpectedArgumentError,
            "operation: must be an operation of the generated package, not int",
        )
        for method in ("call", "paginate")
    ),
    *(
        (
            f"dashboard {dashboard!r:.10}",
            lambda c, dashboard=dashboard: c.messages.send_to_contact(dashboard, NUMBER, "Hi"),
            InvalidArgumentError,
            "dashboard_id: must be",
        )
        for dashboard in (True, -1, 1.5, "abc", "\u0661", "5" * 5000)
    ),
    *(
        (
            f"media {media!r}",
            lambda c, media=media: c.messages.send("5555550100", NUMBER, "Hi", mms_media=media),
            UnexpectedArgumentError,
            "mms_media: must be a list of URLs",
        )
        for media in ("https://example.com/a.png", True, -1, 1.5, {"a": "b"})
    ),
    (
        "a text for a flag",
        lambda c: c.messages.send("5555550100", NUMBER, "Hi", geolocation_requested="false"),
        UnexpectedArgumentError,
        "geolocation_requested: must be True or False",
    ),
    (
        "no messages to send",
        lambda c: c.messages.send_many(1),
        UnexpectedArgumentError,
        "send_many: needs messages",
    ),
    (
        "too many positional arguments of send_many",
        lambda c: c.messages.send_many(1, [], "journal.db"),
        UnexpectedArgumentError,
        "send_many: takes .*dashboard_id, messages as positional arguments",
    ),
    (
        "long query",
        lambda c: c.contacts.list(1, display_name="x" * 100_000).first(),
        InvalidArgumentError,
        "contacts_list: the arguments make the URL too long",
    ),
    (
        "long id",
        lambda c: c.messages.redact("x" * 100_000),
        InvalidArgumentError,
        "messages_redact: the arguments make the URL too long",
    ),
    (
        "contacts that are not requests",
        lambda c: c.contacts.bulk_update(1, [NUMBER]),
        UnexpectedArgumentError,
        r"body\[0\]: must be a dict or UpdateContactRequest, not str",
    ),
    (
        "a number among contacts",
        lambda c: c.contacts.bulk_update(1, [UpdateContactRequest(NUMBER), UpdateContactRequest("1")]),
        PhoneNumberError,
        r"body\[1\]\.phone_number: must be",
    ),
]


@pytest.mark.parametrize(
    ("case", "call", "error_class", "message"), INVALID, ids=[case[0] for case in INVALID]
)
def test_invalid_argument_raises_before_sending(
    harness: ClientHarness, case: str, call: Any, error_class: type[Exception], message: str
) -> None:
    client = harness.client_returning()
    with pytest.raises(error_class, match=message) as caught:
        harness.run(call(client))
    assert isinstance(caught.value, TextRequestError)
    assert harness.requests == []
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": ""}, "TEXTREQUEST_API_KEY"),
        ({"api_key": "   "}, "TEXTREQUEST_API_KEY"),
        ({"api_key": None}, "TEXTREQUEST_API_KEY"),
        ({"api_key": "key\nwith: header"}, "header"),
        ({"base_url": "api.textrequest.com"}, "base_url"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"base_url": ""}, "base_url"),
        ({"base_url": "https://example.com/api?version=3"}, "base_url: must have no query"),
        ({"base_url": "https://example.com/api#v3"}, "base_url: must have no query"),
        ({"base_url": "https://example.com/api?"}, "base_url: must have no query"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"retries": None}, "retries"),
        ({"transport": object()}, "transport"),
        ({"max_concurrency": 10**9}, "max_concurrency: must be an integer from 1 to"),
    ],
)
def test_invalid_option_of_the_client_raises(
    harness: ClientHarness, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        harness.client_class(**{"api_key": "key", **options})


@pytest.mark.parametrize(
    "number", ["5555550123", "15555550123", "+1 (555) 555-0123", "555.555.0123", 5555550123, "1-555-555-0123"]
)
def test_phone_number_is_sent_as_11_digits(harness: ClientHarness, number: int | str) -> None:
    client = harness.client_returning(httpx.Response(204))
    harness.run(client.contacts.get(121, number))
    assert harness.requests[0].url.path.endswith("/contacts/15555550123")


def query(harness: ClientHarness, **filters: Any) -> dict[str, str]:
    """The query parameters that a list of contacts with these filters sends, without page and size."""
    client = harness.client(lambda request: httpx.Response(200, json={"items": [], "meta": {}}))
    harness.collect(client.contacts.list(121, **filters))
    return {key: value for key, value in harness.requests[-1].url.params.items() if key[:4] != "page"}


def test_filters_are_serialized(harness: ClientHarness) -> None:
    eastern = timezone(timedelta(hours=-5))
    assert query(harness, tags=["a", "b"], groups=[17, 18]) == {"tags": "a,b", "groups": "17,18"}
    assert query(harness, custom_fields=[("f1", "v1"), ("f2", "v,2")]) == {
        "custom_field_id_1": "f1",
        "custom_field_value_1": "v1",
        "custom_field_id_2": "f2",
        "custom_field_value_2": "v,2",
    }
    assert query(harness, is_blocked=False, has_opted_out=True) == {
        "is_blocked": "false",
        "has_opted_out": "true",
    }
    assert query(harness, contact_created_after=datetime(2026, 1, 1, 4, 30, tzinfo=eastern)) == {
        "contact_created_after": "2026-01-01T09:30:00Z"
    }
    assert query(harness, contact_created_after=datetime(2026, 1, 1, 4, 30, 0, 250000, UTC)) == {
        "contact_created_after": "2026-01-01T04:30:00.250000Z"
    }
    assert query(harness) == {}


def test_extra_query_parameters_and_headers_are_sent(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(204))
    options = {"extra_query": {"new_filter": "yes"}, "extra_headers": {"x-trace": "7"}, "timeout": 3.0}
    harness.run(client.contacts.get(121, NUMBER, **options))
    request = harness.requests[0]
    assert request.url.params["new_filter"] == "yes"
    assert request.headers["x-trace"] == "7"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.messages.wait_for_delivery(1), "wait_for_delivery: needs message"),
        (lambda c: c.messages.wait_for_delivery(1, "m1", self=5), "self: wait_for_delivery has no such"),
        (lambda c: c.messages.wait_for_delivery(1, "m1", tiemout=5), "did you mean timeout"),
        (lambda c: c.webhooks.ensure(1, "msg_sent"), "ensure: takes dashboard_id as positional"),
    ],
)
def test_wrong_arguments_of_a_method_with_several_requests(
    harness: ClientHarness, call: Any, message: str
) -> None:
    with pytest.raises(UnexpectedArgumentError, match=message):
        harness.run(call(harness.client_returning()))
