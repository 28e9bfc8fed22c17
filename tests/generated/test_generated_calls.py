"""The four functions of a module have the stock signatures; `operation` is the operation as a value."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from generated_support import PACKAGE, client_returning, endpoint_names
from openapi_python_client.strings import PythonIdentifier

from textrequest_api import _parameters, models
from textrequest_api._encoding import fields_of
from textrequest_api._requests import _signature
from textrequest_api.api.contacts import contacts_list
from textrequest_api.errors import UnexpectedArgumentError
from textrequest_api.types import Operation
from textrequest_ext import TextRequest

pytestmark = pytest.mark.xdist_group("stock")  # what it generates once is shared by one worker

CONTRACT = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
FUNCTIONS = {"sync", "sync_detailed", "asyncio", "asyncio_detailed"}
NAMES = [name.rpartition(".")[2] for name in endpoint_names()]


def four_functions(path: Path) -> dict[str, str]:
    """The signatures of the four functions of a module, as text."""
    found = [
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in FUNCTIONS
    ]
    return {
        node.name: f"{type(node).__name__} ({ast.unparse(node.args)}) -> {ast.unparse(node.returns or ast.Constant(None))}"
        for node in found
    }


def test_every_operation_of_the_contract_has_a_module_and_no_other() -> None:
    operations = [
        str(PythonIdentifier(operation["operationId"], prefix="field_"))
        for item in CONTRACT["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    ]

    assert sorted(operations) == sorted(NAMES)


@pytest.mark.parametrize("name", endpoint_names())
def test_the_four_functions_have_the_stock_signatures(name: str, stock: Path) -> None:
    relative = Path(*name.split(".")[1:]).with_suffix(".py")

    ours, theirs = four_functions(PACKAGE / relative), four_functions(stock / relative)

    assert {"sync_detailed", "asyncio_detailed"} <= ours.keys()
    assert ours == theirs


def test_the_stock_templates_make_no_module_that_is_missing_here(stock: Path) -> None:
    ours, theirs = (
        {path.relative_to(folder).as_posix() for path in (folder / "api").rglob("*.py")}
        for folder in (PACKAGE, stock)
    )

    assert ours == theirs
    assert ours


@pytest.mark.parametrize("name", NAMES)
def test_the_operation_matches_the_contract(name: str, endpoints: dict[str, ModuleType]) -> None:
    operation: Operation[..., Any] = endpoints[name].operation
    contract = CONTRACT["paths"][operation.path][operation.method.lower()]

    assert operation.name == name
    in_path = [one.name for one in operation.parameters if one.location == "path"]
    assert [f"{{{key}}}" for key in in_path] == [
        part for part in operation.path.split("/") if part.startswith("{")
    ]
    about = next(iter(contract["responses"].values()))["x-operation"]
    assert operation.idempotent == about["idempotent"]
    assert operation.sends_text == about["sends_text"]
    schemas = {one["name"]: one["schema"] for one in contract.get("parameters", [])}
    checks = {one.name: one.check for one in operation.parameters}
    assert checks.keys() == schemas.keys()
    for key, rules in about["arguments"].items():
        assert checks[key] == check_for(rules, schemas[key]["type"]), key
    arguments = _signature(operation, True).arguments
    paired = {key for one in operation.pairs for key in arguments if key.startswith((one.first, one.second))}
    names = inspect.signature(operation.build).parameters
    assert arguments.keys() - paired == names.keys() - {"body", "extra_query", "extra_headers", "timeout"} | (
        arguments.keys() & {"body"}
    )
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert in_path == [name for name in names if names[name].kind is positional]


def check_for(rules: dict[str, Any], kind: str) -> Any:
    if rules.get("phone"):
        return _parameters.PhoneNumber()
    if rules.get("url"):
        return _parameters.URL()
    if "max_length" in rules:
        return _parameters.Text(rules["max_length"])
    return (_parameters.Integer if kind == "integer" else _parameters.Number)(**rules)


def test_models_of_requests_have_the_checks_of_the_contract() -> None:
    found = 0
    for name, schema in CONTRACT["components"]["schemas"].items():
        if schema["x-direction"] == "response" or "properties" not in schema:
            continue
        model = next(kind for kind in models.__all__ if kind.lower() == name.replace("_", "").lower())
        fields = {field.key: field for field in fields_of(getattr(models, model))}
        nested = {key for key, one in schema["properties"].items() if "$ref" in one.get("items", one)}
        all_rules = schema.get("x-rules", {})
        assert {key for key, field in fields.items() if field.check} == all_rules.keys() | nested
        assert all(isinstance(fields[key].check, _parameters.Object) for key in nested)
        for key, rules in all_rules.items():
            assert fields[key].check == check_for(rules, schema["properties"][key]["type"]), (name, key)
            found += 1
        assert {key for key, field in fields.items() if field.required} == set(schema.get("required", []))
    assert found >= 15


@pytest.mark.parametrize("name", NAMES)
def test_fields_of_a_json_body_are_in_the_signature(name: str, endpoints: dict[str, ModuleType]) -> None:
    operation = endpoints[name].operation
    contract = CONTRACT["paths"][operation.path][operation.method.lower()]
    body = contract.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    names = inspect.signature(operation.build).parameters

    schema = CONTRACT["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
    if "properties" not in schema:
        assert ("body" in names) == ("requestBody" in contract)
        return
    assert "body" not in names or "body" in schema["properties"]
    for key in schema["properties"]:
        spelled = key if key != "from" else "from_"
        assert names[spelled].kind is inspect.Parameter.KEYWORD_ONLY
        assert (names[spelled].default is inspect.Parameter.empty) == (key in schema.get("required", []))


def test_operations_are_values() -> None:
    operation = contacts_list.operation

    assert {operation: 1}[operation] == 1
    assert operation.retryable
    with pytest.raises(AttributeError):
        operation.name = "other"  # type: ignore[misc]


def test_retryable_operations(endpoints: dict[str, ModuleType]) -> None:
    retryable = {name for name, module in endpoints.items() if module.operation.retryable}
    posts = {name for name, module in endpoints.items() if module.operation.method in ("POST", "PATCH")}

    assert retryable & posts == {"contacts_upsert", "contacts_bulk_update", "payments_set_enabled"}
    assert set(endpoints) - retryable == posts - retryable


def test_operations_that_send_a_text(endpoints: dict[str, ModuleType]) -> None:
    senders = {name for name, module in endpoints.items() if module.operation.sends_text}

    assert senders == {
        "messages_send",
        "messages_send_to_contact",
        "payments_create",
        "payments_send_reminder",
    }


def test_a_request_has_its_operation_as_an_extension() -> None:
    requests: list[httpx.Request] = []

    contacts_list.sync_detailed(350, client=client_returning(json={"items": []}, requests=requests))

    assert requests[0].extensions["textrequest_api"] is contacts_list.operation


@pytest.mark.parametrize("client", [None, "key", httpx.Client(), TextRequest("key")])
def test_another_client_is_named_as_the_wrong_argument(client: Any) -> None:
    expected = f"client: must be a low-level client, .*, not {type(client).__name__}"
    with pytest.raises(UnexpectedArgumentError, match=expected):
        contacts_list.sync(350, client=client)
    with pytest.raises(UnexpectedArgumentError, match=expected):
        asyncio.run(contacts_list.asyncio_detailed(350, client=client))
