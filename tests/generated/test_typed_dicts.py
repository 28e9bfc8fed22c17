"""Dicts with typed keys take the place of models in the arguments of operations."""

from __future__ import annotations

import copy
import json
import typing
from types import ModuleType
from typing import Any

import attrs
import pytest

from textrequest_api import errors, models, typed_dicts
from textrequest_api._encoding import fields_of
from textrequest_api.api.contacts import contacts_bulk_update, contacts_upsert
from textrequest_api.api.users import users_create, users_update
from textrequest_api.api.webhooks import webhooks_create
from textrequest_api.typed_dicts import PostWebhookRequestDict, UpdateContactRequestDict

NUMBER = "15555550123"
ENTRY: typed_dicts.CustomFieldEntryDict = {"id": "f1", "value": "odette@example.com"}
CONTACT: UpdateContactRequestDict = {
    "phone_number": "(555) 555-0123",
    "first_name": "Odette",
    "note": None,
    "custom_fields": [ENTRY, models.CustomFieldEntry("f2")],
}
NAMES = [name for name in vars(typed_dicts) if name.endswith("Dict") and name != "TypedDict"]


def sent(module: ModuleType, *args: Any, **kwargs: Any) -> Any:
    return json.loads(module.operation.build(*args, **kwargs)["content"])


def test_a_dict_in_a_list_is_sent_as_the_model_is() -> None:
    given = copy.deepcopy(CONTACT)
    model = models.UpdateContactRequest(
        NUMBER,
        first_name="Odette",
        note=None,
        custom_fields=[models.CustomFieldEntry("f1", "odette@example.com"), models.CustomFieldEntry("f2")],
    )
    expected = {
        "phone_number": NUMBER,
        "first_name": "Odette",
        "note": None,
        "custom_fields": [{"id": "f1", "value": "odette@example.com"}, {"id": "f2"}],
    }
    assert sent(contacts_bulk_update, 1, body=[CONTACT, model]) == [expected, expected]
    assert given == CONTACT


def test_dicts_in_the_fields_of_a_body() -> None:
    assert sent(contacts_upsert, 1, NUMBER, custom_fields=[ENTRY]) == {"custom_fields": [ENTRY]}
    permissions: list[typed_dicts.UserPermissionDict] = [{"dashboard_id": 1, "role": "CSR"}]
    assert sent(users_update, 3, permissions=permissions) == {"permissions": permissions}
    user: typed_dicts.PostUserRequestDict = {
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@example.com",
        "permissions": permissions,
    }
    assert sent(users_create, **user) == user


def test_a_dict_as_keyword_arguments() -> None:
    webhook: PostWebhookRequestDict = {"target_url": "https://example.com/in", "event": "msg_received"}
    assert sent(webhooks_create, 1, **webhook) == webhook


@pytest.mark.parametrize(
    ("changes", "argument", "reason"),
    [
        ({"frist_name": "A"}, "body[1]", "no field of UpdateContactRequest; did you mean first_name?"),
        ({NUMBER: "A"}, "body[1]", "no field of UpdateContactRequest; they are phone_number, first_name"),
        ({5: "A"}, "body[1]", "no field of UpdateContactRequest; they are phone_number"),
        ({"phone_number": None}, "body[1].phone_number", "is required"),
        ({"phone_number": "123"}, "body[1].phone_number", "must be a North American phone number"),
        ({"custom_fields": ENTRY}, "body[1].custom_fields", "must be a list, not dict"),
        ({"custom_fields": "f1"}, "body[1].custom_fields", "must be a list, not str"),
        (
            {"custom_fields": ["f1"]},
            "body[1].custom_fields[0]",
            "must be a dict or CustomFieldEntry, not str",
        ),
        ({"custom_fields": [models.Tag("t")]}, "body[1].custom_fields[0]", "not Tag"),
        ({"custom_fields": [{"value": "a"}]}, "body[1].custom_fields[0].id", "is required"),
        ({"custom_fields": [{"id": "f1", "valeu": "a"}]}, "body[1].custom_fields[0]", "mean value?"),
    ],
)
def test_an_invalid_dict(changes: Any, argument: str, reason: str) -> None:
    body: Any = [CONTACT, {**CONTACT, **changes}]
    with pytest.raises(errors.InvalidArgumentError) as caught:
        contacts_bulk_update.operation.build(1, body=body)
    assert caught.value.argument == argument
    assert reason in str(caught.value)
    for value in ("5550123", "Odette", "odette@"):
        assert value not in str(caught.value)


def test_a_missing_key_that_is_required() -> None:
    body: Any = [{"first_name": "Ann"}]
    with pytest.raises(errors.UnexpectedArgumentError, match=r"body\[0\].phone_number: is required"):
        contacts_bulk_update.operation.build(1, body=body)


@pytest.mark.parametrize("name", NAMES)
def test_a_dict_has_the_fields_of_its_model(name: str) -> None:
    kind, model = getattr(typed_dicts, name), getattr(models, name.removesuffix("Dict"))
    fields = {one.name for one in attrs.fields(model)} - {"additional_properties"}
    assert typing.get_type_hints(kind).keys() == fields
    assert kind.__required_keys__ == {one.attribute for one in fields_of(model) if one.required}
    assert kind.__doc__


def test_all_bodies_have_a_dict() -> None:
    assert len(NAMES) >= 17
    assert {"UpdateContactRequestDict", "CustomFieldEntryDict", "PostGroupRequestDict"} <= set(NAMES)
