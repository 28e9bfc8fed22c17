"""The severity of each kind of difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from synchronization.differences import RULES, Difference, differences

pytestmark = pytest.mark.xdist_group("prepared")


def test_a_contract_does_not_differ_from_itself(built: dict[str, Any]) -> None:
    assert differences(built, copy.deepcopy(built)) == []


def document(**operation: Any) -> dict[str, Any]:
    whole = {"operationId": "A_get", "responses": {"200": {"description": "d"}}, **operation}
    return {"paths": {"/a": {"get": whole}}, "components": {"schemas": {}}}


def parameter(**more: Any) -> dict[str, Any]:
    return document(parameters=[{"name": "p", "in": "query", "schema": {"type": "string"}, **more}])


def body(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return document(requestBody={"content": {"application/json": {"schema": schema}}, **more})


def response(schema: dict[str, Any], code: str = "200") -> dict[str, Any]:
    return document(responses={code: {"content": {"application/json": {"schema": schema}}}})


def callback(schema: dict[str, Any]) -> dict[str, Any]:
    inner = {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}
    return document(callbacks={"event": {"url": inner}})


def model(schema: dict[str, Any], direction: str) -> dict[str, Any]:
    return {"paths": {}, "components": {"schemas": {"m": {**schema, "x-direction": direction}}}}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
MAYBE = {"type": ["string", "null"]}


def properties(*required: str, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [*required]}


CASES = [
    (parameter(), parameter(required=True), "major", "argument became required"),
    (parameter(required=True), parameter(), "minor", "argument became optional"),
    (document(), parameter(), "minor", "argument added"),
    (document(), parameter(required=True), "major", "required argument added"),
    (parameter(), document(), "major", "argument removed"),
    (parameter(), parameter(**{"in": "header"}), "major", "argument removed"),
    (parameter(), parameter(schema=NUMBER), "major", "type changed"),
    (parameter(), parameter(schema={"type": "string", "format": "date-time"}), "major", "type changed"),
    (parameter(schema={"type": "string", "enum": ["a"]}), parameter(schema={"type": "string", "enum": ["a", "b"]}), "minor", "value added"),
    (parameter(schema={"type": "string", "enum": ["a", "b"]}), parameter(schema={"type": "string", "enum": ["a"]}), "major", "value removed"),
    (parameter(), parameter(schema={"type": "string", "maxLength": 5}), "major", "constraint tightened"),
    (parameter(schema={"type": "string", "maxLength": 5}), parameter(schema={"type": "string", "maxLength": 9}), "minor", "constraint loosened"),
    (parameter(schema={"type": "integer", "minimum": 1}), parameter(schema={"type": "integer", "minimum": 0}), "minor", "constraint loosened"),
    (parameter(), parameter(schema={"type": "string", "default": "a"}), "minor", "default changed"),
    (body(TEXT), body(MAYBE), "minor", "type added"),
    (body(MAYBE), body(TEXT), "major", "type removed"),
    (response(TEXT), response(MAYBE), "major", "type added"),
    (response(MAYBE), response(TEXT), "minor", "type removed"),
    (response(TEXT), response(NUMBER), "major", "type changed"),
    (response({"type": "array", "items": TEXT}), response({"type": "array", "items": NUMBER}), "major", "type changed"),
    (response(properties(a=TEXT)), response(properties(a=TEXT, b=TEXT)), "minor", "property added"),
    (response(properties(a=TEXT, b=TEXT)), response(properties(a=TEXT)), "major", "property removed"),
    (response(properties("a", a=TEXT)), response(properties(a=TEXT)), "major", "property became optional"),
    (response(properties(a=TEXT)), response(properties("a", a=TEXT)), "minor", "property became required"),
    (body(properties(a=TEXT)), body(properties("a", a=TEXT)), "major", "property became required"),
    (body(properties(a=TEXT)), body(properties("b", a=TEXT, b=TEXT)), "major", "required property added"),
    (body(TEXT), body(TEXT, required=True), "major", "body became required"),
    (document(), body(TEXT), "minor", "body added"),
    (document(), body(TEXT, required=True), "major", "body became required"),
    (body(TEXT), document(), "major", "body removed"),
    (response(TEXT), document(responses={"200": {}}), "major", "media type removed"),
    (document(), document(responses={"200": {}, "204": {}}), "major", "success added"),
    (document(), document(responses={"200": {}, "409": {}}), "patch", "failure added"),
    (document(), document(operationId="A_read"), "major", "operation renamed"),
    (document(security=[{"a": []}]), document(security=[]), "minor", "security alternative added"),
    (document(security=[{"a": []}]), document(security=[{"b": []}]), "major", "security changed"),
    (callback(properties(a=TEXT)), callback(properties(a=TEXT, b=TEXT)), "minor", "property added"),
    (callback(properties(a=TEXT)), callback(properties("a", a=TEXT)), "minor", "property became required"),
    (callback(TEXT), document(), "major", "callback removed"),
    (model(properties("a", a=TEXT), "response"), model(properties(a=TEXT), "response"), "major", "property became optional"),
    (model(properties("a", a=TEXT), "request"), model(properties(a=TEXT), "request"), "minor", "property became optional"),
    (model(properties(a=TEXT), "both"), model(properties("a", a=TEXT), "both"), "major", "property became required"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "severity", "kind"),
    CASES,
    ids=[f"{number}-{case[3]}" for number, case in enumerate(CASES)],
)
def test_a_kind_of_change_has_its_severity(old: Any, new: Any, severity: str, kind: str) -> None:
    found = differences(old, new)

    assert found[0].severity == severity
    assert (severity, kind) in {(item.severity, item.kind) for item in found}


def test_an_operation_is_added_removed_or_moved() -> None:
    there: dict[str, Any] = document()
    elsewhere = {**there, "paths": {"/b": there["paths"]["/a"]}}
    other = {**there, "paths": {"/b": {"get": {**there["paths"]["/a"]["get"], "operationId": "B_get"}}}}

    assert differences(there, elsewhere) == [Difference("major", "operation moved", "GET /a", "to GET /b")]
    assert [item.kind for item in differences(there, other)] == ["operation removed", "operation added"]


def test_a_changed_model_is_reported_once_under_its_name() -> None:
    old, new = (
        {
            "paths": response({"$ref": "#/components/schemas/m"})["paths"],
            "components": {"schemas": {"m": {**properties(a=kind), "x-direction": "response"}}},
        }
        for kind in (TEXT, NUMBER)
    )

    assert differences(old, new) == [Difference("major", "type changed", "schema m.a", "string to integer")]


def test_recursive_models_are_compared() -> None:
    recursive = model({"type": "object", "properties": {"m": {"$ref": "#/components/schemas/m"}}}, "both")

    assert differences(recursive, copy.deepcopy(recursive)) == []


def secured(name: str, header: str = "x-api-key", **more: Any) -> dict[str, Any]:
    scheme = {"type": "apiKey", "in": "header", "name": header}
    whole: dict[str, Any] = document()
    schemas = {"schemas": {}, "securitySchemes": {name: scheme}}
    return {**whole, "security": [{name: []}], "components": schemas, **more}


def served(url: str) -> dict[str, Any]:
    return {**document(), "servers": [{"url": url}]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (secured("ApiKeyAuth"), secured("Key")),
        (secured("ApiKeyAuth"), secured("ApiKeyAuth", "X-API-KEY")),
        (served("https://api.example.com/v3"), served("https://API.example.com/v3/")),
    ],
)
def test_another_spelling_is_no_difference(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert differences(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (secured("Key"), secured("Key", "x-other-key"), ["security changed"]),
        (served("https://api.example.com/v3"), served("https://api.example.com/V3"), ["server changed"]),
    ],
)  # fmt: skip
def test_another_key_or_server_is_one(old: dict[str, Any], new: dict[str, Any], kinds: list[str]) -> None:
    assert [item.kind for item in differences(old, new)] == kinds


def test_every_rule_has_a_known_severity() -> None:
    assert {severity for pair in RULES.values() for severity in pair} == {"major", "minor", "patch"}
