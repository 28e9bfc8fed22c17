"""Which documents are the same contract."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from synchronization_support import CHANGES

from regeneration import Refused, source
from synchronization import contract, prepared


def test_different_prose_is_not_a_change(ours: dict[str, Any]) -> None:
    assert contract.changes(ours, prepared.with_vendor_prose(ours)) == []


def test_json_without_operation_ids_in_another_order_is_not_a_change(ours: dict[str, Any]) -> None:
    document = prepared.reordered(prepared.without_ids(prepared.with_vendor_prose(ours)))
    text = json.dumps(document)
    assert "operationId" not in text

    assert contract.changes(ours, source.parse(text.encode(), "published")) == []


def test_yaml_and_json_of_a_document_are_the_same_contract(ours: dict[str, Any]) -> None:
    text = yaml.safe_dump(prepared.reordered(ours), sort_keys=False)
    assert contract.changes(ours, source.parse(text.encode(), "published")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"info": {"title": "Other", "version": "3.9.1", "description": "Other."}},
        {"openapi": "3.0.3"},
        {"externalDocs": {"url": "https://example.com"}},
        {"x-generated-by": "a tool"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_metadata_of_a_document_is_not_a_change(ours: dict[str, Any], change: dict[str, Any]) -> None:
    assert contract.changes(ours, {**ours, **change}) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_prepared_change_is_a_change(ours: dict[str, Any], change: prepared.Change) -> None:
    assert contract.changes(ours, change.document(ours))


def test_another_operation_id_is_a_change_and_a_missing_one_is_not(ours: dict[str, Any]) -> None:
    renamed = copy.deepcopy(ours)
    renamed["paths"]["/users"]["get"]["operationId"] = "Users_all"
    missing = copy.deepcopy(ours)
    del missing["paths"]["/users"]["get"]["operationId"]

    assert contract.changes(ours, renamed) == [
        "changed /paths/~1users/get/operationId from 'Users_getAllUsers' to 'Users_all'"
    ]
    assert contract.changes(ours, missing) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "string"}, {"type": "integer"}),
        ({"required": ["a"]}, {"required": ["a", "b"]}),
        ({"nullable": True}, {"nullable": False}),
        ({"default": 1}, {"default": True}),
        ({"default": {"description": "a"}}, {"default": {"description": "b"}}),
        ({"properties": {"title": {"type": "string"}}}, {"properties": {}}),
        ({"properties": {"x-a": {}}}, {"properties": {}}),
        ({"allOf": [{"type": "object"}]}, {"allOf": []}),
        ({"parameters": [{"name": "a", "in": "query"}]}, {"parameters": [{"name": "a", "in": "path"}]}),
        ({"headers": {"x-rate": {}}}, {"headers": {}}),
    ],
)
def test_part_of_the_contract(before: Any, after: Any) -> None:
    assert list(contract._changes(contract.structure(before), contract.structure(after), ""))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"description": "a", "type": "string"}, {"type": "string", "title": "b"}),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
        ({"parameters": [{"name": "a", "in": "query"}, {"$ref": "#/b"}]}, {"parameters": [{"$ref": "#/b"}, {"name": "a", "in": "query"}]}),
        ({"tags": [{"name": "a", "description": "b"}]}, {"tags": [{"name": "a"}]}),
        ({"x-note": 1}, {}),
        ({"example": {"a": 1}}, {"examples": [2]}),
    ],
)  # fmt: skip
def test_not_part_of_the_contract(before: Any, after: Any) -> None:
    assert list(contract._changes(contract.structure(before), contract.structure(after), "")) == []


def test_extensions_of_the_vendor_are_removed() -> None:
    document = {
        "paths": {"/messages": {"post": {"x-idempotent": True, "responses": {"200": {"headers": {"x-rate": {}}}}}}, "x-all": {}},
        "components": {"schemas": {"x-thing": {"x-phone-number": True, "properties": {"x-id": {"x-a": 1}}}}},
        "x-optional-means-nullable": True,
    }  # fmt: skip

    assert contract.without_extensions(document) == {
        "paths": {"/messages": {"post": {"responses": {"200": {"headers": {"x-rate": {}}}}}}},
        "components": {"schemas": {"x-thing": {"properties": {"x-id": {}}}}},
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"paths": {"/a b": {}}}, "not a usable path"),
        ({"paths": {"/a`;import os": {}}}, "not a usable path"),
        ({"paths": {"/a\n": {}}}, "not a usable path"),
        ({"paths": {"/a": {"get": {"tags": ["a\u202eb"]}}}}, "unprintable characters"),
        ({"paths": {"/a": {"get": {"tags": ["a" * 301]}}}}, "301 characters"),
    ],
)
def test_unsafe_text_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        contract.check_text(change, "a document")


def test_prose_may_be_long_and_have_several_lines() -> None:
    contract.check_text({"paths": {"/a": {"get": {"description": "a\n" * 400}}}}, "a document")
