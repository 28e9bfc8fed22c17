"""With msgspec, responses are decoded to the same models, and the errors are the same."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from generated_support import PACKAGE, endpoint_names

from json_mutations import mutated, schema_of, valid
from textrequest_api import _decoding, _speed, _structs, models
from textrequest_api.api.custom_fields import custom_fields_list
from textrequest_api.api.messages import messages_list
from textrequest_api.errors import ResponseParseError

CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
OPERATIONS = {
    name.rpartition(".")[2]: operation
    for name in endpoint_names()
    if schema_of(CONTRACT, operation := importlib.import_module(name).operation)
    # A single result is compared with its request, so it is decoded from JSON.
    and "parse_result" not in inspect.getsource(importlib.import_module(name))
}
# A list of text has no model, and the contract does not define the fields of a scheduled message.
WITHOUT_STRUCT = {
    *("dashboards_available_numbers", "webhooks_event_types"),
    *("messages_get_scheduled", "messages_list_scheduled"),
}
MESSAGE = {
    "message_id": "3f0c7a52",
    "body": "Is the counter open today",
    "message_direction": "R",
    "response_by_username": None,
    "message_timestamp_utc": "2026-07-25T09:39:35.227",
    "delivery_status": "delivered",
    "delivery_error": None,
    "mms_media": [],
    "dashboard_phone": "15555550100",
    "customer_phone": "15555550123",
    "segments_count": 1,
    "customer_friendly_name": None,
}


@pytest.fixture(autouse=True)
def all_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_speed, "MIN_LENGTH", 0)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each body that was decoded was decoded by msgspec."""
    used: list[bool] = []
    for name in ("to_model", "to_models"):
        function = getattr(_speed, name)

        def recorded(model: Any, content: bytes, function: Any = function) -> Any:
            result = function(model, content)
            used.append(result is not None)
            return result

        monkeypatch.setattr(_speed, name, recorded)
    return used


def outcome(operation: Any, content: bytes) -> tuple[Any, ...]:
    """The result of a body, or its error; the repr distinguishes 1 from 1.0 and has all unknown keys."""
    try:
        result = operation.parse(httpx.Response(200, content=content))
    except ResponseParseError as error:
        return None, str(error)
    items = result if isinstance(result, list) else [result]
    return result, repr(result), repr([item.to_dict() for item in items if attrs.has(type(item))])


def both(operation: Any, content: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    with_msgspec = outcome(operation, content)
    with monkeypatch.context() as patch:
        patch.setattr(_speed, "enabled", False)
        without = outcome(operation, content)
    return with_msgspec, without


def assert_same(operation: Any, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with_msgspec, without = both(operation, content, monkeypatch)
    assert with_msgspec[1:] == without[1:], content
    if "nan" not in without[1]:  # not equal to itself
        assert with_msgspec == without, content


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_results_and_errors_are_the_same(
    name: str, fast: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = schema_of(CONTRACT, OPERATIONS[name])
    assert schema is not None
    chance = random.Random(name)
    for _ in range(12):
        body = valid(CONTRACT, schema, chance)
        for _ in range(15):
            assert_same(OPERATIONS[name], mutated(body, chance), monkeypatch)

    if name not in WITHOUT_STRUCT:
        assert True in fast
        assert False in fast


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_valid_body_is_decoded_by_msgspec(name: str, fast: list[bool]) -> None:
    schema = schema_of(CONTRACT, OPERATIONS[name])
    assert schema is not None
    for seed in range(10):
        body = valid(CONTRACT, schema, random.Random(seed))
        outcome(OPERATIONS[name], json.dumps(body).encode())

    if name in WITHOUT_STRUCT:
        assert True not in fast
    else:
        assert fast == [True] * 10


@pytest.mark.parametrize(
    ("change", "is_fast"),
    [
        ({}, True),
        ({"body": None}, True),
        ({"delivery_status": "lost in space"}, True),
        ({"message_timestamp_utc": "14 Mar 2026 17:09:26 +0200"}, True),
        ({"message_timestamp_utc": "soon"}, False),
        ({"delivery_status": 7}, False),
        ({"segments_count": "1"}, False),
        ({"mms_media": [None]}, False),
        ({"brand_new": {"deep": [1]}}, False),
    ],
)
def test_what_is_unusual_is_decoded_with_json(
    change: dict[str, Any], is_fast: bool, fast: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({"items": [MESSAGE] * 20 + [{**MESSAGE, **change}]}).encode()

    assert_same(messages_list.operation, content, monkeypatch)

    assert fast[0] is is_fast


def test_unknown_keys_and_values_are_kept() -> None:
    changed = {**MESSAGE, "delivery_status": "lost in space", "brand_new": {"deep": [1, None]}}
    content = json.dumps({"items": [MESSAGE, changed], "later": 1}).encode()

    page = messages_list.operation.parse(httpx.Response(200, content=content))

    assert page is not None
    assert page["later"] == 1
    assert page.items[0].additional_properties == {}
    assert page.items[1].additional_properties == {"brand_new": {"deep": [1, None]}}
    assert page.items[1].delivery_status == "lost in space"
    assert page.items[0].additional_properties is not page.items[1].additional_properties


def test_a_missing_required_field_is_an_error_of_the_response_only() -> None:
    with pytest.raises(ResponseParseError, match=r": items: missing$"):
        messages_list.operation.parse(httpx.Response(200, content=b'{"meta": {"page": 0}}'))
    fields = custom_fields_list.operation.parse(httpx.Response(200, content=b'[{"name": "x"}]'))
    assert [field.id for field in fields or []] == [None]


def structs() -> dict[str, Any]:
    return {name: kind for name, kind in vars(_structs).items() if hasattr(kind, "__struct_fields__")}


@pytest.mark.parametrize("name", structs())
def test_a_struct_has_the_attributes_and_keys_of_its_model(name: str) -> None:
    struct, model = structs()[name], getattr(models, name)

    attributes = [field.name for field in attrs.fields(model) if field.name != "additional_properties"]
    assert list(struct.__struct_fields__) == attributes
    assert list(struct.__struct_encode_fields__) == list(_decoding.layout_of(model).defaults)


RUN = """
import sys
import httpx
import textrequest_ext
from textrequest_api import _speed
from textrequest_api.api.messages import messages_list

assert "msgspec" not in sys.modules, "imported with the package"
row = b'{"message_id": "m", "body": "' + b"x" * 100 + b'"}'
def parse(rows):
    content = b'{"items": [' + b", ".join([row] * rows) + b"]}"
    page = messages_list.operation.parse(httpx.Response(200, content=content))
    assert len(page.items) == rows
parse(3)
assert "msgspec" not in sys.modules, "imported for a short body"
parse(100)
print("msgspec" in sys.modules and "textrequest_api._structs" in sys.modules)
"""


def run(code: str, **environment: str) -> str:
    variables = {key: value for key, value in os.environ.items() if key != "TEXTREQUEST_SPEED"}
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**variables, **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_msgspec_is_imported_for_long_bodies_only() -> None:
    assert run(RUN) == "True"


def test_the_environment_turns_it_off() -> None:
    assert run(RUN, TEXTREQUEST_SPEED="0") == "False"


def test_without_msgspec_json_decodes_everything() -> None:
    missing = "import sys; sys.modules['msgspec'] = None\n" + RUN.replace(
        'assert "msgspec" not in sys.modules', "assert sys.modules['msgspec'] is None"
    )
    assert run(missing.replace('"msgspec" in sys.modules', "sys.modules['msgspec']")) == "None"
