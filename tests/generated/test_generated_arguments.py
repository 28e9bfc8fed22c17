"""Invalid arguments raise an error with the name of the argument, and nothing is sent.

`operation.build` and the four functions of a module apply the same checks.
"""

from __future__ import annotations

import asyncio
import copy
import io
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import httpx
import pytest
from generated_support import client_returning

import textrequest_ext.errors
from textrequest_api import errors, models
from textrequest_api.api.contacts import contacts_bulk_update, contacts_get, contacts_list, contacts_upsert
from textrequest_api.api.messages import messages_list, messages_redact, messages_send, messages_upload_media
from textrequest_api.api.payments import payments_create
from textrequest_api.api.webhooks import webhooks_create
from textrequest_api.types import UNSET, File

HERE = "5555550123"
SURROGATE = "private \ud800"
EAST = timezone(timedelta(hours=1))
CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)
DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]


class Opaque:
    def __repr__(self) -> str:
        return "private"


def message(**changed: Any) -> dict[str, Any]:
    return {"from_": HERE, "to": HERE, "body": "Hello", **changed}


def payment(amount: Any) -> dict[str, Any]:
    return {"description": "x", "customer_phone": HERE, "amount_requested": amount}


INVALID = errors.InvalidArgumentError
WRONG_TYPE = errors.UnexpectedArgumentError
PHONE = errors.PhoneNumberError
# Parameters of the path and of the query: both ways of calling take them alike.
PARAMETERS: list[tuple[ModuleType, tuple[Any, ...], dict[str, Any], str, type[Exception]]] = [
    (messages_list, (1,), {"page": -1}, "page", INVALID),
    (messages_list, (1,), {"page": "2"}, "page", WRONG_TYPE),
    (messages_list, (1,), {"page": True}, "page", WRONG_TYPE),
    (messages_list, (1,), {"page": -(10**5000)}, "page", INVALID),
    (messages_list, (1,), {"page": 10**5000}, "page", INVALID),
    (messages_list, (1,), {"page_size": 0}, "page_size", INVALID),
    (messages_list, (1,), {"start_date": datetime(2026, 1, 1)}, "start_date", INVALID),
    (messages_list, (1,), {"start_date": "2026-01-01"}, "start_date", WRONG_TYPE),
    (messages_list, (1,), {"end_date": datetime.min.replace(tzinfo=EAST)}, "end_date", INVALID),
    (
        messages_list,
        (1,),
        {"end_date": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))},
        "end_date",
        INVALID,
    ),
    (messages_list, (1,), {"sort": Opaque()}, "sort", WRONG_TYPE),
    (contacts_list, (1,), {"tags": "a,b"}, "tags", WRONG_TYPE),
    (contacts_list, (1,), {"tags": ["a,b"]}, "tags", INVALID),
    (contacts_list, (1,), {"tags": [SURROGATE]}, "tags", INVALID),
    (contacts_list, (1,), {"tags": [b"a"]}, "tags", WRONG_TYPE),
    (contacts_list, (1,), {"groups": [float("nan")]}, "groups", INVALID),
    (contacts_list, (1,), {"display_name": SURROGATE}, "display_name", INVALID),
    (contacts_list, (1,), {"display_name": b"x"}, "display_name", WRONG_TYPE),
    (contacts_list, (1,), {"display_name": float("inf")}, "display_name", INVALID),
    (contacts_list, (None,), {}, "dashboard_id", WRONG_TYPE),
    (contacts_list, (UNSET,), {}, "dashboard_id", WRONG_TYPE),
    (contacts_list, (10**5000,), {}, "dashboard_id", INVALID),
    (contacts_list, (Opaque(),), {}, "dashboard_id", WRONG_TYPE),
    (messages_redact, ("",), {}, "message_id", INVALID),
    (messages_redact, ("..",), {}, "message_id", INVALID),
    (messages_redact, (SURROGATE,), {}, "message_id", INVALID),
    (contacts_get, (1, "555-0123"), {}, "phone_number", PHONE),
    (contacts_get, (1, "25555550123"), {}, "phone_number", PHONE),
    (contacts_get, (1, 25555550123), {}, "phone_number", PHONE),
    (contacts_get, (1, -5555550123), {}, "phone_number", PHONE),
    (contacts_get, (1, 10**5000), {}, "phone_number", PHONE),
    (contacts_get, (1, "٥٥٥٥٥٥٠١٢٣"), {}, "phone_number", PHONE),
    (contacts_get, (1, True), {}, "phone_number", PHONE),
    (contacts_list, (), {}, "contacts_list", WRONG_TYPE),
    (contacts_get, (1,), {}, "contacts_get", WRONG_TYPE),
    (contacts_get, (1, HERE, 3), {}, "contacts_get", WRONG_TYPE),
    (contacts_get, (1, HERE), {"dashboard_id": 2}, "dashboard_id", WRONG_TYPE),
    (contacts_list, (1,), {"has_opted_outt": True}, "has_opted_outt", WRONG_TYPE),
]
# JSON bodies with fields: `build` takes the fields, the other functions a model.
FIELDS: list[tuple[ModuleType, tuple[Any, ...], Any, dict[str, Any], str, type[Exception]]] = [
    (messages_send, (), models.PostMessageRequest, message(to="555-0123"), "to", PHONE),
    (messages_send, (), models.PostMessageRequest, message(from_=10**5000), "from_", PHONE),
    (
        messages_send,
        (),
        models.PostMessageRequest,
        message(body="x" * 1601),
        "body",
        errors.MessageTooLongError,
    ),
    (
        messages_send,
        (),
        models.PostMessageRequest,
        message(sender_name="x" * 42),
        "sender_name",
        errors.MessageTooLongError,
    ),
    (messages_send, (), models.PostMessageRequest, message(body=5), "body", WRONG_TYPE),
    (messages_send, (), models.PostMessageRequest, message(body=None), "body", WRONG_TYPE),
    (messages_send, (), models.PostMessageRequest, message(body=SURROGATE), "body", INVALID),
    (messages_send, (), models.PostMessageRequest, message(mms_media=[SURROGATE]), "mms_media[0]", INVALID),
    (messages_send, (), models.PostMessageRequest, message(mms_media=[Opaque()]), "mms_media[0]", WRONG_TYPE),
    (messages_send, (), models.PostMessageRequest, message(mms_media=b"x"), "mms_media", WRONG_TYPE),
    (messages_send, (), models.PostMessageRequest, message(mms_media=[10**5000]), "mms_media[0]", INVALID),
    (messages_send, (), models.PostMessageRequest, message(mms_media=CIRCLE), "mms_media", INVALID),
    (messages_send, (), models.PostMessageRequest, message(mms_media=DEEP), "mms_media", INVALID),
    (
        messages_send,
        (),
        models.PostMessageRequest,
        message(status_callback="example.com"),
        "status_callback",
        INVALID,
    ),
    (
        messages_send,
        (),
        models.PostMessageRequest,
        message(location_callback="ftp://example.com"),
        "location_callback",
        INVALID,
    ),
    *(
        (payments_create, (1,), models.PostPaymentRequest, payment(amount), "amount_requested", kind)
        for amount, kind in (
            (-5, INVALID),
            (0, INVALID),
            (0.0, INVALID),
            (float("nan"), INVALID),
            (float("inf"), INVALID),
            (True, WRONG_TYPE),
            ("12", WRONG_TYPE),
            (None, WRONG_TYPE),
        )
    ),
    (contacts_upsert, (1, HERE), models.PostContactRequest, {"note": Opaque()}, "note", WRONG_TYPE),
    (contacts_upsert, (1, HERE), models.PostContactRequest, {"note": float("nan")}, "note", INVALID),
    (contacts_upsert, (1, HERE), models.PostContactRequest, {"note": {("a",): 1}}, "note", INVALID),
    (
        contacts_upsert,
        (1, HERE),
        models.PostContactRequest,
        {"custom_fields": [models.CustomFieldEntry("a"), models.CustomFieldEntry(SURROGATE)]},
        "custom_fields[1].id",
        INVALID,
    ),
    (
        contacts_upsert,
        (1, HERE),
        models.PostContactRequest,
        {"custom_fields": [models.CustomFieldEntry.from_dict({})]},
        "custom_fields[0].id",
        WRONG_TYPE,
    ),
    (
        webhooks_create,
        (1,),
        models.PostWebhookRequest,
        {"target_url": "x", "event": "msg_sent"},
        "target_url",
        INVALID,
    ),
]


def refused(call: Callable[[], Any], argument: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert isinstance(error, errors.TextRequestError)
    assert isinstance(error, ValueError)
    assert error.argument == argument  # type: ignore[attr-defined]
    assert str(error).startswith(f"{argument}: ")
    assert "private" not in f"{error} {error!r}"
    assert HERE not in str(error)
    assert not isinstance(error.__context__, UnicodeError), "it has the text"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.argument) == (type(error), str(error), argument)


def four_functions(module: ModuleType, *args: Any, **kwargs: Any) -> list[Callable[[], Any]]:
    requests: list[httpx.Request] = []
    client = client_returning(json={}, requests=requests)

    def blocking(name: str) -> None:
        try:
            getattr(module, name)(*args, client=client, **kwargs)
        finally:
            assert requests == []

    async def awaited(name: str) -> None:
        await getattr(module, name)(*args, client=client, **kwargs)

    def asynchronous(name: str) -> None:
        try:
            asyncio.run(awaited(name))
        finally:
            assert requests == []

    calls = [
        (lambda name=name, run=run: run(name))
        for name, run in (
            ("sync", blocking),
            ("sync_detailed", blocking),
            ("asyncio", asynchronous),
            ("asyncio_detailed", asynchronous),
        )
        if hasattr(module, name)
    ]
    assert len(calls) >= 2
    return calls


@pytest.mark.parametrize(("module", "args", "kwargs", "argument", "kind"), PARAMETERS)
def test_an_invalid_parameter(
    module: ModuleType,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    argument: str,
    kind: type[Exception],
) -> None:
    for call in (
        lambda: module.operation.build(*args, **kwargs),
        *four_functions(module, *args, **kwargs),
    ):
        refused(call, argument, kind)


@pytest.mark.parametrize(("module", "args", "model", "fields", "argument", "kind"), FIELDS)
def test_an_invalid_field_of_a_body(
    module: ModuleType,
    args: tuple[Any, ...],
    model: Any,
    fields: dict[str, Any],
    argument: str,
    kind: type[Exception],
) -> None:
    refused(lambda: module.operation.build(*args, **fields), argument, kind)
    for call in four_functions(module, *args, body=model(**fields)):
        refused(call, f"body.{argument}", kind)


@pytest.mark.parametrize("body", [None, UNSET, {"to": HERE}, "Hello", [], models.PostTagRequest("x")])
def test_a_body_that_is_not_the_model(body: Any) -> None:
    for call in four_functions(messages_send, body=body):
        refused(call, "body", WRONG_TYPE)


@pytest.mark.parametrize(
    ("body", "argument"),
    [
        (None, "body"),
        ({}, "body"),
        (5, "body"),
        ([{}], "body[0].phone_number"),
        ([models.UpdateContactRequest(HERE), None], "body[1]"),
        ((models.PostTagRequest("x"),), "body[0]"),
    ],
)
def test_a_body_that_is_not_a_list_of_the_model(body: Any, argument: str) -> None:
    refused(lambda: contacts_bulk_update.operation.build(1, body=body), argument, WRONG_TYPE)
    for call in four_functions(contacts_bulk_update, 1, body=body):
        refused(call, argument, WRONG_TYPE)


def test_an_invalid_model_in_a_list_is_named_by_its_index() -> None:
    body = [models.UpdateContactRequest(HERE), models.UpdateContactRequest("123")]

    refused(lambda: contacts_bulk_update.operation.build(1, body=body), "body[1].phone_number", PHONE)
    for call in four_functions(contacts_bulk_update, 1, body=body):
        refused(call, "body[1].phone_number", PHONE)


def test_a_model_goes_out_normalized_and_is_not_changed() -> None:
    requests: list[httpx.Request] = []
    body = models.PostMessageRequest(from_="(555) 555-0199", to=5555550123, body="Hello")  # type: ignore[arg-type]
    body["new_key"] = 1
    before = copy.deepcopy(body)

    messages_send.sync(client=client_returning(json={"message_id": "a"}, requests=requests), body=body)

    assert json.loads(requests[0].content) == {
        "from": "15555550199",
        "to": "15555550123",
        "body": "Hello",
        "new_key": 1,
    }
    assert requests[0].headers["content-type"] == "application/json"
    assert body == before


@pytest.mark.parametrize(
    "given", [HERE, "15555550123", "+1 (555) 555-0123", "555.555.0123", 5555550123, 15555550123]
)
def test_a_phone_number_goes_out_with_11_digits(given: Any) -> None:
    assert contacts_get.operation.build(1, given)["url"] == "/dashboards/1/contacts/15555550123"


def test_a_similar_name_is_suggested() -> None:
    with pytest.raises(TypeError, match=r"did you mean has_opted_out\?"):
        contacts_list.operation.build(1, has_opted_outt=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"did you mean amount_requested\?"):
        payments_create.operation.build(1, amount=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="payments_create has no such argument; it takes dashboard_id"):
        payments_create.operation.build(1, phone_number=HERE)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="contacts_get has no such argument; it takes dashboard_id"):
        contacts_get.operation.build(1, HERE, zzz=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("timeout", [-1, 0, float("nan"), float("inf"), 1e300, "abc", True, (1, 2), b"1"])
def test_an_invalid_timeout_of_a_call(timeout: Any) -> None:
    kind = INVALID if isinstance(timeout, int | float) and timeout is not True else WRONG_TYPE
    refused(lambda: contacts_get.operation.build(1, HERE, timeout=timeout), "timeout", kind)


@pytest.mark.parametrize("seconds", [-1, 0, float("nan"), float("inf")])
def test_an_invalid_timeout_of_httpx(seconds: float) -> None:
    timeout = httpx.Timeout(5, read=seconds)

    refused(lambda: contacts_get.operation.build(1, HERE, timeout=timeout), "timeout", INVALID)


@pytest.mark.parametrize("timeout", [None, 1, 0.5, httpx.Timeout(None), httpx.Timeout(5, read=1)])
def test_a_valid_timeout_of_a_call(timeout: Any) -> None:
    assert contacts_get.operation.build(1, HERE, timeout=timeout)["timeout"] is timeout


@pytest.mark.parametrize(
    ("headers", "argument"),
    [
        ({"x-trace": "a\r\nX-Evil: 1"}, "extra_headers['x-trace']"),
        ({"x-trace": "a\nb"}, "extra_headers['x-trace']"),
        ({"x-trace": "a\0b"}, "extra_headers['x-trace']"),
        ({"x-trace": " a"}, "extra_headers['x-trace']"),
        ({"x-trace": "é"}, "extra_headers['x-trace']"),
        ({"x-trace": SURROGATE}, "extra_headers['x-trace']"),
        ({"x-trace": 7}, "extra_headers['x-trace']"),
        ({"x-trace": None}, "extra_headers['x-trace']"),
        ({"x:trace": "1"}, "extra_headers"),
        ({"x-trace\r\nX-Evil": "1"}, "extra_headers"),
        ({"": "1"}, "extra_headers"),
        ({5: "1"}, "extra_headers"),
        ([("x-trace", "1")], "extra_headers"),
        ("x", "extra_headers"),
    ],
)
def test_headers_that_cannot_be_sent(headers: Any, argument: str) -> None:
    refused(lambda: contacts_get.operation.build(1, HERE, extra_headers=headers), argument, INVALID)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ({"a": SURROGATE}, "extra_query['a']"),
        ({SURROGATE: "a"}, "extra_query"),
        ({5: "a"}, "extra_query"),
        ({"a": Opaque()}, "extra_query['a']"),
        ({"a": b"x"}, "extra_query['a']"),
        ({"a": float("nan")}, "extra_query['a']"),
        ({"a": 10**5000}, "extra_query['a']"),
        ({"a": ["b", SURROGATE]}, "extra_query['a']"),
        ({"a": nested(100_000)}, "extra_query['a']"),
        ([("a", "b")], "extra_query"),
        ("a=b", "extra_query"),
    ],
)
def test_a_query_that_cannot_be_sent(query: Any, argument: str) -> None:
    refused(lambda: contacts_get.operation.build(1, HERE, extra_query=query), argument, INVALID)


def test_an_extra_query_is_sent_as_it_is() -> None:
    request = contacts_list.operation.build(1, extra_query={"a": "b", "c": ["d", 1], "e": None, "f": True})
    with httpx.Client(base_url="https://example.com") as http:
        url = http.build_request(**request).url

    assert url.params.multi_items() == [("a", "b"), ("c", "d"), ("c", "1"), ("e", ""), ("f", "true")]


@pytest.mark.parametrize(
    ("file", "argument"),
    [
        (File(io.BytesIO(b"x"), "a.png", "image/png\r\nX-Evil: 1"), "body.file.mime_type"),
        (File(io.BytesIO(b"x"), "a.png", "image/pńg"), "body.file.mime_type"),
        (File(io.BytesIO(b"x"), "a.png", SURROGATE), "body.file.mime_type"),
        (File(io.BytesIO(b"x"), "a.png", 5), "body.file.mime_type"),  # type: ignore[arg-type]
        (File(io.BytesIO(b"x"), 'a.png"\r\nX-Evil: 1'), "body.file.file_name"),
        (File(io.BytesIO(b"x"), "a\0.png"), "body.file.file_name"),
        (File(io.BytesIO(b"x"), SURROGATE), "body.file.file_name"),
        (File(io.BytesIO(b"x"), 5), "body.file.file_name"),  # type: ignore[arg-type]
        (File("text", "a.png"), "body.file.payload"),  # type: ignore[arg-type]
    ],
)
def test_a_file_that_would_change_the_form(file: File, argument: str) -> None:
    body = models.MmsMediaUpload(file=file)
    refused(lambda: messages_upload_media.operation.build(body=body), argument, INVALID)
    for call in four_functions(messages_upload_media, body=body):
        refused(call, argument, INVALID)


def test_valid_datetimes_at_the_limits_are_sent() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=EAST)):
        assert messages_list.operation.build(1, start_date=moment)["params"]["start_date"].endswith("Z")


@pytest.mark.parametrize(
    "name",
    [
        "TextRequestError",
        "InvalidArgumentError",
        "UnexpectedArgumentError",
        "PhoneNumberError",
        "MessageTooLongError",
    ],
)
def test_both_packages_have_the_same_errors(name: str) -> None:
    assert getattr(textrequest_ext.errors, name) is getattr(errors, name) is getattr(textrequest_ext, name)


def test_the_tree_of_errors() -> None:
    assert errors.InvalidArgumentError.__bases__ == (errors.TextRequestError, ValueError)
    assert errors.UnexpectedArgumentError.__bases__ == (errors.InvalidArgumentError, TypeError)
    assert errors.PhoneNumberError.__bases__ == errors.MessageTooLongError.__bases__ == (INVALID,)
    assert textrequest_ext.LocationRequestError.__bases__ == (INVALID,)
    assert issubclass(errors.ResponseParseError, errors.TextRequestError)
    assert issubclass(errors.UnexpectedStatus, errors.TextRequestError)


def test_an_error_from_within_a_call_is_not_taken_for_one_of_the_call() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise TypeError("from the transport")

    client = client_returning()
    client.set_httpx_client(httpx.Client(transport=httpx.MockTransport(fail), base_url="https://example.com"))
    with pytest.raises(TypeError, match=r"^from the transport$") as caught:
        contacts_get.sync(1, HERE, client=client)
    assert not isinstance(caught.value, errors.TextRequestError)
