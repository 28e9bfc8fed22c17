"""The contract: finds the operation of a request, and validates requests, responses and callbacks against it.

Validation uses jsonschema-rs. A validator is compiled on first use and cached for the process.
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

_BASE = "urn:textrequest:contract"
_METHODS = ("get", "post", "put", "patch", "delete")
# live: timestamps of the service often lack the zone that the format date-time requires.
_TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?$"
_INTEGER = re.compile(r"-?[0-9]+")
_BOOLEANS = {"true": True, "false": False}
# Error statuses that the contract omits for most operations: every malformed request gets a 400 (vendor).
_UNDOCUMENTED_ERRORS = frozenset({400, 401})

Check = Callable[[Any], None]


class ContractError(Exception):
    """A request, response or callback does not match the contract. The message says where and why."""


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
        """The schema of each path parameter and each query parameter."""
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
    def _path_validator(self) -> Draft202012Validator:
        return self._validator({"type": "object", "properties": self.parameters["path"]})

    @cached_property
    def _query_validator(self) -> Draft202012Validator:
        schema = {"type": "object", "properties": self.parameters["query"], "required": self._required_query}
        return self._validator(schema)

    @cached_property
    def request_media_type(self) -> str | None:
        """The media type of the request body, or None if the operation takes no body."""
        content = self.document.get("requestBody", {}).get("content", {})
        return next(iter(content), None)

    @cached_property
    def _body_validator(self) -> Draft202012Validator:
        content = self.document["requestBody"]["content"]
        return self._validator(content[self.request_media_type]["schema"])

    def parse_path(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Converts the path parameters to their types. Raises ContractError."""
        values = {name: _convert(text, self.parameters["path"][name]) for name, text in texts.items()}
        _require_valid(self._path_validator, values, "path")
        return values

    def parse_query(self, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        """Converts the known query parameters to their types. Raises ContractError.

        Unknown parameters are ignored (live). Several values of an array parameter are joined; of several
        values of any other parameter the last one counts.
        """
        known = self.parameters["query"]
        texts: dict[str, str] = {}
        for name, text in pairs:
            if name not in known:
                continue
            is_further_value = name in texts and known[name].get("type") == "array"
            texts[name] = f"{texts[name]},{text}" if is_further_value else text
        if not texts and not self._required_query:
            return {}
        values = {name: _convert(text, known[name]) for name, text in texts.items()}
        _require_valid(self._query_validator, values, "query")
        return values

    def check_body(self, body: Any) -> None:
        """Raises ContractError unless the request body matches its schema."""
        _require_valid(self._body_validator, body, "body")

    @cached_property
    def _response_checks(self) -> dict[int, Check]:
        checks: dict[int, Check] = {}
        for status, response in self.document["responses"].items():
            content = response.get("content", {}).get("application/json")
            checks[int(status)] = (
                _payload_check(self._validator(content["schema"])) if content else _require_no_payload
            )
        for status in _UNDOCUMENTED_ERRORS - checks.keys():
            checks[status] = _payload_check(self._validator({"$ref": "#/components/schemas/error"}))
        return checks

    def check_response(self, status: int, payload: Any) -> None:
        """Raises ContractError unless the status is documented and the payload matches its schema.

        payload: None if the response has no body.
        """
        try:
            check = self._response_checks.get(status)
            if check is None:
                raise ContractError(f"status {status} is not documented")
            check(payload)
        except ContractError as error:
            raise ContractError(f"{self.id}, response {status}: {error}") from None

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        return _compile(json.dumps(schema), self.registry)


@dataclass(frozen=True)
class Contract:
    """All operations, by id and by method and path."""

    operations: Mapping[str, Operation]
    registry: Registry = field(repr=False)
    _tree: Mapping[str, Any] = field(repr=False)

    def find(self, segments: list[str]) -> tuple[Mapping[str, Operation], list[str]]:
        """The operations of a path by method, and the values of its path parameters.

        segments: the path, split at its slashes. An unknown path has no operations.
        """
        node = self._tree
        values: list[str] = []
        for segment in segments:
            if segment in node:
                node = node[segment]
            elif "{}" in node and segment:
                node = node["{}"]
                values.append(segment)
            else:
                return {}, []
        return node.get("", {}), values

    def check_schema(self, schema: str, payload: Any) -> None:
        """Raises ContractError unless the payload matches the component schema with this name."""
        validator = _compile(json.dumps({"$ref": f"#/components/schemas/{schema}"}), self.registry)
        _require_valid(validator, payload, schema)


@cache
def load_contract() -> Contract:
    """The contract that is installed with the package."""
    document = json.loads(files("textrequest_api").joinpath("openapi.json").read_bytes())
    _replace_date_time(document["components"], {"pattern": _TIMESTAMP})
    _replace_date_time(document["paths"], {})  # the handlers parse and check timestamps of the query
    registry = Registry([(_BASE, document)])
    operations: dict[str, Operation] = {}
    tree: dict[str, Any] = {}
    for path, item in document["paths"].items():
        node = tree
        for segment in path.strip("/").split("/"):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        by_method = node.setdefault("", {})
        for method in _METHODS:
            if method in item:
                description = item[method]
                operation = Operation(description["operationId"], method.upper(), path, description, registry)
                operations[operation.id] = by_method[operation.method] = operation
    return Contract(operations, registry, tree)


def is_uri(text: str) -> bool:
    """Whether the text has the format `uri` of the contract."""
    return _URI.is_valid(text)


_URI = Draft202012Validator({"format": "uri"}, validate_formats=True)


@cache
def _compile(schema: str, registry: Registry) -> Draft202012Validator:
    # A reference points into the contract, which the registry has under the name _BASE.
    resolved = json.loads(schema.replace('"$ref": "#', f'"$ref": "{_BASE}#'))
    return Draft202012Validator(resolved, registry=registry, validate_formats=True)


def _replace_date_time(node: Any, replacement: Mapping[str, str]) -> None:
    """Replaces the format date-time in every schema below the node."""
    if isinstance(node, dict):
        if node.get("format") == "date-time" and "type" in node:
            del node["format"]
            node.update(replacement)
        for value in node.values():
            _replace_date_time(value, replacement)
    elif isinstance(node, list):
        for value in node:
            _replace_date_time(value, replacement)


def _convert(text: str, schema: Mapping[str, Any]) -> Any:
    """Converts the text of a parameter to its type. Invalid text stays text, which validation rejects."""
    kind = schema.get("type")
    if kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) and len(text) < 20 else text
    if kind == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    if kind == "array":
        return [_convert(part, schema["items"]) for part in text.split(",")] if text else []
    return text


def _require_valid(validator: Draft202012Validator, value: Any, name: str) -> None:
    if validator.is_valid(value):
        return
    error = next(iter(validator.iter_errors(value)))
    location = "/".join([name, *map(str, error.instance_path)])
    raise ContractError(f"{location}: {error.message}")


def _payload_check(validator: Draft202012Validator) -> Check:
    def check(payload: Any) -> None:
        if payload is None:
            raise ContractError("the body is missing")
        _require_valid(validator, payload, "body")

    return check


def _require_no_payload(payload: Any) -> None:
    if payload is not None:
        raise ContractError("there is a body, and the contract has none")
