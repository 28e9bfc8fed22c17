"""Typed dicts and known values of bodies that the contract does not have today."""

from __future__ import annotations

import importlib
import json
import typing
from pathlib import Path
from typing import Any, Literal

import pytest
from regeneration_support import contract, load, run_script, written

pytestmark = pytest.mark.xdist_group("hostile")  # shares a worker with what else is generated

REF = "#/components/schemas/"
SCHEMAS: dict[str, Any] = {
    "branch": {
        "type": "object",
        "required": ["class"],
        "properties": {
            "class": {"type": "string", "enum": ['say "a"', "it's", "😀"]},
            "level": {"type": "integer", "enum": [1, -2]},
            "children": {"type": "array", "items": {"$ref": f"{REF}branch"}},
            "parent": {"$ref": f"{REF}branch"},
            "either": {"anyOf": [{"$ref": f"{REF}leaf"}, {"$ref": f"{REF}branch"}]},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}},
            "since": {"type": "string", "format": "date-time"},
        },
    },
    "leaf": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
}
OPERATION = {
    "tags": ["Trees"],
    "operationId": "Trees_create",
    "requestBody": {"content": {"application/json": {"schema": {"$ref": f"{REF}branch"}}}},
    "responses": {"204": {"description": "Done."}},
}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    document = contract()
    document["components"]["schemas"] |= SCHEMAS
    document["paths"]["/trees"] = {"post": OPERATION}
    folder = tmp_path_factory.mktemp("trees")
    result = run_script("--spec", str(written(document, folder)), "--output", str(folder))
    assert result.returncode == 0, result.stderr
    load(folder / "textrequest_api", "trees_api")
    return folder / "textrequest_api"


def test_the_types_of_the_keys(trees: Path) -> None:
    typed_dicts: Any = importlib.import_module("trees_api.typed_dicts")
    models: Any = importlib.import_module("trees_api.models")
    branch, leaf = typed_dicts.BranchDict, typed_dicts.LeafDict

    assert branch.__required_keys__ == {"class_"}
    assert typing.get_type_hints(branch)["class_"] == Literal['say "a"', "it's", "😀"] | str
    assert typing.get_type_hints(branch)["kinds"].__args__[0].__args__[0] == Literal["x", "y"] | str
    assert typing.get_type_hints(branch)["level"] == Literal[1, -2] | int | None
    assert typing.get_type_hints(branch)["parent"] == models.Branch | branch | None
    assert set(typing.get_args(typing.get_type_hints(branch)["either"])) == {
        *(models.Leaf, leaf, models.Branch, branch, type(None))
    }


def test_nested_dicts_are_sent(trees: Path) -> None:
    (place,) = (trees / "api").rglob("trees_create.py")
    module: Any = importlib.import_module(f"trees_api.api.{place.parent.name}.trees_create")
    errors: Any = importlib.import_module("trees_api.errors")
    body: dict[str, Any] = {"class_": "it's", "level": 1, "children": [{"class_": "new", "children": []}]}

    request = module.operation.build(**body, parent={"class_": "a"}, either={"name": "b"}, kinds=["z"])

    assert json.loads(request["content"]) == {
        "class": "it's",
        "level": 1,
        "children": [{"class": "new", "children": []}],
        "parent": {"class": "a"},
        "either": {"name": "b"},
        "kinds": ["z"],
    }
    body["children"] = [{"class_": "a", "children": [{"children": []}]}]
    with pytest.raises(errors.UnexpectedArgumentError) as caught:
        module.operation.build(**body)
    assert caught.value.argument == "children[0].children[0].class_"
