"""Corrections: each has a target and an effect, and none changes the contract."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from regeneration_support import GENERATED, ROOT, Node

from regeneration import Refused, conventions, overlay, package
from regeneration import __main__ as command

ACTIONS = overlay.read(ROOT / "openapi.overlay.yaml")
SURE = ("live", "live-test", "vendor", "third", "ours")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action["target"][:60])
def test_every_action_has_its_evidence(action: Node) -> None:
    assert action["description"].startswith(SURE), action
    assert "operationId" not in action["target"], "the vendor's current document may have none"


def test_no_action_is_a_duplicate() -> None:
    actions = [json.dumps(action, sort_keys=True) for action in ACTIONS]

    assert len(set(actions)) == len(actions)


def test_the_given_document_is_not_changed(document: Node) -> None:
    before = copy.deepcopy(document)

    corrected = overlay.apply(document, ACTIONS)
    conventions.prepare(corrected)

    assert document == before
    assert corrected != before


def test_every_action_changes_something(document: Node) -> None:
    for action in ACTIONS:
        corrected, stale = overlay.apply_possible(document, [action])
        assert stale == [], overlay.name(action)
        assert corrected != document, f"no longer needed: {overlay.name(action)}"
        document = corrected


def test_actions_without_a_target_are_returned() -> None:
    fits = {"target": "$.info", "description": "ours: x", "update": {"a": 1}}
    stale = {"target": "$.paths['/gone'].get", "description": "vendor: y", "remove": True}

    corrected, without_target = overlay.apply_possible({"info": {}}, [stale, fits])

    assert corrected == {"info": {"a": 1}}
    assert without_target == [stale]
    with pytest.raises(Refused, match=r"without a target: \$\.paths\['/gone'\]\.get \(vendor: y\)$"):
        overlay.apply({"info": {}}, [stale, fits])


def test_one_update_in_many_places_makes_separate_values() -> None:
    document: Node = {"a": {"x": {}}, "b": {"x": {}}}
    actions = [
        {"target": "$.*.x", "description": "ours", "update": {"list": [1]}},
        {"target": "$.a.x", "description": "ours", "update": {"list": [2]}},
    ]

    assert overlay.apply(document, actions) == {"a": {"x": {"list": [1, 2]}}, "b": {"x": {"list": [1]}}}


def test_the_action_copy_is_refused_by_its_name() -> None:
    text = "actions:\n  - {target: $.paths, description: 'ours: x', copy: $.info}\n"

    with pytest.raises(
        Refused, match=r"^a\.yaml: the action copy of Overlay 1\.1 is not supported; write .*: \$\.paths$"
    ):
        overlay.parse(text, "a.yaml")


def built() -> Node:
    result: Node = json.loads((GENERATED / "openapi.json").read_text("utf-8"))
    return result


def test_the_built_document_is_valid_and_plain_json_schema() -> None:
    package.check(built(), "the built document")

    def nullable(node: Any) -> bool:
        if isinstance(node, dict):
            return "nullable" in node or any(nullable(value) for value in node.values())
        return isinstance(node, list) and any(nullable(value) for value in node)

    assert not nullable(built())
    assert built()["openapi"].startswith("3.1")


def test_every_operation_has_an_id_one_tag_and_security() -> None:
    for path, method, operation in conventions.operations(built()):
        resource, _, name = operation["operationId"].partition("_")
        assert operation["tags"] == [resource], (path, method)
        assert name
        assert name.islower()
        assert operation["security"], (path, method)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"type": "array", "items": {}}, {"type": ["array", "null"], "items": {}}),
        ({}, {}),
        ({"description": "x"}, {"description": "x"}),
        ({"$ref": "#/a"}, {"anyOf": [{"$ref": "#/a"}, {"type": "null"}]}),
        (
            {"description": "x", "allOf": [{"$ref": "#/a"}]},
            {"description": "x", "anyOf": [{"$ref": "#/a"}, {"type": "null"}]},
        ),
        ({"oneOf": [{"type": "string"}]}, {"oneOf": [{"type": "string"}, {"type": "null"}]}),
        ({"anyOf": [{"type": "null"}]}, {"anyOf": [{"type": "null"}]}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        (
            {"type": "string", "enum": ["a"]},
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        ),
    ],
)
def test_null_is_a_type_of_json_schema(schema: Node, expected: Node) -> None:
    for property_schema, optional in (
        (copy.deepcopy(schema), True),
        ({**copy.deepcopy(schema), "nullable": True}, False),
    ):
        document: Node = {
            "x-optional-means-nullable": optional,
            "paths": {},
            "components": {
                "schemas": {"outer": {"type": "object", "properties": {"p": property_schema}}, "a": {}}
            },
        }
        document = conventions.prepare(document)
        found = document["components"]["schemas"]["outer"]["properties"]["p"]
        if "enum" in schema:
            assert found == {"anyOf": [{"$ref": "#/components/schemas/outer_p"}, {"type": "null"}]}
        else:
            assert found == expected


def test_directions() -> None:
    directions = {name: schema["x-direction"] for name, schema in built()["components"]["schemas"].items()}

    assert directions["post_contact_request"] == "request"
    assert directions["custom_field_entry"] == "both"
    assert (
        directions["contact"]
        == directions["webhook_payload_message"]
        == directions["pagination_info"]
        == "response"
    )


def test_enum_members_get_other_names_only_where_necessary() -> None:
    schemas: Node = {
        "named": {"enum": ["1", "2"], "x-enum-varnames": ["First", "Second"]},
        "misnamed": {"enum": ["1", "2"], "x-enum-varnames": ["x; import os", "X IMPORT OS"]},
        "plain": {"enum": ["a", "b"]},
        "clash": {"enum": ["a-b", "a_b", "c", "C", None]},
        "numbers": {"enum": [1, 2]},
    }

    prepared = conventions.prepare({"paths": {}, "components": {"schemas": schemas}})["components"]["schemas"]

    assert "x-enum-varnames" not in prepared["plain"]
    assert "x-enum-varnames" not in prepared["numbers"]
    assert prepared["named"]["x-enum-varnames"] == ["First", "Second"]
    assert "x-enum-varnames" not in prepared["misnamed"]
    names = prepared["clash"]["x-enum-varnames"]
    assert len(names) == len(set(names)) == 4


def test_rules_must_be_numbers() -> None:
    document = {
        "paths": {
            "/x": {
                "get": {
                    "parameters": [
                        {"name": "page", "in": "query", "schema": {"minimum": "__import__('os')"}}
                    ],
                    "responses": {"200": {}},
                }
            }
        }
    }

    with pytest.raises(Refused, match="page: minimum must be a number"):
        conventions.prepare(document)


def test_circular_references_and_references_without_a_target() -> None:
    with pytest.raises(Refused, match="circular reference"):
        conventions.resolve({"a": {"$ref": "#/a"}}, {"$ref": "#/a"})
    with pytest.raises(Refused, match="without a target: #/b"):
        conventions.resolve({}, {"$ref": "#/b"})


def test_the_built_document_is_checked_in(document: Node) -> None:
    assert command.build(document, "openapi.yaml") == built()


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"x-echoes": {"id": "group_id"}}, "x-echoes: there is no parameter or property group_id"),
        ({"x-echoes": {"nothing": "tag_id"}}, "x-echoes: the response has no property nothing"),
        ({"x-result-has": {"nothing": []}}, "x-result-has: the response has no property nothing"),
        ({"x-result-has": {"id": "any"}}, "x-result-has: id must have a list of texts"),
    ],
)
def test_a_check_of_the_result_must_name_what_exists(document: Node, update: Node, reason: str) -> None:
    corrected = overlay.apply(document, ACTIONS)
    corrected["paths"]["/dashboards/{dashboard_id}/tags/{tag_id}"]["get"].update(update)

    with pytest.raises(Refused, match=re.escape(reason)):
        conventions.prepare(corrected)
