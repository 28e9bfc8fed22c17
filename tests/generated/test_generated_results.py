"""A result must belong to its request, and must say something."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest
from generated_support import PACKAGE, client_returning, endpoint_names

from textrequest_api import models
from textrequest_api.api.contacts import contacts_get, contacts_upsert
from textrequest_api.api.messages import messages_send, messages_send_to_contact, messages_upload_media
from textrequest_api.api.tags import tags_get
from textrequest_api.errors import ResponseParseError

PHONE = "15555550123"
CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
NAMES = [name.rpartition(".")[2] for name in endpoint_names()]
# Lists, and results without a property that the request has too.
WITHOUT_ECHO = {
    *("contacts_bulk_update", "custom_fields_list", "dashboards_available_numbers", "webhooks_event_types"),
    *("custom_fields_create", "dashboards_create", "groups_create", "keywords_create", "tags_create"),
    *("users_create", "webhooks_create", "messages_upload_media", "messages_send_to_contact"),
    "messages_get_scheduled",  # its properties are not published
}


def parse(module: Any, value: Any, /, *arguments: Any, **keywords: Any) -> Any:
    """The result of an operation for a body of a response, and for the request with these arguments."""
    extensions = module.operation.build(*arguments, **keywords)["extensions"]
    request = httpx.Request("GET", "https://api.example.com", extensions=extensions)
    return module.operation.parse(httpx.Response(200, json=value, request=request))


@pytest.mark.parametrize("name", NAMES)
def test_every_result_that_has_an_argument_of_the_request_is_compared(
    name: str, endpoints: dict[str, ModuleType]
) -> None:
    operation = endpoints[name].operation
    responses = CONTRACT["paths"][operation.path][operation.method.lower()]["responses"]
    has_result = any(one.get("content") for code, one in responses.items() if code.startswith("2"))
    is_page = "page" in {one.name for one in operation.parameters}
    assert bool(operation.echoes) == (has_result and not is_page and name not in WITHOUT_ECHO)


@pytest.mark.parametrize(
    ("returned", "is_accepted"),
    [
        ("15555550123", True),
        ("5555550123", True),
        ("+1 (555) 555-0123", True),
        (15555550123, True),
        ("15555550124", False),
        ("5550123", False),
        ("", False),
        ([], False),
        ({"number": "15555550123"}, False),
    ],
)
def test_a_phone_number_is_compared_by_its_last_10_digits(returned: Any, is_accepted: bool) -> None:
    def result() -> Any:
        return parse(contacts_get, {"phone_number": returned}, 1, "(555) 555-0123")

    if is_accepted:
        assert result().phone_number == returned
        return
    with pytest.raises(ResponseParseError, match="phone_number: not that of the request") as caught:
        result()
    assert "0123" not in str(caught.value)


def test_an_id_is_compared_in_any_spelling() -> None:
    tag = "2F1B04CD-0b8d-4c5a-9d2e-3f6a7b8c9d0e"
    assert parse(tags_get, {"id": tag.upper()}, 1, tag.lower()).id == tag.upper()
    with pytest.raises(ResponseParseError, match="id: not that of the request"):
        parse(tags_get, {"id": "2f1b04cd-0b8d-4c5a-9d2e-3f6a7b8c9d0f"}, 1, tag)


def test_the_result_of_a_send_has_the_numbers_of_the_request() -> None:
    arguments = {"from_": "5555550100", "to": PHONE, "body": "Hi"}
    accepted = {"message_id": "m1", "from": "15555550100", "to": PHONE}
    assert parse(messages_send, accepted, **arguments).message_id == "m1"
    assert parse(messages_send, {"message_id": "m1", "to": None}, **arguments).to is None
    for other in ({"to": "15555550199"}, {"from": "15555550199"}):
        with pytest.raises(ResponseParseError, match="not that of the request"):
            parse(messages_send, {**accepted, **other}, **arguments)


def test_a_low_level_call_compares_the_body_too() -> None:
    body = models.PostMessageRequest(from_="5555550100", to=PHONE, body="Hi")
    client = client_returning(json={"message_id": "m1", "to": "15555550199"})
    with pytest.raises(ResponseParseError, match="to: not that of the request"):
        messages_send.sync(client=client, body=body)
    client = client_returning(json={"phone_number": "15555550199"})
    with pytest.raises(ResponseParseError, match="phone_number: not that of the request"):
        contacts_upsert.sync(1, PHONE, client=client, body=models.PostContactRequest())


def send(body: Any) -> Any:
    return parse(messages_send, body, from_="5555550100", to=PHONE, body="Hi")


def send_to_contact(body: Any) -> Any:
    return parse(messages_send_to_contact, body, 1, PHONE, body="Hi")


def upload(body: Any) -> Any:
    return messages_upload_media.operation.parse(httpx.Response(200, json=body))


SAYS_NOTHING: list[Any] = [
    {},
    {"login": "Please log in.", "url": None},
    {"status": 401, "errorCode": "1", "message": "Unauthorized"},
    {"status": "401", "message": "Unauthorized"},
    {"error_message": "Wrong.", "error_code": "SMS1"},
    {"message_id": None, "delivery_status": None},
    {"message_id": "", "delivery_status": ""},
    {"message_id": "  ", "url": " "},
    {"message_id": {}, "delivery_status": "ok", "url": ["https://example.com"]},
    {"message_id": True, "url": 5},
]


@pytest.mark.parametrize("body", SAYS_NOTHING)
@pytest.mark.parametrize("result", [send, send_to_contact, upload])
def test_a_result_that_says_nothing_is_an_error(result: Callable[[Any], Any], body: Any) -> None:
    with pytest.raises(ResponseParseError, match=": missing"):
        result(body)


def test_what_a_result_needs_to_say() -> None:
    assert send({"message_id": "m1"}).message_id == "m1"
    assert send({"status": "error"}).status == "error"
    assert send_to_contact({"message_id": "m1"}).message_id == "m1"
    assert send_to_contact({"message_id": None, "delivery_status": "sending"}).delivery_status == "sending"
    assert upload({"url": "https://media.example.com/1.png"}).mime_type is None
