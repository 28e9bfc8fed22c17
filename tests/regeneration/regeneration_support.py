"""Documents to regenerate from, derived from the contract, and helpers to compare packages."""

from __future__ import annotations

import ast
import copy
import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from regeneration import source

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi.yaml"
CONTRACT_AS_IT_WAS = CONTRACT.read_bytes()
GENERATED = ROOT / "generated" / "textrequest_api"
PROSE = {"description", "summary", "title", "example"}
Node = dict[str, Any]
Regenerate = Callable[[Node], Path]


@cache
def _contract() -> str:
    return json.dumps(source.load(str(CONTRACT)))


def contract() -> Node:
    """A copy of the contract, which is read once."""
    copied: Node = json.loads(_contract())
    return copied


def run_script(*arguments: str, seed: str = "0", folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run scripts/regen.sh with the interpreter of the tests."""
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONHASHSEED": seed}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [str(ROOT / "scripts" / "regen.sh"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=folder,
    )


def files(folder: Path) -> dict[str, bytes]:
    """The files of a directory, without the caches of Python."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def code(folder: Path) -> dict[str, str]:
    """The modules of a package without their docstrings."""
    return {
        name: without_prose(text.decode()) for name, text in files(folder).items() if name.endswith(".py")
    }


def without_prose(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                line
                for line in body
                if not (
                    isinstance(line, ast.Expr)
                    and isinstance(line.value, ast.Constant)
                    and isinstance(line.value.value, str)
                )
            ]
    return ast.unparse(tree)


def rewritten(node: Any, key: str = "", parent: str = "") -> Any:
    """The same contract with other prose, also where it has none."""
    names = parent in ("properties", "schemas", "paths", "callbacks", "responses", "content")
    if isinstance(node, dict):
        result = {name: rewritten(value, name, key) for name, value in node.items()}
        if isinstance(node.get("type"), str) and "in" not in node and key != "properties":
            result["title"] = f"Something \\ else's {len(str(node))}"
            result.setdefault("description", 'Andere Wörter """ entirely\\')
        return result
    if isinstance(node, list):
        return [rewritten(value, key, parent) for value in node]
    if key in PROSE and isinstance(node, str) and not names:
        return f"Entirely other words, {len(node)} of them: \"\"\" \\N{{DASH}} '''."
    return node


def without_operation_ids(document: Node, seed: int = 1) -> Node:
    """The same contract without operationIds, its keys in another order."""
    shuffler = random.Random(seed)

    def shuffled(node: Any) -> Any:
        if isinstance(node, dict):
            keys = [key for key in node if not (key == "operationId" and "responses" in node)]
            shuffler.shuffle(keys)
            return {key: shuffled(node[key]) for key in keys}
        if isinstance(node, list):
            items = [shuffled(item) for item in node]
            if items and all(isinstance(item, dict) and {"name", "in"} <= item.keys() for item in items):
                shuffler.shuffle(items)
            return items
        return node

    result: Node = shuffled(document)
    return result


def grown(document: Node) -> Node:
    """The contract with additions: operations, schemas, a field and a value of an enum."""
    result = copy.deepcopy(document)
    response = {
        "description": "x",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/note_response_container"}}},
    }
    result["paths"]["/dashboards/{dashboard_id}/notes"] = {
        "parameters": [{"$ref": "#/components/parameters/dashboard"}],
        "get": {
            "operationId": "Notes_getAll",
            "tags": ["Notes", "Contacts"],
            "parameters": [
                {"name": "page", "in": "query", "schema": {"type": "integer", "default": 0}},
                {"name": "page_size", "in": "query", "schema": {"type": "integer"}},
                {
                    "name": "since",
                    "in": "query",
                    "schema": {"type": "string", "format": "date-time", "nullable": True},
                },
                {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                {"name": "operation", "in": "query", "schema": {"type": "string"}},
                {"name": "x-trace", "in": "header", "schema": {"type": "boolean"}},
            ],
            "responses": {"200": {"$ref": "#/components/responses/notes"}, "204": {"description": "x"}},
        },
        "post": {
            "tags": ["Notes"],
            "requestBody": {"$ref": "#/components/requestBodies/note"},
            "responses": {
                "201": {
                    "description": "x",
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}
                        }
                    },
                }
            },
        },
    }
    result["components"]["parameters"] = {
        "dashboard": {"name": "dashboard_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    }
    result["components"]["responses"] = {"notes": response}
    result["components"]["requestBodies"] = {
        "note": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/note"}}}}
    }
    schemas = result["components"]["schemas"]
    schemas["note"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "id": {"type": "integer"},
            "value": {"type": "string"},
            "get": {"type": "string"},
            "model": {"type": "string"},
            "field": {"type": "string"},
            "written": {"type": "string", "format": "date-time"},
            "due": {"type": "string", "format": "date"},
            "uuid": {"type": "string", "format": "uuid"},
            "priority": {"type": "integer", "enum": [1, 2, 3]},
            "state": {"type": "string", "enum": ["in-work", "in_work", "done", "Done"]},
            "reminders": {
                "type": "array",
                "items": {"type": "string", "format": "date-time", "nullable": True},
            },
            "states": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            "replies": {"type": "array", "items": {"$ref": "#/components/schemas/note"}},
        },
    }
    schemas["note_response_container"] = {
        "allOf": [
            {"$ref": "#/components/schemas/response_container"},
            {
                "type": "object",
                "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/note"}}},
            },
        ]
    }
    schemas["sheet"] = {
        "type": "object",
        "properties": {
            "due": {"type": "string", "format": "date"},
            "uuids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "priorities": {"type": "array", "items": {"type": "integer", "enum": [1, 2, 3]}},
            "state": {"type": "string", "enum": ["a", "b"], "nullable": True},
            "amount": {"type": "number"},
            "either": {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]},
            "table": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
            "cells": {
                "type": "array",
                "items": {"type": "object", "properties": {"Zeile-1": {"type": "integer"}}},
            },
        },
    }
    # What a struct cannot express: any value, models in a union, a map, a circle of two.
    schemas["sheet_free"] = {"type": "object", "properties": {"value": {}}}
    schemas["sheet_map"] = {"type": "object", "additionalProperties": {"type": "string"}}
    schemas["sheet_union"] = {
        "type": "object",
        "properties": {
            "value": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("sheet", "note")]}
        },
    }
    schemas["folder"] = {
        "type": "object",
        "properties": {
            "parents": {"type": "array", "items": {"$ref": "#/components/schemas/folder_parent"}},
        },
    }
    schemas["folder_parent"] = {
        "type": "object",
        "properties": {"folder": {"$ref": "#/components/schemas/folder"}},
    }

    def listed(name: str) -> Node:
        schema = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        return {"description": "x", "content": {"application/json": {"schema": schema}}}

    others = ("sheet_free", "sheet_map", "sheet_union", "folder")
    result["paths"]["/dashboards/{dashboard_id}/sheets"] = {
        "parameters": [{"$ref": "#/components/parameters/dashboard"}],
        "get": {
            "operationId": "Sheets_list",
            "tags": ["Sheets"],
            "responses": {
                "200": listed("sheet"),
                **{str(201 + at): listed(name) for at, name in enumerate(others)},
            },
        },
    }
    schemas["message"]["properties"]["reactions"] = {"type": "array", "items": {"type": "string"}}
    schemas["message"]["properties"]["delivery_status"]["enum"].append("read_by_person")
    return result


def load(folder: Path, name: str) -> ModuleType:
    """Import the package in a directory under another name. Its imports are relative."""
    place = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    sys.modules[name] = module
    place.loader.exec_module(module)
    return module


def written(document: Node, folder: Path) -> Path:
    """The document as a JSON file."""
    path = folder / "document.json"
    path.write_text(json.dumps(document))
    return path


def as_yaml(document: Node) -> str:
    """The document as YAML, in its own order."""
    text: str = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return text
