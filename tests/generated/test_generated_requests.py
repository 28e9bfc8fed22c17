"""Requests contain exactly the given arguments: omitted, null and empty values are distinct."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import httpx
import pytest
from generated_support import client_returning

from textrequest_api import models
from textrequest_api._requests import build_with_model
from textrequest_api.api.contacts import contacts_bulk_update, contacts_get, contacts_list, contacts_upsert
from textrequest_api.api.groups import groups_delete
from textrequest_api.api.messages import messages_list, messages_send, messages_upload_media
from textrequest_api.errors import InvalidArgumentError
from textrequest_api.types import UNSET, File

PHONE = "15555550123"


def sent(request: dict[str, Any]) -> httpx.Request:
    """The request of httpx for the arguments that `build` returns."""
    extensions = request.pop("extensions")
    with httpx.Client(base_url="https://api.example.com/api/v3") as client:
        built = client.build_request(**request)
        built.read()
    assert set(extensions) <= {"textrequest_api", "textrequest_echoes"}
    return built


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"contact_tags": None}, {"contact_tags": None}),
        ({"contact_tags": []}, {"contact_tags": []}),
        ({"contact_tags": ["a"], "note": ""}, {"contact_tags": ["a"], "note": ""}),
        ({"contact_tags": UNSET, "is_blocked": False}, {"is_blocked": False}),
    ],
)
def test_omitted_null_and_empty_values_are_distinct(given: dict[str, Any], expected: dict[str, Any]) -> None:
    flat = sent(contacts_upsert.operation.build(350, PHONE, **given))
    whole = sent(
        build_with_model(
            contacts_upsert.operation,
            {"dashboard_id": 350, "phone_number": PHONE, "body": models.PostContactRequest(**given)},
        )
    )

    assert json.loads(flat.content) == json.loads(whole.content) == expected
    assert flat.headers["content-type"] == whole.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (models.CustomFieldEntry("a"), {"id": "a"}),
        (models.CustomFieldEntry("a", None), {"id": "a", "value": None}),
        (models.CustomFieldEntry("a", ""), {"id": "a", "value": ""}),
    ],
)
def test_they_are_distinct_in_a_model_that_responses_use_too(
    entry: models.CustomFieldEntry, expected: Any
) -> None:
    request = sent(contacts_upsert.operation.build(350, PHONE, custom_fields=[entry]))

    assert json.loads(request.content) == {"custom_fields": [expected]}


def test_a_body_that_is_a_list() -> None:
    body = [
        models.UpdateContactRequest(PHONE, groups=[]),
        models.UpdateContactRequest("14235550142", note=None),
    ]

    request = sent(contacts_bulk_update.operation.build(350, body=body))

    assert json.loads(request.content) == [
        {"phone_number": PHONE, "groups": []},
        {"phone_number": "14235550142", "note": None},
    ]


def test_a_request_model_from_json_is_encoded_unchanged() -> None:
    for source in (
        {},
        {"contact_tags": None},
        {"contact_tags": [], "new": 1},
        {"custom_fields": [{"id": "a", "value": "b"}]},
    ):
        assert models.PostContactRequest.from_dict(source).to_dict() == source


def test_fields_of_a_json_body_are_keyword_arguments() -> None:
    request = sent(messages_send.operation.build(from_="15555550199", to=PHONE, body="Are you open today?"))

    assert request.method == "POST"
    assert str(request.url) == "https://api.example.com/api/v3/messages"
    assert json.loads(request.content) == {"from": "15555550199", "to": PHONE, "body": "Are you open today?"}


def test_aware_datetimes_are_sent_in_utc_with_z() -> None:
    east = timezone(timedelta(hours=2))
    for moment, expected in (
        (datetime(2026, 7, 25, 9, 30, tzinfo=UTC), "2026-07-25T09:30:00Z"),
        (datetime(2026, 7, 25, 11, 30, 5, 250000, tzinfo=east), "2026-07-25T09:30:05.250000Z"),
        (datetime(2026, 1, 1, 1, 0, tzinfo=east), "2025-12-31T23:00:00Z"),
    ):
        request = sent(messages_list.operation.build(350, start_date=moment))
        assert dict(request.url.params) == {"start_date": expected}


@pytest.mark.parametrize("call", ["build", "sync", "sync_detailed"])
def test_a_naive_datetime_raises_with_what_to_do(call: str) -> None:
    arguments: dict[str, Any] = {} if call == "build" else {"client": client_returning(json={})}

    with pytest.raises(InvalidArgumentError, match=r"^start_date: .*timezone\.utc.*astimezone\(\)") as caught:
        getattr(messages_list, call)(350, start_date=datetime(2026, 7, 25, 9, 30), **arguments)

    assert caught.value.argument == "start_date"
    assert isinstance(caught.value, ValueError)


def test_a_str_for_a_datetime_raises() -> None:
    with pytest.raises(TypeError, match=r"^start_date: must be a datetime with a time zone, not str$"):
        messages_list.operation.build(350, start_date="2026-07-25")  # type: ignore[arg-type]


def test_a_naive_datetime_in_a_model_raises() -> None:
    message = models.Message(message_timestamp_utc=datetime(2026, 7, 25))

    with pytest.raises(InvalidArgumentError, match=r"^message_timestamp_utc: "):
        message.to_dict()


def test_lists_are_joined_with_commas() -> None:
    request = sent(contacts_list.operation.build(350, tags=["a", "b"], groups=(18, 23)))

    assert dict(request.url.params) == {"tags": "a,b", "groups": "18,23"}


@pytest.mark.parametrize("tags", ["a,b", 5])
def test_another_type_than_a_list_raises(tags: Any) -> None:
    with pytest.raises(TypeError, match=r"^tags: must be a list, not "):
        contacts_list.operation.build(350, tags=tags)


def test_a_comma_in_an_item_raises() -> None:
    with pytest.raises(ValueError, match=r"^tags: must have no comma in an item"):
        contacts_list.operation.build(350, tags=["a,b"])


def test_pairs_become_numbered_parameters() -> None:
    request = sent(contacts_list.operation.build(350, custom_fields=[("f1", "x"), ("f2", "y")]))

    assert dict(request.url.params) == {
        "custom_field_id_1": "f1",
        "custom_field_value_1": "x",
        "custom_field_id_2": "f2",
        "custom_field_value_2": "y",
    }


def test_too_many_pairs_raise() -> None:
    with pytest.raises(ValueError, match=r"^custom_fields: must have at most 3 pairs, not 4$"):
        contacts_list.operation.build(350, custom_fields=[("f", "x")] * 4)


@pytest.mark.parametrize("pairs", [["ab", "c"], [1], 5])
def test_invalid_pairs_raise(pairs: Any) -> None:
    with pytest.raises(TypeError, match=r"^custom_fields: must be a list of pairs"):
        contacts_list.operation.build(350, custom_fields=pairs)


def test_booleans_are_sent_in_lower_case() -> None:
    request = sent(contacts_list.operation.build(350, is_blocked=True, is_archived=False))

    assert dict(request.url.params) == {"is_blocked": "true", "is_archived": "false"}


def test_enum_members_and_their_values_are_sent_alike() -> None:
    member = sent(messages_list.operation.build(350, sort=models.MessagesListSort.DESC))
    text = sent(messages_list.operation.build(350, sort="desc"))

    assert dict(member.url.params) == dict(text.url.params) == {"sort": "desc"}


def test_build_sends_no_defaults() -> None:
    assert dict(sent(contacts_list.operation.build(350)).url.params) == {}


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_path_value_cannot_name_another_path(value: str) -> None:
    with pytest.raises(ValueError, match=r"^group_id: must not be empty, '.' or '..'"):
        groups_delete.operation.build(350, value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, UNSET])
def test_a_path_value_cannot_be_missing(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^phone_number: is required"):
        contacts_get.operation.build(350, value)


def test_path_values_are_quoted() -> None:
    request = sent(groups_delete.operation.build(350, "../350?x=/é"))  # type: ignore[arg-type]

    assert request.url.raw_path == b"/api/v3/dashboards/350/groups/..%2F350%3Fx%3D%2F%C3%A9"


def test_options_of_one_request() -> None:
    request = contacts_list.operation.build(
        350, page=2, extra_query={"page": 3, "new": "x"}, extra_headers={"x-trace": "1"}, timeout=2.5
    )

    assert request["timeout"] == 2.5
    built = sent(request)
    assert dict(built.url.params) == {"page": "3", "new": "x"}
    assert built.headers["x-trace"] == "1"


def test_the_client_decides_on_the_timeout_unless_it_is_given() -> None:
    assert "timeout" not in contacts_list.operation.build(350)
    assert contacts_list.operation.build(350, timeout=None)["timeout"] is None


def test_a_file_is_sent_as_a_part_of_a_form() -> None:
    upload = models.MmsMediaUpload(file=File(BytesIO(b"GIF89a"), "shop.gif", "image/gif"))

    request = sent(messages_upload_media.operation.build(body=upload))

    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="shop.gif"\r\nContent-Type: image/gif\r\n\r\nGIF89a\r\n' in request.content


def test_the_boundary_of_a_form_is_random() -> None:
    requests = [
        sent(messages_upload_media.operation.build(body=models.MmsMediaUpload(file=File(BytesIO(b"x"), "x"))))
        for _ in range(2)
    ]

    assert requests[0].headers["content-type"] != requests[1].headers["content-type"]


def test_the_key_is_sent_in_its_header() -> None:
    requests: list[httpx.Request] = []
    contacts_get.sync(350, PHONE, client=client_returning(204, requests=requests))

    assert requests[0].headers["x-api-key"] == "095E5113DE4142C28FB7815CC10BEB56"
