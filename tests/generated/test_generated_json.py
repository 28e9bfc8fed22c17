"""`to_dict()` of every model, with a value in every field, is JSON and gives the same model again."""

from __future__ import annotations

import datetime
import enum
import io
import json
import typing
import uuid
from typing import Any

import attrs
import pytest
from generated_support import model_names

from textrequest_api import models
from textrequest_api.types import UNSET, File, Unset

MOMENT = datetime.datetime(2026, 3, 14, 15, 9, 26, 535897, datetime.timezone(datetime.timedelta(hours=-4)))
PLAIN = {
    str: "Zoë \u2028 \U0001f600",
    int: 2**53,
    float: 0.1,
    bool: False,
    datetime.datetime: MOMENT,
    datetime.date: datetime.date(2026, 3, 14),
    uuid.UUID: uuid.UUID(int=7),
    File: File(io.BytesIO(b"\xff"), "photo.png", "image/png"),
}


def hints(kind: Any) -> dict[str, Any]:
    """The annotations, evaluated. They name classes that only type checkers import."""
    names = {name: getattr(models, name) for name in models.__all__}
    return typing.get_type_hints(kind, localns={**names, "datetime": datetime})


def value_for(annotation: Any, depth: int) -> Any:
    """A value of this type that is neither None nor UNSET."""
    if annotation is Any:
        return {"nested": [1, None, {"deep": True}]}
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return [value_for(parts[0], depth), value_for(parts[0], depth)]
    if origin is dict:
        return {"key": value_for(parts[1], depth)}
    if parts:
        return value_for(next(one for one in parts if one not in (type(None), Unset)), depth)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation))
    return (
        full(annotation, depth - 1) if attrs.has(annotation) and annotation is not File else PLAIN[annotation]
    )


def full(kind: Any, depth: int = 4) -> Any:
    """A model with a value in every field, and in those of the models within, up to a depth."""
    model = kind.from_dict({})
    types = hints(kind)
    for field in attrs.fields(kind):
        if field.name != "additional_properties":
            setattr(model, field.name, value_for(types[field.name], depth) if depth else None)
    model["brand_new"] = {"deep": [1, 0.5, None, "x"]}
    return model


@pytest.mark.parametrize("name", model_names())
def test_a_full_model_is_json_and_back(name: str) -> None:
    kind = getattr(models, name)
    model = full(kind)
    text = json.dumps(model.to_dict(), allow_nan=False)
    assert None not in json.loads(text).values()
    if any(isinstance(getattr(model, field.name), File) for field in attrs.fields(kind)):
        assert json.loads(text)["file"] == {"file_name": "photo.png", "mime_type": "image/png"}
        return
    again = kind.from_dict(json.loads(text))
    assert again == model
    assert again.to_dict() == model.to_dict()


@pytest.mark.parametrize("name", model_names())
def test_a_model_without_values_is_json_and_back(name: str) -> None:
    kind = getattr(models, name)
    for value in (None, UNSET):
        model = kind.from_dict({})
        for field in attrs.fields(kind):
            if field.name != "additional_properties" and not (
                value is UNSET and getattr(model, field.name) is None
            ):
                setattr(model, field.name, value)
        again = kind.from_dict(json.loads(json.dumps(model.to_dict())))
        assert again == model
