"""Events of webhooks are generated from what the overlay says of their payloads, which is checked."""

from __future__ import annotations

import copy
import dataclasses
import importlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from regeneration_support import ROOT, Node, contract, load

from regeneration import Refused, conventions, overlay, package, webhook_events

ACTIONS = overlay.read(ROOT / "openapi.overlay.yaml")
REVIEW: Node = {
    "decided_by": "Kind",
    "events": {
        "review_received": {
            "class": "ReviewReceived",
            "value": "new",
            "description": "A review was written.",
        },
        "review_changed": {
            "class": "ReviewChanged",
            "value": "changed",
            "description": 'Edited. """ \\N{DASH}',
        },
    },
    "attributes": {
        "review_id": "ReviewId",
        "stars": {"from": ["Rating.Stars", "LegacyStars"], "description": "From 1 to 5."},
        "written_at": "Rating.WrittenAt",
        "day": "Day",
        "state": "State",
        "labels": {"from": "Labels", "default": []},
        "authors": "Authors",
        "code": {"from": "Code", "text": True, "repr": False},
        "anything": "Anything",
    },
}
SCHEMAS: Node = {
    "review_rating": {
        "type": "object",
        "properties": {
            "Stars": {"type": "integer", "nullable": True},
            "WrittenAt": {"type": "string", "format": "date-time", "description": "When it was written."},
        },
    },
    "webhook_payload_review": {
        "allOf": [
            {"type": "object", "properties": {"Kind": {"type": "string"}, "ReviewId": {"type": "integer"}}},
            {
                "type": "object",
                "properties": {
                    "Rating": {"$ref": "#/components/schemas/review_rating"},
                    "LegacyStars": {"type": "string"},
                    "Day": {"type": "string", "format": "date"},
                    "State": {"type": "string", "enum": ["open", "hidden"]},
                    "Labels": {"type": "array", "items": {"type": "string", "nullable": True}},
                    "Authors": {"type": "array", "items": {"$ref": "#/components/schemas/review_rating"}},
                    "Code": {"type": "integer"},
                    "Anything": {"description": "Any value."},
                },
            },
        ]
    },
}


@cache
def corrected() -> Node:
    """A contract with a new payload, corrected by the overlay; do not change it."""
    document = contract()
    document["components"]["schemas"] |= copy.deepcopy(SCHEMAS)
    document["paths"]["/dashboards/{dashboard_id}/hooks"]["post"]["callbacks"]["MessageSentPayload"][
        "review_received"
    ] = {
        "post": {
            "requestBody": {
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/webhook_payload_review"}}
                }
            },
            "responses": {"200": {"description": "x"}},
        }
    }
    return overlay.apply(document, ACTIONS)


def built(events: Any, *more: Node) -> Node:
    """The built document of that contract, for which the overlay has one action more."""
    action = {
        "target": "$.components.schemas.webhook_payload_review",
        "description": "ours: x",
        "update": {webhook_events.KEY: events},
    }
    return conventions.prepare(overlay.apply(corrected(), [action, *more]))


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("events")
    rating = {
        "target": "$.components.schemas.review_rating",
        "description": "ours: x",
        "update": {
            webhook_events.KEY: {
                "events": {"rating_received": {"class": "RatingReceived", "description": "A rating."}},
                "attributes": {"stars": "Stars"},
            }
        },
    }
    package.write(built(REVIEW, rating), {}, ROOT / "codegen", folder)
    load(folder / package.PACKAGE, "reviewing_api")
    return importlib.import_module("reviewing_api.events")


def test_a_new_event_needs_only_an_overlay_entry(events: Any) -> None:
    raw = {
        "Kind": "new",
        "ReviewId": 7,
        "Rating": {"Stars": 5, "WrittenAt": "2026-05-02T13:07:44"},
        "Day": "2026-05-03",
        "State": "open",
        "Authors": [{"Stars": 1}],
        "Code": 404,
    }
    review = events.decode(raw)

    assert type(review) is events.ReviewReceived
    assert (review.event, review.review_id, review.stars, review.code) == ("review_received", 7, 5, "404")
    assert review.written_at == datetime(2026, 5, 2, 13, 7, 44, tzinfo=UTC)
    assert (review.day.day, review.state.name, review.authors[0].stars) == (3, "OPEN", 1)
    assert (review.labels, review.anything) == ([], None)
    assert review.raw == raw
    assert "404" not in repr(review)
    assert events.decode({"LegacyStars": "4"}, "review_received").stars == "4"
    assert {"ReviewReceived", "ReviewChanged"} <= set(events.__all__)
    assert {events.ReviewReceived, events.ReviewChanged} < set(get_args(events.Event))


def test_its_types_are_those_of_the_schema(events: Any) -> None:
    types = {each.name: each.type for each in dataclasses.fields(events.ReviewReceived) if each.metadata}

    assert types == {
        "review_id": "int | None",
        "stars": "int | str | None",
        "written_at": "datetime | None",
        "day": "date | None",
        "state": "models.WebhookPayloadReviewState | None",
        "labels": "list[str | None]",
        "authors": "list[models.ReviewRating] | None",
        "code": "str | None",
        "anything": "Any",
    }


def test_its_docstring_has_the_descriptions_of_overlay_and_contract(events: Any) -> None:
    text = events.ReviewReceived.__doc__

    assert "A review was written." in text
    assert "stars (int | str | None): From 1 to 5." in text
    assert "written_at (datetime | None): When it was written." in text
    assert 'Edited. """ \\N{DASH}' in events.ReviewChanged.__doc__


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("new", "ReviewReceived"),
        ("changed", "ReviewChanged"),
        ("gone", "UnknownEvent"),
        (None, "UnknownEvent"),
    ],
)
def test_the_deciding_property_decides_alone(events: Any, kind: Any, expected: str) -> None:
    found = events.decode({"Kind": kind, "payment_id": 1, "status": "Paid"})

    assert type(found).__name__ == expected
    assert type(events.decode({"payment_id": 1, "status": "Paid"})) is events.PaymentStatusUpdated


def test_an_event_without_keys_and_value_is_decoded_with_its_name_only(events: Any) -> None:
    assert events.decode({"Stars": 3}) == events.UnknownEvent(raw={"Stars": 3})
    assert events.decode({"Stars": 3}, "rating_received").stars == 3


CODE = '__import__("os").abort()'


def changed(*path: str, to: Any) -> Node:
    """REVIEW with another value, or without one, at a path; a last key that is new is added."""
    result = copy.deepcopy(REVIEW)
    place = result
    for key in path[:-1]:
        place = place[key]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return result


RECEIVED = ("events", "review_received")
REFUSED: dict[str, tuple[Any, str]] = {
    "code as the name of a class": (changed(*RECEIVED, "class", to=f"A({CODE})"), "not a usable name"),
    "a keyword for a class": (changed(*RECEIVED, "class", to="None"), "not a usable name"),
    "a name of the module for a class": (changed(*RECEIVED, "class", to="Event"), "not a usable name"),
    "a class that there is": (changed(*RECEIVED, "class", to="MessageSent"), "MessageSent: defined twice"),
    "code as the name of an event": (changed("events", f'a"{CODE}', to=REVIEW["events"]["review_received"]), "usable"),
    "an event that there is": (changed("events", "msg_sent", to=REVIEW["events"]["review_received"]), "twice"),
    "code as the name of an attribute": (changed("attributes", f"x = {CODE}", to="Kind"), "not a usable name"),
    "a line break in a name": (changed("attributes", "x\n", to="Kind"), "not a usable name"),
    "a keyword for an attribute": (changed("attributes", "class", to="Kind"), "not a usable name"),
    "a field of all events": (changed("attributes", "raw", to="Kind"), "not a usable name: 'raw'"),
    "the name of a type": (changed("attributes", "str", to="Kind"), "not a usable name: 'str'"),
    "a path to nothing": (changed("attributes", "stars", to="Rating.Moons"), "stars: Rating.Moons: no property Moons"),
    "a path through a number": (changed("attributes", "stars", to="ReviewId.Stars"), "no property Stars"),
    "code as a path": (changed("attributes", "stars", to=CODE), "no property __import__"),
    "no path": (changed("attributes", "stars", to={"from": []}), "stars: from is empty"),
    "a number for a path": (changed("attributes", "stars", to=7), "stars: a mapping was expected"),
    "code as a default": (changed("attributes", "labels", "default", to=CODE), r"labels: the default must be \[\]"),
    "code as an option": (changed("attributes", "code", "text", to=CODE), "code: text must be true or false"),
    "an unknown option": (changed("attributes", "code", "shown", to=True), "code: the keys must be of"),
    "an unknown key": (changed("mixin", to="x"), "the keys must be of attributes, decided_by, events"),
    "no class": (changed(*RECEIVED, "class", to=None), "review_received: the keys must be of"),
    "no description": (changed(*RECEIVED, "description", to=None), "review_received: the keys must be of"),
    "a number for a description": (changed(*RECEIVED, "description", to=7), "text was expected, not 7"),
    "no value though one decides": (changed(*RECEIVED, "value", to=None), "value goes with decided_by"),
    "a value though none decides": (changed("decided_by", to=None), "value goes with decided_by"),
    "both value and keys": (changed(*RECEIVED, "keys", to=[["Kind"]]), "value goes with decided_by"),
    "no events": (changed("events", to={}), "events: a mapping was expected"),
    "a list": (["ReviewReceived"], "a mapping was expected"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_entry_that_could_not_be_meant_is_refused(case: str) -> None:
    entry, reason = REFUSED[case]
    with pytest.raises(Refused, match=reason) as caught:
        built(entry)
    assert str(caught.value).startswith("x-webhook-events of webhook_payload_review: ")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("Kind", "keys must be lists of keys in a list"),
        ([[]], "keys must be lists of keys in a list"),
        ([["Stars"]], "no property Stars"),
        ([["Rating.Stars"]], "keys are those of the payload itself"),
        ([[7]], "text was expected"),
    ],
)
def test_keys_that_could_not_be_meant_are_refused(keys: Any, reason: str) -> None:
    event = {"class": "ReviewReceived", "description": "x", "keys": keys}
    with pytest.raises(Refused, match=reason):
        built({"events": {"review_received": event}, "attributes": {"review_id": "ReviewId"}})


def test_a_schema_that_contains_itself_is_refused() -> None:
    circle: Node = {"allOf": [{"$ref": "#/components/schemas/circle"}], webhook_events.KEY: REVIEW}

    with pytest.raises(Refused, match="references in a circle"):
        webhook_events.prepare({"components": {"schemas": {"circle": circle, "anything": True}}})
