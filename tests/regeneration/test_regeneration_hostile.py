"""A document with code in its texts: no text becomes code in the package."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import httpx
import pytest
from regeneration_support import GENERATED, Node, code, contract, load, run_script, written

from regeneration import Refused, conventions
from regeneration import __main__ as command

pytestmark = pytest.mark.xdist_group("hostile")  # what it generates once is shared by one worker

MARK = "hostile_mark"
ATTACKS = [
    f'"; {MARK}(); "',
    f"'; {MARK}(); '",
    f'"""\n{MARK}()\n"""',
    f'\\"""; {MARK}() #',
    f"\\N{{DASH}} {{{{ {MARK}() }}}} {{% raw %}} \\",
    f"\r\n{MARK}()\u2028{MARK}()\x0c{MARK}()",
]


def events_of(word: str) -> Node:
    """Instructions to generate an event, with a word in every place."""
    event = {"class": word, "description": word, "keys": [[word]], "value": word}
    attributes = {word: {"from": word, "default": word, "text": word, "repr": word, "description": word}}
    return {"decided_by": word, "events": {word: event}, "attributes": attributes}


def hostile() -> Node:
    """The contract with code in every text that is not restricted."""
    document = contract()
    attack = ATTACKS[2]
    document["info"] = {"title": attack, "version": attack, "description": attack}
    document["servers"] = [{"url": f"https://api.textrequest.com/{MARK}"}]
    schemas = document["components"]["schemas"]
    contact = schemas["contact"]["properties"]
    contact["first_name"] |= {
        "description": ATTACKS[0],
        "example": ATTACKS[1],
        "default": ATTACKS[3],
        "pattern": f'"|{MARK}',
    }
    contact["note"] |= {"description": ATTACKS[4], "example": [ATTACKS[5]], "title": attack, "format": attack}
    schemas["contact"] |= {"description": ATTACKS[3], "title": attack}
    schemas["message"]["properties"]["delivery_status"]["enum"] += ATTACKS
    for name in ("webhook_payload_msg", "webhook_payload_contact_created"):
        schemas[name] |= {"x-webhook-events": events_of(attack), "description": attack}
        for at, value in enumerate(schemas[name]["properties"].values()):
            value |= {"description": ATTACKS[at % len(ATTACKS)], "x-webhook-events": events_of(attack)}
    schemas["example"] = schemas["properties"] = {
        "type": "object",
        "properties": {"ok": {"type": "string"}},
        "x-webhook-events": events_of("Ok"),
    }
    schemas["note"] = {
        "title": attack,
        "properties": {
            "kind": {"type": "string", "enum": ATTACKS, "title": attack, "x-enum-varnames": ATTACKS},
            "constant": {"type": "string", "default": ATTACKS[0]},
        },
    }
    document["paths"]["/notes/{note_id}"] = {
        "get": {
            "tags": ["Notes"],  # another tag is refused
            "summary": ATTACKS[3],
            "description": ATTACKS[5],
            "parameters": [
                {
                    "name": "note_id",
                    "in": "path",
                    "required": True,
                    "description": attack,
                    "schema": {"type": "string"},
                },
                {
                    "name": "q",
                    "in": "query",
                    "description": ATTACKS[0],
                    "schema": {"type": "string", "default": ATTACKS[0]},
                },
                {"name": "k", "in": "query", "schema": {"type": "string", "enum": ATTACKS}},
            ],
            "responses": {
                "200": {
                    "description": attack,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/note"}}},
                }
            },
        }
    }
    return document


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    result = run_script("--spec", str(written(hostile(), folder)), "--output", str(folder))
    assert result.returncode == 0, result.stderr
    load(folder / "textrequest_api", "hostile_api")
    return folder / "textrequest_api"


def test_no_text_of_a_document_becomes_code(package: Path) -> None:
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name")]
            assert MARK not in names, path
            if isinstance(node, ast.Call | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
                continue
            if isinstance(node, ast.JoinedStr):
                assert MARK not in ast.unparse(node), path


def test_the_other_code_is_the_same(package: Path) -> None:
    ours, theirs = code(GENERATED), code(package)
    expected = {"_server.py", "_structs.py", "models/__init__.py", "models/message_delivery_status.py"}

    assert "events.py" in ours
    assert {name for name in ours if ours[name] != theirs[name]} == expected


def test_the_texts_are_kept_unchanged(package: Path) -> None:
    module: Any = importlib.import_module("hostile_api.models")

    for attack in ATTACKS:
        assert module.Note.from_dict({"kind": attack}).to_dict()["kind"] == attack
        if not attack.isprintable():
            continue  # the generator drops line breaks; such a value is one that is not listed
        assert attack in [member.value for member in module.MessageDeliveryStatus]
        assert attack in [member.value for member in module.NoteKind]


def test_the_operation_works(package: Path) -> None:
    (place,) = (package / "api").rglob("*notes*.py")
    name = ".".join(place.relative_to(package).with_suffix("").parts)
    module: Any = importlib.import_module(f"hostile_api.{name}")

    request = module.operation.build("7")
    request.pop("extensions")
    assert httpx.Request(request["method"], "https://example.com" + request["url"]).url.path == "/notes/7"
    assert module.operation.parse(httpx.Response(200, json={"constant": "x"})).constant == "x"
    assert MARK in inspect.signature(module.sync).parameters["q"].default  # the generator escapes it twice


@pytest.mark.parametrize(
    "path", ["/notes/{note_id}/{braces", "/notes/}{note_id}", "/notes/{note_id}/{0.__class__}"]
)
def test_a_path_with_other_placeholders_is_refused(document: Node, path: str) -> None:
    document["paths"][path] = hostile()["paths"]["/notes/{note_id}"]

    with pytest.raises(Refused):
        command.build(document, "document")


def test_a_document_from_outside_does_not_instruct_the_build(document: Node) -> None:
    send = document["paths"]["/messages"]["post"]
    send |= {
        "x-idempotent": True,
        "x-numbered-pairs": [{"name": "a", "first": "b", "second": "c", "maximum": 9}],
    }
    send["responses"]["200"]["x-operation"] = {"idempotent": True}
    document["x-optional-means-nullable"] = False
    document["components"]["schemas"]["contact"] |= {"x-direction": "request", "title": "Person"}
    document["components"]["schemas"]["contact"]["properties"]["title"] = {"type": "string", "title": "x"}
    document["components"]["schemas"]["contact"]["properties"]["x-idempotent"] = {"type": "string"}
    # Names of schemas that are keys of OpenAPI too.
    for name in ("properties", "example", "examples"):
        document["components"]["schemas"][name] = {"x-webhook-events": events_of("Ok"), "title": "Other"}

    stripped = conventions.without_instructions(document)

    assert not conventions.INSTRUCTIONS & stripped.keys()
    assert not conventions.INSTRUCTIONS & stripped["paths"]["/messages"]["post"].keys()
    assert "x-operation" not in stripped["paths"]["/messages"]["post"]["responses"]["200"]
    contact = stripped["components"]["schemas"]["contact"]
    assert not {"title", "x-direction"} & contact.keys()
    assert contact["properties"]["title"] == {"type": "string"}
    assert contact["properties"]["x-idempotent"] == {"type": "string"}
    assert [stripped["components"]["schemas"][name] for name in ("properties", "example", "examples")] == [
        {}
    ] * 3
