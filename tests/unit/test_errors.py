"""Errors say what happened and what to do, and hold no key, no number and no text of a message."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from typing import Any

import httpx
import pytest

import textrequest_ext
from textrequest_ext import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    MessageRejectedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SendOutcomeUnknownError,
    ServerError,
    TextRequestError,
    UnexpectedResponseError,
    errors,
)
from unit.conftest import KEY, World

NUMBER = "5555550123"
TEXT = "the secret words of this text"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (418, APIStatusError),
        (429, RateLimitError),
        (500, ServerError),
        (520, ServerError),
        (599, ServerError),
        (301, APIStatusError),
        (302, APIStatusError),
        (304, APIStatusError),
    ],
)
def test_each_status_is_its_own_error_a_redirect_included(
    world: World, status: int, kind: type[Exception]
) -> None:
    client = world.client(lambda request: httpx.Response(status, headers={"location": "/elsewhere"}))
    with pytest.raises(APIStatusError) as caught:
        world.run(client.contacts.get(121, NUMBER))
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert all("/elsewhere" not in str(request.url) for request in world.requests)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"status": 400, "errorCode": 17, "message": "A first name must be given."},
            "17",
            "A first name must be given.",
        ),
        ({"status": 400, "errorCode": None, "message": "Bad."}, None, "Bad."),
        ({"error_message": "Wrong type.", "error_code": "SMS1"}, "SMS1", "Wrong type."),
        ({"message": "Only this."}, None, "Only this."),
        ({}, None, None),
        ([], None, None),
        ({"message": 4, "error_code": {"a": 1}}, None, None),
    ],
)
def test_every_documented_shape_of_an_error_is_read(world: World, body: Any, code: Any, message: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        world.run(world.answering(httpx.Response(400, json=body)).contacts.get(121, NUMBER))
    error = caught.value
    assert (error.code, error.message, error.body) == (code, message, body)
    assert str(error).startswith("GET /dashboards/{dashboard_id}/contacts/{phone_number}: status 400")
    assert message is None or message in str(error)


@pytest.mark.parametrize("content", [b"", b"<html>Bad gateway</html>", b"\xff\xfe", b"{", b"[" * 100_000])
def test_an_error_that_is_not_json_is_an_error_all_the_same(world: World, content: bytes) -> None:
    with pytest.raises(ServerError) as caught:
        world.run(
            world.client(lambda request: httpx.Response(502, content=content)).contacts.get(121, NUMBER)
        )
    assert caught.value.message is None
    assert (caught.value.body is None) == (content == b"")


@pytest.mark.parametrize(
    "content", [b"", b"<html></html>", b"[]", b"4", b"{}", b'{"phone_number": null}', b"null"]
)
def test_a_success_that_is_not_what_the_contract_says(world: World, content: bytes) -> None:
    client = world.answering(httpx.Response(200, content=content))
    if content == b"":
        assert world.run(client.contacts.get(121, NUMBER)) is None  # as good as the 204 that is documented
        return
    with pytest.raises(UnexpectedResponseError) as caught:
        world.run(client.contacts.get(121, NUMBER))
    assert caught.value.body == content
    assert caught.value.status_code == 200


def test_an_unreadable_answer_to_a_send_leaves_its_outcome_unknown(world: World) -> None:
    client = world.answering(httpx.Response(200, content=b"<html>"))
    with pytest.raises(SendOutcomeUnknownError) as caught:
        world.run(client.messages.send("5555550100", NUMBER, TEXT))
    assert isinstance(caught.value, UnexpectedResponseError)


def test_a_list_without_items_is_an_error_never_an_empty_list(world: World) -> None:
    client = world.answering(httpx.Response(200, json={"meta": {"page": 0}}))
    with pytest.raises(UnexpectedResponseError, match="items"):
        world.items(client.contacts.list(121))


def test_a_missing_thing_is_none(world: World) -> None:
    assert world.run(world.answering(httpx.Response(204)).contacts.get(121, NUMBER)) is None


def test_successes_without_a_body_are_successes(world: World) -> None:
    for status in (200, 201, 204):
        assert world.run(world.answering(httpx.Response(status)).conversations.archive(121, NUMBER)) is None
        assert world.run(world.answering(httpx.Response(status)).groups.delete(121, 5)) is None


@pytest.mark.parametrize(
    ("call", "status", "hint"),
    [
        (lambda client: client.contacts.delete(121, NUMBER), 400, "message history"),
        (
            lambda client: client.webhooks.create(121, target_url="https://example.com", event="msg_sent"),
            409,
            "list the webhooks, or use webhooks.ensure",
        ),
        (lambda client: client.users.get(3), 401, "check the API key"),
    ],
)
def test_a_hint_says_what_to_do(world: World, call: Any, status: int, hint: str) -> None:
    with pytest.raises(APIStatusError, match=hint):
        world.run(call(world.answering(httpx.Response(status))))


def test_a_refused_message_does_not_pass_silently(world: World) -> None:
    client = world.answering(httpx.Response(200, json={"status": "error", "to": "15555550123"}))
    with pytest.raises(MessageRejectedError) as caught:
        world.run(client.messages.send("5555550100", NUMBER, TEXT))
    assert caught.value.response.to == "15555550123"
    client = world.answering(httpx.Response(200, json={"delivery_status": "error", "delivery_error": "2100"}))
    with pytest.raises(MessageRejectedError, match="2100"):
        world.run(client.messages.send_to_contact(121, NUMBER, TEXT))


def echoing(request: httpx.Request) -> httpx.Response:
    """A service that repeats in its error all that it was sent."""
    said = f"{request.url} {request.content.decode(errors='replace')} {request.headers['x-api-key']} +1 (555) 555-0123"
    words = TEXT if TEXT.encode() in request.content else ""
    return httpx.Response(400, json={"message": said, "error_code": f"E1 {words}", "text": TEXT})


LEAKY: list[Any] = [
    echoing,
    lambda request: httpx.Response(500, text=f"{request.headers['x-api-key']} {request.url} {TEXT}"),
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("refused"),
    lambda request: httpx.Response(200, text=f"{request.url} {TEXT}"),
    lambda request: httpx.Response(200, json={"status": "error", "to": "15555550123", "body": TEXT}),
]


@pytest.mark.parametrize("case", range(len(LEAKY)))
@pytest.mark.parametrize("send", [True, False])
def test_no_key_no_number_no_text_in_any_message_repr_log_or_pickle(
    world: World, case: int, send: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        outcome = LEAKY[case]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(request)

    client = world.client(handler)
    caplog.set_level(logging.DEBUG)
    http = client.low_level
    http = http.get_httpx_client() if world.kind == "blocking" else http.get_async_httpx_client()
    written = [repr(client), str(client), repr(client.low_level), repr(http.headers), repr(vars(http))]
    try:
        if send:
            world.run(client.messages.send_to_contact(121, NUMBER, TEXT))
        else:
            world.run(client.contacts.get(121, NUMBER))
    except TextRequestError as error:
        restored = pickle.loads(pickle.dumps(error))
        assert type(restored) is type(error)
        assert str(restored) == str(error)
        written += [
            str(error),
            repr(error),
            repr(restored),
            repr(pickle.dumps(error)),
            repr(restored.__dict__),
        ]
        written += [repr(copy.copy(error).args), "".join(traceback.format_exception_only(error))]
    for record in caplog.records:
        written += [record.getMessage(), repr(record.args), repr(record.__dict__)]
    for text in written:
        assert KEY not in text
        assert TEXT not in text
        assert NUMBER not in text.replace("-", "")


def test_the_log_line_of_httpx_holds_no_number(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = world.answering(httpx.Response(200, json={"items": [], "meta": {}}))
    world.items(client.contacts.list(121, contact_phone_number=NUMBER))
    client = world.answering(httpx.Response(200, json={"phone_number": "1" + NUMBER}))
    world.run(client.contacts.get(121, NUMBER))
    lines = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert len(lines) == 2
    assert "/contacts/{number}" in lines[1]
    assert not any(
        NUMBER in line or NUMBER in repr(record.args) for line in lines for record in caplog.records
    )
    assert [str(request.url) for request in world.requests][1].endswith("/contacts/1" + NUMBER)


def test_every_error_is_in_the_tree_and_survives_a_pickle() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, TextRequestError)
        assert getattr(textrequest_ext, name) is kind
    assert issubclass(errors.LocationRequestError, ValueError)
    assert issubclass(errors.MessageTooLongError, ValueError)
    assert issubclass(errors.PhoneNumberError, ValueError)
    assert issubclass(errors.APITimeoutError, errors.APIConnectionError)
    for kind in (
        errors.SignatureMissingError,
        errors.SignatureMismatchError,
        errors.TimestampError,
        errors.PayloadError,
    ):
        assert issubclass(kind, errors.WebhookError)
