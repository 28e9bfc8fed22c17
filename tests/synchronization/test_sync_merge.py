"""The new openapi.yaml has the vendor's structure and our prose, and no other line changes."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synchronization_support import OUR_TEXT, changed_lines

from regeneration import source
from synchronization import contract, prepared
from synchronization.merge import TO_CHECK, TO_DESCRIBE, merge

pytestmark = pytest.mark.xdist_group("prepared")

VENDOR = prepared.VENDOR_PROSE


@pytest.mark.parametrize("form", [prepared.with_vendor_prose, prepared.reordered, prepared.without_ids])
def test_the_same_contract_changes_no_byte(ours: dict[str, Any], form: Any) -> None:
    merged = merge(OUR_TEXT, form(ours))

    assert merged.text == OUR_TEXT
    assert (merged.to_describe, merged.to_check, merged.moved) == ([], [], {})


def test_a_new_property_is_marked_and_nothing_else_changes(ours: dict[str, Any]) -> None:
    theirs = prepared.with_vendor_prose(ours)
    theirs["components"]["schemas"]["group"]["properties"]["color"] = {
        "type": "string", "enum": ["on", "off", "2026-01-01", "1e3", "~"], "description": VENDOR, "example": "on",
    }  # fmt: skip
    merged = merge(OUR_TEXT, theirs)

    removed, added = changed_lines(merged.text)
    assert removed == []
    assert [line.strip() for line in added] == [
        "color:", f'description: "{TO_DESCRIBE}"', "type: string", "enum:",
        "- 'on'", "- 'off'", "- '2026-01-01'", "- '1e3'", "- '~'",
    ]  # fmt: skip
    assert merged.to_describe == ["/components/schemas/group/properties/color"]
    assert merged.to_check == []
    # A YAML 1.1 parser reads the values as text too.
    enum = yaml.safe_load(merged.text)["components"]["schemas"]["group"]["properties"]["color"]["enum"]
    assert enum == ["on", "off", "2026-01-01", "1e3", "~"]


def test_a_description_stays_and_is_marked_where_the_structure_changed(ours: dict[str, Any]) -> None:
    theirs = prepared.with_vendor_prose(ours)
    schema = theirs["components"]["schemas"]["group"]["properties"]
    schema["name"]["type"] = "integer"
    merged = merge(OUR_TEXT, theirs)

    document = source.parse(merged.text.encode(), "merged")
    was, now = (
        ours["components"]["schemas"]["group"]["properties"],
        document["components"]["schemas"]["group"]["properties"],
    )
    assert now["name"] == {"description": f"{TO_CHECK} {was['name']['description']}", "type": "integer"}
    assert {key: value for key, value in now.items() if key != "name"} == {
        key: value for key, value in was.items() if key != "name"
    }
    assert merged.to_check == ["/components/schemas/group/properties/name"]


def test_a_second_change_does_not_add_a_second_mark(ours: dict[str, Any]) -> None:
    theirs = prepared.with_vendor_prose(ours)
    theirs["components"]["schemas"]["group"]["properties"]["name"]["type"] = "integer"
    once = merge(OUR_TEXT, theirs).text
    theirs["components"]["schemas"]["group"]["properties"]["name"]["type"] = "number"
    twice = merge(once, theirs).text

    assert once.count("TODO") == twice.count("TODO") == 1


def test_a_renamed_path_keeps_its_prose(ours: dict[str, Any]) -> None:
    change = next(change for change in prepared.changes() if change.name == "path-moved")
    merged = merge(OUR_TEXT, change.document(ours))
    old, new = (
        "/dashboards/{dashboard_id}/payments/{payment_id}/resend",
        "/dashboards/{dashboard_id}/payments/{payment_id}/remind",
    )

    assert merged.moved == {old: new}
    assert changed_lines(merged.text) == ([f"  {old}:"], [f"  {new}:"])


def test_without_operation_ids_a_path_of_the_same_structure_is_not_a_renamed_path(
    ours: dict[str, Any],
) -> None:
    theirs = prepared.without_ids(ours)
    theirs["paths"]["/messages/{message_id}/pin"] = theirs["paths"].pop("/messages/{message_id}/redact")
    merged = merge(OUR_TEXT, theirs)

    assert merged.moved == {}
    document = source.parse(merged.text.encode(), "merged")
    assert document["paths"]["/messages/{message_id}/pin"]["put"]["summary"] == TO_DESCRIBE
    assert "operationId" not in document["paths"]["/messages/{message_id}/pin"]["put"]


def test_two_operations_without_ids_are_not_matched_by_structure(ours: dict[str, Any]) -> None:
    redact = ours["paths"]["/messages/{message_id}/redact"]["put"]["operationId"]
    nameless = OUR_TEXT.replace(f"      operationId: {redact}\n", "")
    theirs = prepared.without_ids(ours)
    theirs["paths"]["/messages/{message_id}/pin"] = theirs["paths"].pop("/messages/{message_id}/redact")

    assert merge(nameless, theirs).moved == {}


def test_comments_stay_and_the_version_is_updated(ours: dict[str, Any]) -> None:
    theirs = copy.deepcopy(prepared.with_vendor_prose(ours))
    theirs["info"]["version"] = "3.1.4"
    del theirs["paths"]["/mms"]
    text = merge(OUR_TEXT, theirs).text

    head = [line for line in OUR_TEXT.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == head
    assert head
    info = source.parse(text.encode(), "merged")["info"]
    assert info == {**ours["info"], "version": "3.1.4"}


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_after_random_changes_the_result_is_the_contract_of_the_vendor(
    ours: dict[str, Any], seed: int
) -> None:
    theirs = _randomly_changed(prepared.with_vendor_prose(ours), random.Random(seed))
    merged = merge(OUR_TEXT, theirs)

    assert contract.changes(theirs, source.parse(merged.text.encode(), "merged")) == []
    assert VENDOR not in merged.text


def _randomly_changed(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with twenty random changes of its paths and schemas."""
    changed: dict[str, Any] = json.loads(json.dumps(document))
    for _ in range(20):
        places = [
            node
            for where, node in source.nodes(changed)
            if isinstance(node, dict) and node and where.startswith(("/paths/", "/components/schemas/"))
        ]
        node = chance.choice(places)
        key = chance.choice(sorted(set(node) - {"operationId", "$ref", "name", "in"}) or ["type"])
        kind = chance.choice(["remove", "copy", "retype"])
        if kind == "remove":
            node.pop(key, None)
        elif kind == "copy" and key in node and isinstance(node[key], dict):
            node[f"{key}{'/copy' if key.startswith('/') else '_copy'}"] = copy.deepcopy(node[key])
            for _, inner in source.nodes(node[f"{key}{'/copy' if key.startswith('/') else '_copy'}"]):
                if isinstance(inner, dict):
                    inner.pop("operationId", None)
        elif key == "type":
            node[key] = chance.choice(["string", "integer", "boolean"])
    return changed
