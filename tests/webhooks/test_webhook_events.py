"""A payload is decoded into its event, and an unknown one into UnknownEvent."""

from __future__ import annotations

import copy
import json
import pickle
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, get_args, get_type_hints

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webhook_payloads import CONTACT_NUMBER, DASHBOARD_NUMBER, MESSAGE_ID, PAYLOADS, SCHEMAS, TEXT

from textrequest_api import models
from textrequest_ext import webhooks
from textrequest_ext.errors import PayloadError, UnexpectedArgumentError
from textrequest_ext.webhooks import (
    ContactCreated,
    ContactUpdated,
    LocationReceived,
    MessageReceived,
    MessageSent,
    MessageStatusUpdated,
    PaymentStatusUpdated,
    UnknownEvent,
    parse,
)

CONTRACT: dict[str, Any] = json.loads(files("textrequest_api").joinpath("openapi.json").read_text("utf-8"))
KINDS: dict[str, Any] = {
    "msg_sent": MessageSent,
    "msg_received": MessageReceived,
    "contact_created": ContactCreated,
    "contact_updated": ContactUpdated,
    "msg_status_updated": MessageStatusUpdated,
    "location_received": LocationReceived,
    "payment_status_updated": PaymentStatusUpdated,
}
EVENTS = pytest.mark.parametrize("name", KINDS)


def read(payload: Any, event: str | None = None) -> Any:
    return parse(json.dumps(payload).encode(), event=event)


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = CONTRACT["components"]["schemas"][SCHEMAS[name]]
    return found


# --- The contract ------------------------------------------------------------------------------


def test_every_event_of_the_contract_has_a_class() -> None:
    assert set(CONTRACT["components"]["schemas"]["post_webhook_request_event"]["enum"]) == set(KINDS)
    assert set(get_args(webhooks.Event)) == {*KINDS.values(), UnknownEvent}
    assert {name: kind.event for name, kind in KINDS.items()} == {name: name for name in KINDS}


@EVENTS
def test_the_payloads_of_these_tests_are_valid_under_the_contract(name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[name]}", "components": CONTRACT["components"]}
    # Without formats: the format date-time requires a zone, and the service's timestamps have none.
    jsonschema_rs.Draft202012Validator(schema).validate(PAYLOADS[name])
    optional = {"errorCode"}  # the other spelling of error_code
    assert PAYLOADS[name].keys() == schema_of(name)["properties"].keys() - optional


@pytest.mark.parametrize("name", [name for name in KINDS if not name.startswith("msg_") or "status" in name])
def test_every_key_of_a_flat_payload_is_an_attribute_in_snake_case(name: str) -> None:
    event = read(PAYLOADS[name], name)
    for key, value in PAYLOADS[name].items():
        attribute = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
        found = getattr(event, attribute)
        if isinstance(found, datetime):
            assert found == datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif attribute == "custom_fields":
            assert [entry.to_dict() for entry in found] == value
        else:
            assert found == value


@EVENTS
def test_attributes_have_the_types_of_the_generated_models(name: str) -> None:
    names = {**vars(models), **{each: getattr(models, each) for each in models.__all__}, "datetime": datetime}

    def hints(kind: Any, **more: Any) -> dict[str, Any]:
        return get_type_hints(kind, localns=names | more)

    declared = hints(KINDS[name], models=models)
    for attribute in fields(KINDS[name]):
        for path in attribute.metadata.get("paths", ()) or [attribute.name] * bool(attribute.metadata):
            kind: Any = declared["payload"]
            for step in path.split("."):
                owner = next((each for each in get_args(kind) if each is not type(None)), kind)
                kind = hints(owner, datetime=__import__("datetime"))[step]
            if attribute.name == "media":
                kind = next(each for each in get_args(kind) if each is not type(None))
            assert declared[attribute.name] == kind, f"{name}.{attribute.name}"


# --- The seven events --------------------------------------------------------------------------


@EVENTS
@pytest.mark.parametrize("named", [True, False])
def test_an_event_is_decoded_with_its_name_and_recognized_without(name: str, named: bool) -> None:
    event = read(PAYLOADS[name], name if named else None)
    assert type(event) is KINDS[name]
    assert event.raw == PAYLOADS[name]
    assert type(event.payload).__name__.startswith("WebhookPayload")
    assert event.payload == type(event.payload).from_dict(PAYLOADS[name])


@pytest.mark.parametrize(("name", "direction"), [("msg_sent", "S"), ("msg_received", "R")])
def test_message_events_are_flat(name: str, direction: str) -> None:
    event = read(PAYLOADS[name], name)
    assert event.message_id == MESSAGE_ID
    assert (event.account_id, event.dashboard_id, event.dashboard_name) == (31, 402, "Workshop")
    assert (event.phone_number, event.dashboard_phone_number) == (CONTACT_NUMBER, DASHBOARD_NUMBER)
    assert (event.body, event.segments, event.direction) == (TEXT, 1, direction)
    assert (event.conversation_id, event.display_name) == (9120, "Tove Adler")
    assert event.occurred_at == datetime(2026, 5, 2, 13, 7, 44, 125040, tzinfo=UTC)
    assert [(media.mime_type, media.url) for media in event.media] == [
        ("image/png", "https://media.example.com/402/gate.png")
    ]


def test_a_new_contact_has_the_attribute_names_that_all_events_share() -> None:
    event = read(PAYLOADS["contact_created"])
    assert (event.contact_id, event.phone_number) == (77021, CONTACT_NUMBER)
    assert (event.display_name, event.dashboard_phone_number) == ("Tove Adler", DASHBOARD_NUMBER)
    assert repr(event).count(CONTACT_NUMBER) == 1


def test_times_without_a_zone_are_utc() -> None:
    event = read(PAYLOADS["contact_updated"])
    assert event.opted_out_utc == datetime(2026, 4, 30, 17, 45, tzinfo=UTC)
    assert event.first_contact_utc == datetime(2026, 1, 11, 8, 0, 1, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"error_code": "2100"}, "2100"),
        ({"errorCode": "2100"}, "2100"),
        ({"error_code": None, "errorCode": "30050"}, "30050"),
        ({"error_code": 2001}, "2001"),
        ({"error_code": None}, None),
        ({}, None),
    ],
)
def test_an_error_code_is_text_under_either_spelling(codes: dict[str, Any], expected: str | None) -> None:
    event = read({"message_id": MESSAGE_ID, "status": "failed", **codes})
    assert type(event) is MessageStatusUpdated
    assert event.error_code == expected


@pytest.mark.parametrize("name", ["msg_status_updated", "payment_status_updated"])
def test_an_unknown_status_is_kept(name: str) -> None:
    event = read(PAYLOADS[name] | {"status": "held_by_carrier"})
    assert type(event) is KINDS[name]
    assert event.status == "held_by_carrier"


@pytest.mark.parametrize(
    ("latitude", "longitude", "swapped"),
    [
        (47.5, -122.1, False),
        (-122.1, 47.5, True),
        (43.9, -69.8, False),
        (-69.8, 43.9, False),
        (None, 47.5, False),
        (-122.1, None, False),
        (500.0, 1.0, False),
        (90, 90, False),
    ],
)
def test_a_location_is_kept_as_sent_and_an_evident_swap_is_reported(
    latitude: float | None, longitude: float | None, swapped: bool
) -> None:
    event = read(PAYLOADS["location_received"] | {"Latitude": latitude, "Longitude": longitude})
    assert (event.latitude, event.longitude, event.looks_swapped) == (latitude, longitude, swapped)


@EVENTS
def test_an_event_cannot_be_changed_and_survives_a_copy_and_a_pickle(name: str) -> None:
    event = read(PAYLOADS[name])
    with pytest.raises(FrozenInstanceError):
        event.raw = {}
    assert copy.deepcopy(event) == pickle.loads(pickle.dumps(event)) == event


def test_events_can_be_matched_by_class() -> None:
    match read(PAYLOADS["msg_received"]):
        case MessageSent():
            pytest.fail("a received message is not a sent one")
        case MessageReceived(phone_number=number, body=str(body)):
            assert (number, body) == (CONTACT_NUMBER, TEXT)
        case _:
            pytest.fail("a received message is known")


# --- Null, missing, new ------------------------------------------------------------------------


def nulled(value: dict[str, Any]) -> dict[str, Any]:
    return {key: nulled(inner) if isinstance(inner, dict) else None for key, inner in value.items()}


@EVENTS
@pytest.mark.parametrize("depth", ["outer", "inner"])
def test_every_value_may_be_null(name: str, depth: str) -> None:
    payload = dict.fromkeys(PAYLOADS[name]) if depth == "outer" else nulled(PAYLOADS[name])
    event = read(payload, name)
    assert type(event) is KINDS[name]
    for attribute in fields(event):
        if attribute.metadata:
            assert getattr(event, attribute.name) == ([] if attribute.name == "media" else None)


@EVENTS
def test_every_key_may_be_missing(name: str) -> None:
    assert type(read({}, name)) is KINDS[name]
    for key in PAYLOADS[name]:
        payload = {other: value for other, value in PAYLOADS[name].items() if other != key}
        if payload:
            assert type(read(payload, name)) is KINDS[name]


@EVENTS
@pytest.mark.parametrize("named", [True, False])
def test_new_keys_are_kept_and_change_nothing(name: str, named: bool) -> None:
    event = read(PAYLOADS[name] | {"brand_new": {"deep": [1]}}, name if named else None)
    assert type(event) is KINDS[name]
    assert event.raw["brand_new"] == event.payload["brand_new"] == {"deep": [1]}


@pytest.mark.parametrize("name", ["contact_created", "contact_updated", "location_received"])
def test_flat_payloads_full_of_nulls_are_still_recognized(name: str) -> None:
    assert type(read(dict.fromkeys(PAYLOADS[name]))) is KINDS[name]


# --- Unknown events ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"review_id": 7, "star_rating": 5},
        {"phone_number": CONTACT_NUMBER, "keyword": "JOIN"},
        {"status": "Paid"},
        {"message_id": MESSAGE_ID},
        {"message_id": MESSAGE_ID, "payment_id": 3, "status": "Paid"},
        {"conversation": {"messageDirection": None, "message": "hi"}},
        {"conversation": {"messageDirection": ["S"]}},
        {"conversation": None},
    ],
)
def test_an_unknown_shape_is_an_unknown_event(payload: dict[str, Any]) -> None:
    assert read(payload) == UnknownEvent(event=None, raw=payload)


@EVENTS
def test_an_unknown_name_is_an_unknown_event_whatever_its_payload_looks_like(name: str) -> None:
    assert read(PAYLOADS[name], "review_received") == UnknownEvent(
        event="review_received", raw=PAYLOADS[name]
    )


@EVENTS
def test_the_payload_of_another_event_is_an_unknown_event(name: str) -> None:
    assert read({"review_id": 7}, name) == UnknownEvent(event=name, raw={"review_id": 7})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("msg_received", {"conversation": {"messageDirection": "R", "date": "the day after"}}),
        ("msg_received", {"account": [31]}),
        ("contact_updated", {"custom_fields": "none"}),
        ("msg_status_updated", {"status": {"word": "sent"}}),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_payload_that_cannot_be_decoded_keeps_its_name_and_its_data(
    name: str, change: dict[str, Any], named: bool
) -> None:
    payload = PAYLOADS[name] | change
    assert read(payload, name if named else None) == UnknownEvent(event=name, raw=payload)


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "R",
    "sent",
    "2026",
    [],
    [None],
    [7],
    [{}],
    {},
    {"id": []},
    {"new": 1},
]
KEYS = sorted({key for payload in PAYLOADS.values() for key in payload} | {"errorCode", "new"})
INNER = sorted(PAYLOADS["msg_sent"]["conversation"])
VALUES = st.sampled_from(ODD) | st.dictionaries(st.sampled_from(INNER), st.sampled_from(ODD))


@settings(deadline=None)
@given(
    payload=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8),
    event=st.sampled_from([None, *KINDS, "brand_new", ""]),
)
def test_no_json_object_raises(payload: dict[str, Any], event: str | None) -> None:
    found = read(payload, event)
    assert isinstance(found, webhooks.Event)
    assert found.raw == payload


# --- Bodies that are not a payload -------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"text"', b"5", b"{", b"<html>", b"\xff\xfe\x00", b"[" * 100_000]
)
@pytest.mark.parametrize("event", [None, "msg_received", "brand_new"])
def test_a_body_that_is_not_an_object_is_a_payload_error(body: bytes, event: str | None) -> None:
    with pytest.raises(PayloadError):
        parse(body, event=event)


def test_the_name_of_an_event_is_a_string() -> None:
    wrong: Any = ["msg_received"]
    with pytest.raises(UnexpectedArgumentError, match=r"^event: "):
        parse(b"{}", event=wrong)
    named = models.PostWebhookRequestEvent.MSG_RECEIVED
    assert type(read(PAYLOADS["msg_received"], named)) is MessageReceived


# --- Imports -----------------------------------------------------------------------------------


def test_importing_the_module_imports_no_generated_model() -> None:
    program = (
        "import sys, textrequest_ext; before = set(sys.modules); import textrequest_ext.webhooks;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "textrequest_ext.webhooks._parsing" in imported
    assert {name for name in imported if name.startswith("textrequest_api.")} == {
        "textrequest_api._events",
        "textrequest_api.events",
    }
    assert not [name for name in imported if name.startswith(("httpx", "attr"))]
