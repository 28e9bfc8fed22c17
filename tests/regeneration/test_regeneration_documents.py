"""Other documents of the API: with other prose, in another form, and with additions."""

from __future__ import annotations

import datetime
import importlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from regeneration_support import (
    CONTRACT,
    CONTRACT_AS_IT_WAS,
    GENERATED,
    ROOT,
    code,
    contract,
    files,
    rewritten,
)

from json_mutations import mutated, schema_of, valid

pytestmark = pytest.mark.xdist_group("regenerated")  # what it generates once is shared by one worker


def module(name: str) -> Any:
    return importlib.import_module(f"later_api.{name}")


def test_other_prose_makes_the_same_code(foreign: Path) -> None:
    ours, theirs = code(GENERATED), code(foreign)

    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_the_prose_was_different(foreign: Path) -> None:
    ours, theirs = files(GENERATED), files(foreign)

    changed = [name for name in ours if ours[name] != theirs[name] and name.endswith(".py")]
    assert len(changed) > 100
    words = (GENERATED / "models" / "contact.py").read_text("utf-8").split('"""')[1]
    assert words not in (foreign / "models" / "contact.py").read_text("utf-8")
    assert "Andere Wörter" in (foreign / "openapi.json").read_text("utf-8")
    assert rewritten(contract()) != contract()


def test_another_form_without_operation_ids_makes_the_same_files(anonymous: Path) -> None:
    ours, theirs = files(GENERATED), files(anonymous)

    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name] and name.endswith(".py")] == []
    here, there = (json.loads(each["provenance.json"]) for each in (ours, theirs))
    assert {key for key in here if here[key] != there[key]} == {"contract_sha256"}


def test_existing_code_does_not_change(later: Path) -> None:
    ours, theirs = code(GENERATED), code(later)

    assert ours.keys() <= theirs.keys()
    changed = {name for name in ours if ours[name] != theirs[name]}
    assert changed == {
        "_structs.py",
        "models/__init__.py",
        "models/dashboard_message.py",
        "models/message.py",
        "models/message_delivery_status.py",
        "typed_dicts.py",
    }
    assert {name for name in theirs.keys() - ours.keys() if name.startswith("api/")} == {
        "api/notes/__init__.py",
        "api/notes/notes_get_all.py",
        "api/notes/post_dashboards_dashboard_id_notes.py",
        "api/sheets/__init__.py",
        "api/sheets/sheets_list.py",
    }


def test_a_new_operation_can_be_called(later: Path) -> None:
    requests: list[httpx.Request] = []
    body = {
        "items": [{"id": 7, "written": "2026-07-25T09:39:35.227", "model": "m"}],
        "meta": {"page": 1, "page_size": 1, "total_items": 3},
    }

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=body)

    client = module("client").AuthenticatedClient(token="k")
    client.set_httpx_client(
        httpx.Client(base_url="https://api.example.com", transport=httpx.MockTransport(handler))
    )
    notes = module("api.notes.notes_get_all")
    since = datetime.datetime(2026, 7, 25, 11, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))

    page = notes.sync(350, client=client, page=1, since=since, kinds=["a", "b"], operation="x", x_trace=True)

    assert requests[0].url.path == "/dashboards/350/notes"
    assert requests[0].url.params.multi_items() == [
        ("page", "1"),
        ("since", "2026-07-25T09:30:00Z"),
        ("kinds", "a"),
        ("kinds", "b"),
        ("operation", "x"),
    ]
    assert requests[0].headers["x-trace"] == "true"
    assert requests[0].extensions["textrequest_api"] is notes.operation
    # Pagination in textrequest_ext uses the items and the meta of a page.
    parsed = notes.operation.parse(httpx.Response(200, json=body))
    assert parsed == page
    assert [note.id for note in parsed.items] == [7]
    assert (parsed.meta.page, parsed.meta.page_size, parsed.meta.total_items) == (1, 1, 3)
    assert notes.operation.parse(httpx.Response(204)) is None
    parameters = {one.name: one for one in notes.operation.parameters}
    assert [one.name for one in parameters.values() if one.location == "path"] == ["dashboard_id"]
    assert type(parameters["since"].check).__name__ == "DateTime"


def test_a_new_operation_without_an_id_or_a_named_response(later: Path) -> None:
    create = module("api.notes.post_dashboards_dashboard_id_notes")

    request = create.operation.build(350, value="x", states=[], due=None)

    assert json.loads(request["content"]) == {"value": "x", "states": [], "due": None}
    created = create.operation.parse(httpx.Response(201, json={"id": 4}))
    assert type(created).__name__ == "PostDashboardsDashboardIdNotesResponse"
    assert created.id == 4


def test_a_new_schema_decodes_every_kind_of_value(later: Path) -> None:
    note = module("models").Note
    source = {
        "id": 1,
        "value": "v",
        "get": "g",
        "model": "m",
        "field": "f",
        "written": "2026-07-25T09:30:00Z",
        "due": "2026-07-25",
        "uuid": "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36",
        "priority": 9,
        "state": "in_work",
        "reminders": ["2026-07-25T09:30:00Z"],
        "states": ["a", "z"],
        "replies": [{"id": 2, "value": None}],
        "unknown": 5,
    }

    read = note.from_dict(source)

    assert {key: value for key, value in read.to_dict().items() if key != "replies"} == {
        key: value for key, value in source.items() if key != "replies"
    }
    assert read.due == datetime.date(2026, 7, 25)
    assert read.priority == 9
    assert read.priority.value == 9
    assert read.reminders[0].utcoffset() == datetime.timedelta(0)
    assert read.replies[0].id == 2
    assert read["unknown"] == 5, "kept although the schema allows no other keys"
    assert note.from_dict({"reminders": [None], "states": [None]}).reminders == []


@pytest.mark.parametrize("field", ["written", "due", "uuid", "priority", "reminders", "states", "replies"])
@pytest.mark.parametrize("value", ["?", {}, [{}], [[]], True, 1.5])
def test_a_new_schema_names_an_invalid_field(later: Path, field: str, value: Any) -> None:
    note = module("models").Note
    try:
        note.from_dict({field: value})
    except ValueError as error:
        assert str(error).startswith(field)
        assert "'" not in str(error)


def test_structs_are_generated_for_what_they_can_express(later: Path) -> None:
    known = {
        name: kind for name, kind in vars(module("_structs")).items() if hasattr(kind, "__struct_fields__")
    }

    assert known["Sheet"].__annotations__ == {
        "due": "str | None",
        "uuids": "list[str] | None",
        "priorities": "list[int | float] | None",
        "state": "str | None",
        "amount": "int | float | None",
        "either": "str | int | float | bool | None",
        "table": "list[list[str]] | None",
        "cells": "list[SheetCellsItem] | None",
    }
    assert "PaginationInfo" in known
    for inexpressible in ("Note", "NoteResponseContainer", "SheetFree", "Folder"):
        assert inexpressible not in known
    assert hasattr(module("models"), "SheetFree")


def test_a_new_operation_has_the_same_results_with_msgspec(
    later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads((later / "openapi.json").read_text("utf-8"))
    speed: Any = module("_speed")
    monkeypatch.setattr(speed, "MIN_LENGTH", 0)
    for name, seed in (("sheets.sheets_list", 1), ("notes.notes_get_all", 2)):
        operation = module(f"api.{name}").operation
        chance = random.Random(seed)
        for _ in range(40):
            body = valid(document, schema_of(document, operation) or {}, chance)
            for _ in range(10):
                content = mutated(body, chance)
                results = []
                for enabled in (True, False):
                    monkeypatch.setattr(speed, "enabled", enabled)
                    try:
                        results.append(repr(operation.parse(httpx.Response(200, content=content))))
                    except module("errors").ResponseParseError as error:
                        results.append(str(error))
                assert results[0] == results[1], content
    monkeypatch.setattr(speed, "enabled", True)
    assert speed.to_models(module("models").Sheet, b'[{"due": "2026-07-25"}]')[0].due.day == 25
    assert speed.to_model(module("models").NoteResponseContainer, b'{"items": []}') is None


def test_enum_members_have_distinct_names(later: Path) -> None:
    state = module("models").NoteState

    assert sorted(member.value for member in state) == ["Done", "done", "in-work", "in_work"]
    assert "read_by_person" in [member.value for member in module("models").MessageDeliveryStatus]
    assert (
        module("models").Message.from_dict({"delivery_status": "read_by_person"}).delivery_status.name
        == "READ_BY_PERSON"
    )


def test_a_new_field_is_on_every_schema_that_inherits_it(later: Path) -> None:
    for name in ("Message", "DashboardMessage"):
        assert getattr(module("models"), name).from_dict({"reactions": ["x"]}).reactions == ["x"]


def test_mypy_accepts_new_code(later: Path) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--cache-dir",
            str(ROOT / ".mypy_cache" / "later"),
            str(later),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout


def test_provenance_has_the_hash_of_the_given_document(later: Path) -> None:
    provenance = json.loads((later / "provenance.json").read_text("utf-8"))
    current = json.loads((GENERATED / "provenance.json").read_text("utf-8"))

    assert {key for key in current if current[key] != provenance[key]} == {"contract_sha256"}


def test_another_document_does_not_change_the_contract(later: Path) -> None:
    assert CONTRACT.read_bytes() == CONTRACT_AS_IT_WAS
    assert "/dashboards/{dashboard_id}/notes" not in CONTRACT.read_text("utf-8")
    assert (later / "api" / "notes" / "notes_get_all.py").is_file()
