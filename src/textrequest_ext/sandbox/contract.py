"""The built contract: which operation a request is for, and whether request and answer are as it says.

jsonschema-rs validates; a validator is compiled when it is first needed and kept for the process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

from .answers import Answer

_BASE = "urn:textrequest:contract"
_METHODS = ("get", "post", "put", "patch", "delete")
# The service's moments often lack the zone that the format date-time demands (live).
_MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?$"
_INTEGER = re.compile(r"-?[0-9]+")
_BOOLEANS = {"true": True, "false": False}
# Refusals the contract leaves out for most operations: what is malformed gets a 400 everywhere (vendor).
_UNDOCUMENTED_REFUSALS = frozenset({400, 401})


class ContractError(Exception):
    """A request or an answer that is not what the contract says; the text names the place and why."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    id: str
    method: str
    path: str
    document: Mapping[str, Any] = field(repr=False)
    registry: Registry = field(repr=False)

    @cached_property
    def parameters(self) -> dict[str, dict[str, Mapping[str, Any]]]:
        """The schemas of the parameters: those in the path, and those in the query."""
        found: dict[str, dict[str, Mapping[str, Any]]] = {"path": {}, "query": {}}
        for parameter in self.document.get("parameters", ()):
            found[parameter["in"]][parameter["name"]] = parameter["schema"]
        return found

    @cached_property
    def _required_query(self) -> list[str]:
        return [
            parameter["name"]
            for parameter in self.document.get("parameters", ())
            if parameter["in"] == "query" and parameter.get("required")
        ]

    @cached_property
    def _check_path(self) -> Draft202012Validator:
        return self._validator({"type": "object", "properties": self.parameters["path"]})

    @cached_property
    def _check_query(self) -> Draft202012Validator:
        schema = {"type": "object", "properties": self.parameters["query"], "required": self._required_query}
        return self._validator(schema)

    @cached_property
    def takes(self) -> str | None:
        """The media type of the request body, or None if the operation has none."""
        content = self.document.get("requestBody", {}).get("content", {})
        return next(iter(content), None)

    @cached_property
    def _check_body(self) -> Draft202012Validator:
        content = self.document["requestBody"]["content"]
        return self._validator(content[self.takes]["schema"])

    def read_path(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """The path's parameters in their types. Raises ContractError."""
        values = {name: _typed(text, self.parameters["path"][name]) for name, text in texts.items()}
        _demand(self._check_path, values, "path")
        return values

    def read_query(self, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        """The query's known parameters in their types; unknown ones are dropped (live). Raises ContractError."""
        known = self.parameters["query"]
        texts: dict[str, str] = {}
        for name, text in pairs:
            if name not in known:
                continue
            repeated = name in texts and known[name].get("type") == "array"
            texts[name] = f"{texts[name]},{text}" if repeated else text
        if not texts and not self._required_query:
            return {}
        values = {name: _typed(text, known[name]) for name, text in texts.items()}
        _demand(self._check_query, values, "query")
        return values

    def check_body(self, body: Any) -> None:
        """Raises ContractError unless the body is what the operation takes."""
        _demand(self._check_body, body, "body")

    @cached_property
    def _answers(self) -> dict[int, Callable[[Answer], None]]:
        checks: dict[int, Callable[[Answer], None]] = {}
        for status, response in self.document["responses"].items():
            content = response.get("content", {}).get("application/json")
            checks[int(status)] = (
                _demand_payload(self._validator(content["schema"])) if content else _demand_nothing
            )
        for status in _UNDOCUMENTED_REFUSALS - checks.keys():
            checks[status] = _demand_payload(self._validator({"$ref": "#/components/schemas/error"}))
        return checks

    def check_answer(self, answer: Answer) -> None:
        """Raises ContractError unless the answer is one the operation has."""
        try:
            check = self._answers.get(answer.status)
            if check is None:
                raise ContractError(f"status {answer.status} is not documented")
            check(answer)
        except ContractError as error:
            raise ContractError(f"{self.id}, answer {answer.status}: {error}") from None

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        return _compiled(json.dumps(schema), self.registry)


@dataclass(frozen=True)
class Contract:
    """All operations, found by id or by method and path."""

    operations: Mapping[str, Operation]
    registry: Registry = field(repr=False)
    _tree: Mapping[str, Any] = field(repr=False)

    def find(self, segments: list[str]) -> tuple[Mapping[str, Operation], list[str]]:
        """The operations of a path by method, and the texts of its parameters; no operations if there is none."""
        node = self._tree
        texts: list[str] = []
        for segment in segments:
            if segment in node:
                node = node[segment]
            elif "{}" in node and segment:
                node = node["{}"]
                texts.append(segment)
            else:
                return {}, []
        return node.get("", {}), texts

    def check_callback(self, schema: str, payload: Any) -> None:
        """Raises ContractError unless the payload of a callback is what the contract says."""
        check = _compiled(json.dumps({"$ref": f"#/components/schemas/{schema}"}), self.registry)
        _demand(check, payload, schema)


@cache
def load() -> Contract:
    """The contract that is installed with the package."""
    document = json.loads(files("textrequest_api").joinpath("openapi.json").read_bytes())
    _loosen(document["components"], {"pattern": _MOMENT})
    _loosen(document["paths"], {})  # the routes read the moments of a query, and refuse what is none
    registry = Registry([(_BASE, document)])
    operations: dict[str, Operation] = {}
    tree: dict[str, Any] = {}
    for path, item in document["paths"].items():
        node = tree
        for segment in path.strip("/").split("/"):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        here = node.setdefault("", {})
        for method in _METHODS:
            if method in item:
                described = item[method]
                operation = Operation(described["operationId"], method.upper(), path, described, registry)
                operations[operation.id] = here[operation.method] = operation
    return Contract(operations, registry, tree)


def is_uri(text: str) -> bool:
    """Whether the text is what the contract's format uri asks for."""
    return _URI.is_valid(text)


_URI = Draft202012Validator({"format": "uri"}, validate_formats=True)


@cache
def _compiled(schema: str, registry: Registry) -> Draft202012Validator:
    # References of an operation point into the document, which the registry knows under a name.
    named = json.loads(schema.replace('"$ref": "#', f'"$ref": "{_BASE}#'))
    return Draft202012Validator(named, registry=registry, validate_formats=True)


def _loosen(node: Any, instead: Mapping[str, str]) -> None:
    """Puts `instead` in the place of every format date-time."""
    if isinstance(node, dict):
        if node.get("format") == "date-time" and "type" in node:
            del node["format"]
            node.update(instead)
        for value in node.values():
            _loosen(value, instead)
    elif isinstance(node, list):
        for value in node:
            _loosen(value, instead)


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """The text of a parameter in its type; left as it is if it is not of that type, for the validator to refuse."""
    kind = schema.get("type")
    if kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) and len(text) < 20 else text
    if kind == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    if kind == "array":
        return [_typed(part, schema["items"]) for part in text.split(",")] if text else []
    return text


def _demand(validator: Draft202012Validator, value: Any, what: str) -> None:
    if validator.is_valid(value):
        return
    error = next(iter(validator.iter_errors(value)))
    place = "/".join([what, *map(str, error.instance_path)])
    raise ContractError(f"{place}: {error.message}")


def _demand_payload(validator: Draft202012Validator) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        if answer.payload is None:
            raise ContractError("the body is missing")
        _demand(validator, answer.payload, "body")

    return check


def _demand_nothing(answer: Answer) -> None:
    if answer.payload is not None or answer.body:
        raise ContractError("there is a body where the contract has none")
