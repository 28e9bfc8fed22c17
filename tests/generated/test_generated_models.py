"""Models are decoded whatever is null, missing or unknown in the JSON."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from generated_support import PACKAGE, model_names

from textrequest_api import _models, models

CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))


def model(name: str) -> Any:
    return getattr(models, name)


def keys_of(name: str) -> dict[str, str]:
    """The attributes of a model by their JSON keys, as it encodes them."""
    blank = model(name).from_dict({})
    fields = [field.name for field in attrs.fields(model(name)) if field.name != "additional_properties"]
    for field in fields:
        setattr(blank, field, field)
    return {key: value for key, value in blank.to_dict().items() if value in fields}


@pytest.mark.parametrize("name", model_names())
def test_an_empty_object_is_decoded(name: str) -> None:
    read = model(name).from_dict({})

    for field in attrs.fields(model(name)):
        if field.name != "additional_properties":
            assert not getattr(read, field.name)  # None, or UNSET in a request


@pytest.mark.parametrize("name", model_names())
def test_null_in_every_field_is_decoded(name: str) -> None:
    read = model(name).from_dict(dict.fromkeys(keys_of(name)))

    for attribute in keys_of(name).values():
        assert getattr(read, attribute) is None


@pytest.mark.parametrize("name", model_names())
def test_unknown_keys_are_kept_and_encoded(name: str) -> None:
    unknown = {"brand_new": {"deep": [1, None]}, "andAnother": None, "class": "x", "value": [1], "model": 2}
    unknown = {key: value for key, value in unknown.items() if key not in keys_of(name)}
    source = {**dict.fromkeys(keys_of(name)), **unknown}
    before = copy.deepcopy(source)

    read = model(name).from_dict(source)

    assert read.additional_properties == unknown
    assert sorted(read.additional_keys) == sorted(unknown)
    assert read["brand_new"] == {"deep": [1, None]}
    assert "brand_new" in read
    assert read.to_dict() == source
    assert source == before, "decoding must not change the source"


def test_null_among_the_items_of_a_page_is_skipped() -> None:
    page = models.ContactResponseContainer.from_dict({"items": [None, {"phone_number": "15555550123"}, None]})

    assert [contact.phone_number for contact in page.items] == ["15555550123"]


def test_null_inside_nested_lists_is_skipped() -> None:
    contact = models.Contact.from_dict(
        {"custom_fields": [None, {"id": "a"}], "last_message": {"mms_media": None}}
    )

    assert contact.custom_fields is not None
    assert [entry.id for entry in contact.custom_fields] == ["a"]
    assert contact.last_message is not None
    assert contact.last_message.mms_media is None


@pytest.mark.parametrize("count", [2, 40])
def test_each_item_of_a_list_keeps_its_own_unknown_keys(count: int) -> None:
    usual = {"id": 1, "name": "a", "is_administrator": None}
    changed = [{**usual, "brand_new": 1}, {"id": 2, "name": "b"}, {"brand_new": 3}, {**usual, "name_": 4}]
    keys = keys_of("User")
    rows = [{**dict.fromkeys(keys), **usual} for _ in range(count)]
    for at, row in enumerate([*changed, {}]):
        for position in (0, 1, count - 1):
            items = [*rows]
            items[position] = {**dict.fromkeys(list(keys)[at:]), **row}
            items[position - 1] = {**items[position - 1], "other": 5}
            page = models.UserResponseContainer.from_dict({"items": items})
            assert page.items == [models.User.from_dict(item) for item in items]
            assert page.items[position - 1]["other"] == 5


@pytest.mark.parametrize("value", ["", [], "x", 0])
def test_an_item_without_defined_fields_is_an_object_too(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^items\[1\]: an object was expected"):
        models.ScheduledMessageResponseContainer.from_dict({"items": [{}, value]})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"items": "none"}, "items: a list was expected, not a string"),
        ({"items": [[]]}, r"items\[0\]: an object was expected, not a list"),
        ({"items": [{}, {"groups": 1}]}, r"items\[1\]\.groups: a list was expected, not a number"),
        (
            {"items": [{"last_message": True}]},
            r"items\[0\]\.last_message: an object was expected, not a boolean",
        ),
        ({"items": [{"first_contact_utc": "x"}]}, r"items\[0\]\.first_contact_utc: not a timestamp"),
        (
            {"items": [{"last_message": {"delivery_status": {}}}]},
            r"items\[0\]\.last_message\.delivery_status: one of a set of values was expected, not an object",
        ),
        ({"meta": []}, "meta: an object was expected, not a list"),
    ],
)
def test_an_invalid_value_is_named(source: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        models.ContactResponseContainer.from_dict(source)


@pytest.mark.parametrize("at", [0, 1, 19])
def test_an_invalid_value_in_a_list_of_complete_items_is_named(at: int) -> None:
    items: list[Any] = [dict.fromkeys(keys_of("Contact")) for _ in range(20)]
    items[at]["last_message"] = {**dict.fromkeys(keys_of("Message")), "message_timestamp_utc": "soon"}

    with pytest.raises(ValueError, match=rf"^items\[{at}\]\.last_message\.message_timestamp_utc: not a time"):
        models.ContactResponseContainer.from_dict({"items": items})


def direction(schema: dict[str, Any]) -> str:
    return str(schema["x-direction"])


def properties_of(schema: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The names of the properties of a schema and of the required ones, with inherited ones."""
    names, required = set(schema.get("properties", {})), set(schema.get("required", []))
    for part in schema.get("allOf", []):
        if "$ref" in part:
            part = CONTRACT["components"]["schemas"][part["$ref"].rpartition("/")[2]]
        inherited, inherited_required = properties_of(part)
        names |= inherited
        required |= inherited_required
    return names, required


def class_of(schema_name: str) -> Any:
    wanted = schema_name.replace("_", "").lower()
    return next(model(name) for name in models.__all__ if name.lower() == wanted)


OBJECTS = {
    name: schema
    for name, schema in CONTRACT["components"]["schemas"].items()
    if "enum" not in schema and properties_of(schema)[0]
}


def hints(kind: Any) -> dict[str, Any]:
    """The annotations, evaluated. They name classes that only type checkers import."""
    names = {name: getattr(models, name) for name in models.__all__}
    return typing.get_type_hints(kind, localns={**names, "datetime": datetime})


@pytest.mark.parametrize("name", OBJECTS)
def test_attributes_may_be_none_unless_the_contract_requires_them(name: str) -> None:
    from textrequest_api.types import Unset

    types_of = hints(class_of(name))
    _, required = properties_of(OBJECTS[name])
    for key, attribute in keys_of(class_of(name).__name__).items():
        parts = (
            typing.get_args(types_of[attribute]) if isinstance(types_of[attribute], types.UnionType) else ()
        )
        if types_of[attribute] is Any:
            continue
        assert (type(None) in parts) == (key not in required), f"{name}.{key}: {types_of[attribute]}"
        assert (Unset in parts) == (direction(OBJECTS[name]) == "request" and key not in required), key


@pytest.mark.parametrize("name", [name for name in OBJECTS if direction(OBJECTS[name]) != "request"])
def test_every_schema_has_a_class_with_every_property(name: str) -> None:
    names, required = properties_of(OBJECTS[name])

    assert set(keys_of(class_of(name).__name__)) == names
    assert set(class_of(name).REQUIRED_FIELDS) == required


def test_ids_are_required() -> None:
    for name in (
        "dashboard",
        "group",
        "user",
        "keyword",
        "tag",
        "custom_field",
        "campaign",
        "review",
        "webhook",
    ):
        assert class_of(name).REQUIRED_FIELDS == ("id",)


def test_unknown_attributes_raise() -> None:
    contact = models.Contact("15555550123")

    with pytest.raises(AttributeError):
        contact.frist_name = "Odette"  # type: ignore[attr-defined]


def test_unknown_keys_can_be_added_to_a_model_that_had_none() -> None:
    read, other = (models.User.from_dict({"id": 1}) for _ in range(2))

    assert read.additional_properties == {}
    read.additional_properties["brand_new"] = 2

    assert (read["brand_new"], read.to_dict()["brand_new"]) == (2, 2)
    assert other.additional_properties == {}
    assert read != other
    other["brand_new"] = 2
    assert read == other
    other.additional_properties = {"later": 3}
    assert other.additional_keys == ["later"]


@pytest.mark.parametrize("unknown", [{}, {"brand_new": [1]}])
def test_a_copy_of_a_model_has_its_unknown_keys(unknown: dict[str, Any]) -> None:
    read = models.User.from_dict({"id": 1, **unknown})

    for copied in (copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        assert copied == read
        assert copied.additional_properties == unknown
        copied["other"] = 1
        assert read.additional_properties == unknown


def test_a_model_that_version_0_1_0_has_pickled_is_read() -> None:
    state = {**dict.fromkeys(keys_of("User").values()), "id": 1, "additional_properties": {"brand_new": 2}}

    class Pickled:
        def __reduce__(self) -> Any:
            return object.__new__, (models.User,), (None, state)

    assert pickle.loads(pickle.dumps(Pickled())) == models.User.from_dict({"id": 1, "brand_new": 2})


def test_threads_get_the_same_unknown_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    read = models.User.from_dict({"id": 1})
    of_another_thread: dict[str, Any] = {}

    @contextmanager
    def acquired_after_another_thread() -> Iterator[None]:
        read.additional_properties = of_another_thread
        yield

    monkeypatch.setattr(_models, "_lock", acquired_after_another_thread())

    assert read.additional_properties is of_another_thread


def test_an_object_with_more_keys_before_one_that_lacks_some() -> None:
    keys = keys_of("User")
    items = [{**dict.fromkeys(keys), "id": at} for at in range(20)]
    items[3]["brand_new"] = 1
    del items[7][[*keys][-1]]

    page = models.UserResponseContainer.from_dict({"items": items})

    assert [user.id for user in page.items] == [*range(20)]
    assert {at: user.additional_properties for at, user in enumerate(page.items) if user.additional_keys} == {
        3: {"brand_new": 1}
    }
