"""Whatever the response is, the low-level functions return a typed result or raise ResponseParseError."""

from __future__ import annotations

import asyncio
import inspect
import json
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest
from generated_support import PACKAGE, client_returning, endpoint_names

from textrequest_api import _speed, models
from textrequest_api.api.contacts import contacts_get, contacts_list
from textrequest_api.api.custom_fields import custom_fields_list
from textrequest_api.api.messages import messages_list, messages_redact
from textrequest_api.client import AuthenticatedClient
from textrequest_api.errors import ResponseParseError, UnexpectedStatus
from textrequest_api.types import Unset

PAGE = b"<!doctype html><title>502 Bad Gateway</title>"
CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
NAMES = [name.rpartition(".")[2] for name in endpoint_names()]


def made_up(annotation: Any) -> Any:
    """A valid value of a type."""
    kinds = [kind for kind in typing.get_args(annotation) if kind not in (type(None), Unset)]
    if kinds and typing.get_origin(annotation) is not list:
        return made_up(kinds[0])
    if annotation is datetime:
        return datetime(2026, 7, 25, tzinfo=UTC)
    if typing.get_origin(annotation) is list:
        return []
    if hasattr(annotation, "from_dict"):
        hints = typing.get_type_hints(
            annotation,
            localns={name: getattr(models, name) for name in models.__all__} | {"datetime": datetime},
        )
        required = [field.name for field in attrs.fields(annotation) if field.default is attrs.NOTHING]
        return annotation(
            **{
                name: "https://example.com" if name.endswith("_url") else made_up(hints[name])
                for name in required
            }
        )
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    return {int: 350, float: 84.5, str: "15555550123", bool: True}[annotation]


@cache
def arguments_of(function: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(function, localns={"AuthenticatedClient": AuthenticatedClient})
    return {
        name: made_up(hints[name])
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty and name != "client"
    }


def outcomes(module: ModuleType, **response: Any) -> dict[str, Any]:
    """What the four functions of a module return for a response, or the errors they raise."""
    found: dict[str, Any] = {}
    client = client_returning(**response)
    for name in ("sync", "sync_detailed", "asyncio", "asyncio_detailed"):
        function = getattr(module, name, None)
        if function is None:  # an operation without a result has only the detailed ones
            continue
        try:
            result = function(client=client, **arguments_of(function))
            found[name] = RUNNER.run(result) if inspect.iscoroutine(result) else result
        except Exception as error:
            found[name] = error
    return found


RUNNER = asyncio.Runner()
FAILURES: list[dict[str, Any]] = [
    {"status": 520, "content": b""},
    {"status": 520, "content": PAGE},
    {"status": 400, "content": PAGE},
    {"status": 401, "content": PAGE},
    {"status": 404, "content": PAGE},
    {"status": 401, "content": b""},
    {"status": 400, "json": [1]},
    {"status": 401, "json": {"message": {"nested": 1}}},
    {"status": 599, "json": None},
]


@pytest.fixture(autouse=True, params=["json", "msgspec"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs without and with the extra `speed`."""
    monkeypatch.setattr(_speed, "enabled", request.param == "msgspec")
    monkeypatch.setattr(_speed, "MIN_LENGTH", 0)


@pytest.fixture(scope="module", autouse=True)
def close_runner() -> Iterator[None]:
    yield
    RUNNER.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_error_response_never_raises(name: str, endpoints: dict[str, ModuleType]) -> None:
    for response in FAILURES:
        for function, outcome in outcomes(endpoints[name], **response).items():
            assert not isinstance(outcome, Exception), (function, response, outcome)
            if function.endswith("detailed"):
                assert outcome.status_code == response["status"]
                assert type(outcome.status_code) is int


@pytest.mark.parametrize("name", NAMES)
def test_an_invalid_success_raises_only_response_parse_error(
    name: str, endpoints: dict[str, ModuleType]
) -> None:
    contents = [
        b"",
        b"  ",
        PAGE,
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"null",
        b"1",
        b'"x"',
        b"{}",
        b"[]",
        b'{"items": []}',
    ]
    for content in contents:
        for status in (200, 201, 204):
            for function, outcome in outcomes(endpoints[name], status=status, content=content).items():
                if isinstance(outcome, Exception):
                    assert isinstance(outcome, ResponseParseError), (function, status, content[:20], outcome)
                    assert not isinstance(outcome, ValueError)
                    assert outcome.response.content == content


@pytest.mark.parametrize("name", NAMES)
def test_the_operation_parses_a_response_as_the_functions_do(
    name: str, endpoints: dict[str, ModuleType]
) -> None:
    module = endpoints[name]
    responses = CONTRACT["paths"][module.operation.path][module.operation.method.lower()]["responses"]
    successes = [int(code) for code in responses if code.startswith("2")]

    def outcome(parse: Any) -> Any:
        try:
            return parse()
        except ResponseParseError as error:
            return str(error)

    assert successes
    for status in successes:
        for content in (b"", b"{}", b"[]", b'{"items": []}', b'{"id": 1}', PAGE):
            requests: list[httpx.Request] = []
            client = client_returning(status, content=content, requests=requests)
            arguments = arguments_of(module.sync_detailed)
            from_function = outcome(lambda: module.sync_detailed(client=client, **arguments).parsed)  # noqa: B023
            response = httpx.Response(status, content=content, request=requests[0])
            assert outcome(lambda: module.operation.parse(response)) == from_function  # noqa: B023


def test_a_success_without_required_fields_raises() -> None:
    bodies: list[Any] = [{}, {"meta": {}}, {"items": None}]
    for body in bodies:
        with pytest.raises(
            ResponseParseError, match=r"^response with status 200 could not be parsed: items: missing$"
        ):
            contacts_list.sync(350, client=client_returning(json=body))


def test_ids_that_are_null_do_not_fail_the_page() -> None:
    page = contacts_list.sync(350, client=client_returning(json={"items": [{"phone_number": None}, {}]}))

    assert isinstance(page, models.ContactResponseContainer)
    assert [contact.phone_number for contact in page.items] == [None, None]


def test_an_invalid_field_is_named_without_its_value() -> None:
    secret = "15555550123 said hello"
    body = {"items": [{"phone_number": "15555550123", "last_message": {"message_timestamp_utc": secret}}]}

    with pytest.raises(ResponseParseError) as caught:
        contacts_list.sync(350, client=client_returning(json=body))

    assert str(caught.value).endswith("items[0].last_message.message_timestamp_utc: not a timestamp")
    assert secret not in str(caught.value)
    assert secret not in repr(caught.value)
    assert caught.value.response.json() == body
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_invalid_list_is_named() -> None:
    for body, message in (
        ({}, "a list was expected, not an object"),
        ([1], r"body\[0\]: an object was expected"),
    ):
        with pytest.raises(ResponseParseError, match=message):
            custom_fields_list.sync(350, client=client_returning(json=body))


def test_no_content_is_none() -> None:
    client = client_returning(204, content=b"")

    assert contacts_get.sync(350, "15555550123", client=client) is None
    assert contacts_get.operation.parse(httpx.Response(204)) is None
    assert messages_list.operation.parse(httpx.Response(204)) is None


def test_a_success_without_a_documented_body() -> None:
    response = messages_redact.sync_detailed("3f0c7a52", client=client_returning(200, content=b""))

    assert (response.status_code, response.parsed, response.content) == (200, None, b"")
    assert messages_redact.operation.parse(httpx.Response(200)) is None
    assert messages_redact.operation.parse(httpx.Response(200, content=PAGE)) is None


def test_the_three_documented_error_bodies_are_parsed() -> None:
    for body, fields in (
        ({"status": "error", "errorCode": 30050, "message": "opted out"}, {"message": "opted out"}),
        ({"error_message": "no", "error_code": "12"}, {}),
        ({"message": "too large"}, {"message": "too large"}),
    ):
        error = contacts_list.sync(350, client=client_returning(400, json=body))
        assert isinstance(error, models.Error)
        assert {**error.to_dict(), **body} == error.to_dict()
        for name, value in fields.items():
            assert getattr(error, name) == value


def test_an_undocumented_status_raises_on_request_without_the_body_in_the_message() -> None:
    client = client_returning(520, content=b"call 15555550123")
    client.raise_on_unexpected_status = True

    with pytest.raises(UnexpectedStatus) as caught:
        contacts_list.sync(350, client=client)

    assert (caught.value.status_code, caught.value.content) == (520, b"call 15555550123")
    assert "15555550123" not in str(caught.value)
    assert "15555550123" not in repr(caught.value)
