"""Enums are open: listed values are members, and unknown values are kept."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from generated_support import PACKAGE, enum_names

from textrequest_api import models
from textrequest_api.models import DashboardMessage, MessageDeliveryStatus

CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))


SCHEMAS = {name: schema for name, schema in CONTRACT["components"]["schemas"].items() if "enum" in schema}


def class_of(schema_name: str) -> Any:
    wanted = schema_name.replace("_", "").lower()
    return next(getattr(models, name) for name in enum_names() if name.lower() == wanted)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_known_value_is_a_member(name: str) -> None:
    members = [member.value for member in class_of(name)]

    assert sorted(members) == sorted(value for value in SCHEMAS[name]["enum"] if value is not None)


def test_every_enum_of_a_parameter_has_its_members() -> None:
    members = [sorted(member.value for member in getattr(models, name)) for name in enum_names()]
    parameters = [
        parameter["schema"]["enum"]
        for item in CONTRACT["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
        for parameter in operation.get("parameters", [])
        if "enum" in parameter["schema"]
    ]

    assert len(SCHEMAS) + len(parameters) == len(members)
    assert all(sorted(values) in members for values in parameters)


@pytest.mark.parametrize("name", enum_names())
def test_an_unknown_value_is_kept(name: str) -> None:
    kind = getattr(models, name)

    member = kind("brand-new")

    assert member == "brand-new"
    assert str(member) == f"{member}" == member.value == "brand-new"
    assert isinstance(member, kind)
    assert member not in list(kind)
    assert "brand-new" not in {known.value for known in kind}, "a lookup must not enlarge the set"


@pytest.mark.parametrize("value", ["delivered", "Delivered", "lost in space", "", 7, 2.5])
def test_every_value_is_encoded_as_it_was_decoded(value: Any) -> None:
    message = DashboardMessage.from_dict({"delivery_status": value})

    assert isinstance(message.delivery_status, MessageDeliveryStatus)
    assert message.to_dict()["delivery_status"] == value
    assert type(message.to_dict()["delivery_status"]) is type(value)


def test_known_values_are_the_members() -> None:
    message = DashboardMessage.from_dict({"delivery_status": "delivered"})

    assert message.delivery_status is MessageDeliveryStatus.DELIVERED


def test_unknown_values_are_equal_hashable_and_can_be_copied() -> None:
    member = MessageDeliveryStatus("brand-new")

    assert member == MessageDeliveryStatus("brand-new")
    assert member != MessageDeliveryStatus("other")
    assert {member: 1}["brand-new"] == 1  # type: ignore[index]
    assert copy.deepcopy(member) == pickle.loads(pickle.dumps(member)) == member
    assert json.dumps({"status": member}) == '{"status": "brand-new"}'


@pytest.mark.parametrize("value", [None, [], {}])
def test_a_value_of_another_type_raises(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        MessageDeliveryStatus(value)
