"""The overlay is updated for a new document line by line, and each removed action is reported."""

from __future__ import annotations

import copy
import textwrap
from typing import Any

import pytest
import yaml
from synchronization_support import OUR_OVERLAY

from regeneration import overlay
from synchronization.corrections import Correction, reconcile

pytestmark = pytest.mark.xdist_group("prepared")

HEAD = "overlay: 1.0.0\ninfo: {title: Corrections, version: 1.0.0}\nactions:\n"
BEFORE: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {
        "/a": {"get": {"operationId": "A_all", "parameters": [{"name": "page", "in": "query"}], "responses": {}}},
        "/b": {"get": {"responses": {}}},
    },
    "components": {"schemas": {"thing": {"properties": {"id": {"type": "integer"}, "when": {"type": "string"}}}}},
}  # fmt: skip


def updated(actions: str, change: Any, moved: dict[str, str] | None = None) -> tuple[str, list[Correction]]:
    """The actions of the overlay for a changed document, and the corrections reported."""
    after = copy.deepcopy(BEFORE)
    change(after)
    text = HEAD + textwrap.indent(textwrap.dedent(actions).strip("\n"), "  ") + "\n"
    new, corrections = reconcile(text, BEFORE, after, moved)
    assert new.startswith(HEAD)
    return textwrap.dedent(new.removeprefix(HEAD)), corrections


def summary(corrections: list[Correction]) -> list[tuple[str, str, str]]:
    return [(correction.kind, correction.target, correction.note) for correction in corrections]


NAMING = "- target: $.paths['/a'].get\n  description: \"ours\"\n  update: {operationId: A_list, tags: [A]}\n"
COMMENTED = f"# The names.\n{NAMING}\n# The fields.\n- target: $.components.schemas.thing.properties.when\n  description: a moment\n  update: {{format: date-time}}\n"


def test_an_overlay_that_fits_is_not_changed(ours: dict[str, Any]) -> None:
    assert reconcile(OUR_OVERLAY, ours, copy.deepcopy(ours)) == (OUR_OVERLAY, [])


def test_an_action_without_a_target_is_removed_and_comments_stay() -> None:
    new, corrections = updated(COMMENTED, lambda after: after["paths"].pop("/a"))

    assert summary(corrections) == [("stale", "$.paths['/a'].get", "")]
    assert new == COMMENTED.replace(NAMING, "")


def test_an_action_for_what_only_the_new_document_has_is_kept() -> None:
    """A refusal asks for such an action; without it, the document would be refused again."""
    action = "- target: $.paths['/c'].get.parameters[*]\n  description: \"ours\"\n  update: {style: simple}\n"
    new_path = {"get": {"parameters": [{"name": "id", "in": "path", "style": "matrix"}], "responses": {}}}

    assert updated(action, lambda after: after["paths"].update({"/c": new_path})) == (action, [])


def test_an_action_with_the_value_of_the_document_is_removed() -> None:
    def change(after: Any) -> None:
        after["components"]["schemas"]["thing"]["properties"]["when"]["format"] = "date-time"

    new, corrections = updated(COMMENTED, change)

    assert summary(corrections) == [
        ("redundant", "$.components.schemas.thing.properties.when", "format: date-time")
    ]
    assert new == f"# The names.\n{NAMING}\n# The fields.\n"


def test_a_correction_that_the_document_now_contradicts_is_removed() -> None:
    def change(after: Any) -> None:
        after["components"]["schemas"]["thing"]["properties"]["when"]["format"] = "date"

    _, corrections = updated(COMMENTED, change)

    assert summary(corrections) == [("documented", "$.components.schemas.thing.properties.when", "format")]


def test_one_of_two_added_parameters_is_documented() -> None:
    actions = """
    - target: $.paths['/a'].get.parameters
      description: two that are missing
      update:
        - name: sort
          in: query
          description: >-
            In which order.
        - name: kind
          in: query
    """

    def change(after: Any) -> None:
        after["paths"]["/a"]["get"]["parameters"].append({"name": "sort", "in": "query"})

    new, corrections = updated(actions, change)

    assert summary(corrections) == [("documented", "$.paths['/a'].get.parameters", "sort")]
    assert "sort" not in new
    assert "  update:\n    - name: kind\n      in: query\n" in new


@pytest.mark.parametrize(
    ("required", "remaining"),
    [
        (["id"], "[when, note]"),
        (["note"], "[id, when]"),
        (["when"], "[id, note]"),
        (["note", "id"], "[when]"),
    ],
)
def test_a_part_of_a_list_in_flow_style_is_documented(required: list[str], remaining: str) -> None:
    actions = "- target: $.components.schemas.thing\n  description: d\n  update: {required: [id, when, note]}"

    new, corrections = updated(
        actions, lambda after: after["components"]["schemas"]["thing"].update(required=required)
    )

    assert [correction.kind for correction in corrections] == ["documented"]
    assert new == actions.replace("[id, when, note]", remaining) + "\n"


def test_a_correction_of_several_places_stays_while_one_of_them_needs_it() -> None:
    actions = "- target: $.components.schemas.*\n  description: d\n  update: {required: [id]}"
    after = copy.deepcopy(BEFORE)
    after["components"]["schemas"]["other"] = {"required": ["id"]}
    text, corrections = reconcile(HEAD + textwrap.indent(actions, "  ") + "\n", BEFORE, after)

    assert corrections == []
    schemas = overlay.apply(after, yaml.safe_load(text)["actions"])["components"]["schemas"]
    assert [schemas[name]["required"] for name in ("thing", "other")] == [["id"], ["id"]]


def test_a_documented_operation_keeps_its_name_and_our_instructions() -> None:
    actions = """
    - target: $.paths
      description: newer than the document
      update:
        /c:
          post:
            operationId: C_send
            tags: [C]
            x-sends-text: true
            summary: Send.
            responses: {'200': {description: Sent.}}
    """
    new, corrections = updated(
        actions, lambda after: after["paths"].update({"/c": {"post": {"responses": {}}}})
    )

    assert summary(corrections) == [("documented", "$.paths", "POST /c")]
    assert "target: $.paths['/c'].post\n" in new
    assert "operationId: C_send" in new
    assert "x-sends-text: true" in new
    assert "summary" not in new


def test_another_operation_of_the_same_path_stays() -> None:
    actions = "- target: $.paths['/b']\n  description: d\n  update:\n    put: {operationId: B_put}\n    delete: {operationId: B_delete}"

    new, _ = updated(actions, lambda after: after["paths"]["/b"].update(put={"responses": {}}))

    assert "    delete: {operationId: B_delete}" in new
    assert "put: {" not in new
    assert "$.paths['/b'].put" in new


def test_a_removal_stays_while_its_target_exists() -> None:
    actions = "- target: $.paths.*.*.parameters\n  description: d\n  remove: true"

    assert updated(actions, lambda after: None)[1] == []
    without = updated(actions, lambda after: after["paths"]["/a"]["get"].pop("parameters"))
    assert summary(without[1]) == [("stale", "$.paths.*.*.parameters", "")]


def test_instructions_to_our_generator_are_never_redundant() -> None:
    actions = "- target: $.paths['/a'].get\n  description: d\n  update: {x-idempotent: true}"

    assert updated(actions, lambda after: after["paths"]["/a"]["get"].update(deprecated=True))[1] == []


def test_actions_follow_a_renamed_path() -> None:
    def change(after: Any) -> None:
        after["paths"]["/z"] = after["paths"].pop("/a")

    new, corrections = updated(COMMENTED, change, {"/a": "/z"})

    assert summary(corrections) == [("moved", "$.paths['/z']", "was /a")]
    assert new == COMMENTED.replace("/a", "/z")
