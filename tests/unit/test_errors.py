"""Classes and attributes of the errors. They contain no API key, phone number or text of a message."""

from __future__ import annotations

import copy
import errno
import logging
import pickle
import socket
import ssl
import traceback
from typing import Any

import httpx
import pytest

import textrequest_ext
from textrequest_api.api.contacts import contacts_get
from textrequest_ext import (
    APIConnectionError,
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
from unit.conftest import KEY, ClientHarness

NUMBER = "5555550123"
TEXT = "the confidential text of this message"


@pytest.mark.parametrize(
    ("status", "error_class"),
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
def test_error_class_of_each_status(
    harness: ClientHarness, status: int, error_class: type[Exception]
) -> None:
    client = harness.client(lambda request: httpx.Response(status, headers={"location": "/elsewhere"}))
    with pytest.raises(APIStatusError) as caught:
        harness.run(client.contacts.get(121, NUMBER))
    assert type(caught.value) is error_class
    assert caught.value.status_code == status
    assert all("/elsewhere" not in str(request.url) for request in harness.requests)


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
def test_error_body_is_parsed(harness: ClientHarness, body: Any, code: Any, message: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        harness.run(harness.client_returning(httpx.Response(400, json=body)).contacts.get(121, NUMBER))
    error = caught.value
    assert (error.code, error.message, error.body) == (code, message, body)
    assert str(error).startswith("GET /dashboards/{dashboard_id}/contacts/{phone_number}: status 400")
    assert message is None or message in str(error)


@pytest.mark.parametrize("content", [b"", b"<html>Bad gateway</html>", b"\xff\xfe", b"{", b"[" * 100_000])
def test_error_body_that_is_not_json(harness: ClientHarness, content: bytes) -> None:
    with pytest.raises(ServerError) as caught:
        harness.run(
            harness.client(lambda request: httpx.Response(502, content=content)).contacts.get(121, NUMBER)
        )
    assert caught.value.message is None
    assert (caught.value.body is None) == (content == b"")


@pytest.mark.parametrize(
    "content", [b"", b"<html></html>", b"[]", b"4", b"{}", b'{"phone_number": null}', b"null"]
)
def test_success_that_does_not_match_the_contract(harness: ClientHarness, content: bytes) -> None:
    client = harness.client_returning(httpx.Response(200, content=content))
    with pytest.raises(UnexpectedResponseError) as caught:
        harness.run(client.contacts.get(121, NUMBER))
    assert caught.value.body == content
    assert caught.value.status_code == 200


def test_unreadable_response_to_a_send_means_outcome_unknown(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, content=b"<html>"))
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.run(client.messages.send("5555550100", NUMBER, TEXT))
    assert isinstance(caught.value, UnexpectedResponseError)


def test_page_without_items_raises(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json={"meta": {"page": 0}}))
    with pytest.raises(UnexpectedResponseError, match="items"):
        harness.collect(client.contacts.list(121))


def test_get_returns_none_on_204(harness: ClientHarness) -> None:
    assert harness.run(harness.client_returning(httpx.Response(204)).contacts.get(121, NUMBER)) is None


def test_success_without_a_body(harness: ClientHarness) -> None:
    for status in (200, 201, 204):
        assert (
            harness.run(harness.client_returning(httpx.Response(status)).conversations.archive(121, NUMBER))
            is None
        )
        assert harness.run(harness.client_returning(httpx.Response(status)).groups.delete(121, 5)) is None


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
def test_error_message_contains_a_hint(harness: ClientHarness, call: Any, status: int, hint: str) -> None:
    with pytest.raises(APIStatusError, match=hint):
        harness.run(call(harness.client_returning(httpx.Response(status))))


def _caused_by(*causes: BaseException) -> httpx.ConnectError:
    """An exception of httpx with a chain of causes, as httpcore and the event loops build it."""
    error: BaseException = httpx.ConnectError(f"{KEY} {TEXT}")
    outermost = error
    for cause in causes:
        error.__cause__ = cause
        error = cause
    assert isinstance(outermost, httpx.ConnectError)
    return outermost


REASONS = [
    ((), "ConnectError"),
    ((OSError(errno.ECONNREFUSED, f"{TEXT}"),), "ConnectError: Connection refused"),
    (
        (OSError(TEXT), ExceptionGroup(TEXT, [OSError(errno.ENETUNREACH, TEXT)])),
        "ConnectError: Network is unreachable",
    ),
    (
        (ValueError(TEXT), socket.gaierror(socket.EAI_NONAME, TEXT)),
        "ConnectError: the name of the host cannot be resolved",
    ),
    ((ssl.SSLCertVerificationError(1, TEXT),), "ConnectError: the certificate of the server is not valid"),
    ((ssl.SSLError(1, TEXT),), "ConnectError: TLS could not be established"),
]


@pytest.mark.parametrize(("causes", "reason"), REASONS)
def test_a_connection_error_says_what_the_system_says(
    harness: ClientHarness, causes: Any, reason: str
) -> None:
    client = harness.client_returning(_caused_by(*causes), retries=0)
    with pytest.raises(APIConnectionError) as caught:
        harness.run(client.dashboards.get(121))
    assert str(caught.value) == f"GET /dashboards/{{dashboard_id}}: no response ({reason})"


@pytest.mark.parametrize("outcome", [httpx.Response(502), httpx.Response(408), httpx.ReadTimeout("slow")])
def test_an_unknown_outcome_says_that_the_text_may_have_been_sent(
    harness: ClientHarness, outcome: Any
) -> None:
    client = harness.client_returning(outcome)
    with pytest.raises(SendOutcomeUnknownError, match="the text may have been sent, and was not sent again"):
        harness.run(client.messages.send("5555550100", NUMBER, TEXT))


def test_a_rate_limit_says_how_long_the_service_asks_to_wait(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(429, headers={"retry-after": "90"}))
    with pytest.raises(RateLimitError, match=r"status 429; the service asks to wait 90 seconds$"):
        harness.run(client.contacts.get(121, NUMBER))


def test_rejected_message_raises(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json={"status": "error", "to": "15555550123"}))
    with pytest.raises(MessageRejectedError) as caught:
        harness.run(client.messages.send("5555550100", NUMBER, TEXT))
    assert caught.value.response.to == "15555550123"
    client = harness.client_returning(
        httpx.Response(200, json={"delivery_status": "error", "delivery_error": "2100"})
    )
    with pytest.raises(MessageRejectedError, match="2100"):
        harness.run(client.messages.send_to_contact(121, NUMBER, TEXT))


def test_the_code_of_a_rejected_message_is_shown_only_if_it_is_one(harness: ClientHarness) -> None:
    for code in (TEXT, NUMBER, "Xylophone", ["2100"], "15555550123"):
        client = harness.client_returning(
            httpx.Response(200, json={"delivery_status": "error", "delivery_error": code})
        )
        with pytest.raises(MessageRejectedError) as caught:
            harness.run(client.messages.send_to_contact(121, NUMBER, TEXT))
        assert str(caught.value).endswith("status error")


@pytest.mark.parametrize("meta", [{"page": 15555550123}, {"page": 0, "page_size": 15555550123}])
def test_no_number_of_a_page_is_shown_that_may_be_a_phone_number(
    harness: ClientHarness, meta: dict[str, int]
) -> None:
    items = [{"phone_number": "15555550123"}]
    pages = [{"page": 0, "page_size": 1, "total_items": 9}, {"page": 1, **meta}]
    client = harness.client_returning(
        *(httpx.Response(200, json={"items": items, "meta": one}) for one in pages)
    )
    with pytest.raises(UnexpectedResponseError) as caught:
        harness.collect(client.contacts.list(121))
    assert "15555550123" not in str(caught.value)


def echo(request: httpx.Request) -> httpx.Response:
    """An error response that quotes everything in the request."""
    message = f"{request.url} {request.content.decode(errors='replace')} {request.headers['x-api-key']} +1 (555) 555-0123"
    quoted = TEXT if TEXT.encode() in request.content else ""
    return httpx.Response(400, json={"message": message, "error_code": f"E1 {quoted}", "text": TEXT})


OUTCOMES: list[Any] = [
    echo,
    lambda request: httpx.Response(500, text=f"{request.headers['x-api-key']} {request.url} {TEXT}"),
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("refused"),
    lambda request: httpx.Response(200, text=f"{request.url} {TEXT}"),
    lambda request: httpx.Response(200, json={"status": "error", "to": "15555550123", "body": TEXT}),
]


@pytest.mark.parametrize("case", range(len(OUTCOMES)))
@pytest.mark.parametrize("send", [True, False])
def test_no_api_key_phone_number_or_text_in_message_repr_log_or_pickle(
    harness: ClientHarness, case: int, send: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        outcome = OUTCOMES[case]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(request)

    client = harness.client(handler)
    caplog.set_level(logging.DEBUG)
    http = client.low_level
    http = http.get_httpx_client() if harness.mode == "blocking" else http.get_async_httpx_client()
    outputs = [repr(client), str(client), repr(client.low_level), repr(http.headers), repr(vars(http))]
    try:
        if send:
            harness.run(client.messages.send_to_contact(121, NUMBER, TEXT))
        else:
            harness.run(client.contacts.get(121, NUMBER))
    except TextRequestError as error:
        restored = pickle.loads(pickle.dumps(error))
        assert type(restored) is type(error)
        assert str(restored) == str(error)
        outputs += [
            str(error),
            repr(error),
            repr(restored),
            repr(pickle.dumps(error)),
            repr(restored.__dict__),
        ]
        outputs += [repr(copy.copy(error).args), "".join(traceback.format_exception_only(error))]
    for record in caplog.records:
        outputs += [record.getMessage(), repr(record.args), repr(record.__dict__)]
    for text in outputs:
        assert KEY not in text
        assert TEXT not in text
        assert NUMBER not in text.replace("-", "")


def test_log_records_contain_no_phone_number(
    harness: ClientHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = harness.client_returning(httpx.Response(200, json={"items": [], "meta": {}}))
    harness.collect(client.contacts.list(121, contact_phone_number=NUMBER))
    client = harness.client_returning(httpx.Response(200, json={"phone_number": "1" + NUMBER}))
    send = contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio
    harness.run(send(121, NUMBER, client=client.low_level))
    lines = {record.name: record.getMessage() for record in caplog.records if record.levelno == logging.INFO}
    assert lines["textrequest_ext"] == "GET /dashboards/{dashboard_id}/contacts/{phone_number}: status 200"
    assert "/contacts/{number}" in lines[httpx.__name__]
    assert not any(NUMBER in record.getMessage() + repr(record.args) for record in caplog.records)
    assert [str(request.url) for request in harness.requests][1].endswith("/contacts/1" + NUMBER)


def test_every_error_class_is_a_text_request_error() -> None:
    for name in errors.__all__:
        error_class = getattr(errors, name)
        assert issubclass(error_class, TextRequestError)
        assert getattr(textrequest_ext, name) is error_class
    assert issubclass(errors.LocationRequestError, ValueError)
    assert issubclass(errors.MessageTooLongError, ValueError)
    assert issubclass(errors.PhoneNumberError, ValueError)
    assert issubclass(errors.APITimeoutError, errors.APIConnectionError)
    for error_class in (
        errors.SignatureMissingError,
        errors.SignatureMismatchError,
        errors.TimestampError,
        errors.PayloadError,
    ):
        assert issubclass(error_class, errors.WebhookError)
