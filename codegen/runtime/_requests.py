"""Requests: from the arguments of an operation to those of `httpx.Client.request`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from ._encoding import (
    NOT_NONE,
    TOO_DEEP,
    check_headers,
    check_query,
    check_timeout,
    encode,
    encode_form,
    encode_header,
    encode_json,
    encode_objects,
    encode_query_value,
    encode_segment,
    fields_of,
)
from ._parameters import Body, Items
from .errors import InvalidArgumentError, UnexpectedArgumentError
from .types import UNSET, Operation

_OPTIONS = ("extra_query", "extra_headers", "timeout")
_ENCODERS = {
    "path": encode_segment,
    "query": encode_query_value,
    "header": encode_header,
    "cookie": encode_header,
    "field": encode,
}


def _encode_segments(items: list[Any], name: str) -> str:
    """The items of a list in one segment of the path, separated by commas."""
    return ",".join(encode_segment(item, name) for item in items) or encode_segment("", name)


# How the items of a list are sent, which its check returns one by one.
_ITEM_ENCODERS = {"path": _encode_segments, "query": lambda items, _: items}


class _Argument(NamedTuple):
    """Where the value of an argument goes in the request, and under which key."""

    location: str
    key: str
    check: Any
    encode: Any


class _Signature(NamedTuple):
    """The arguments of a function, by keyword, and those that must not be None."""

    arguments: Mapping[str, _Argument]
    required: tuple[str, ...]
    has_query: bool
    # The keywords of the fields of a JSON body by their keys, or None if there is no such body.
    fields: Mapping[str, str] | None
    # The keywords of the parameters of the path by their names. The template of the path has the keywords.
    places: Mapping[str, str]


@cache
def _signature(operation: Operation[..., Any], flat: bool) -> _Signature:
    """The arguments of `build`, or with flat=False those of the functions that take a model as body."""
    arguments: dict[str, _Argument] = {}
    required: list[str] = []
    fields: dict[str, str] | None = None
    places: dict[str, str] = {}
    for parameter in operation.parameters:
        keyword, location = parameter.keyword or parameter.name, parameter.location
        encoders = _ITEM_ENCODERS if isinstance(parameter.check, Items) else _ENCODERS
        key = parameter.name
        if location == "path":
            key = places[key] = keyword
        arguments[keyword] = _Argument(location, key, parameter.check, encoders[location])
        if parameter.required or location == "path":
            required.append(keyword)
    body = flat_body(operation)
    if flat and body is not None:
        fields, taken = {}, {*arguments, *_OPTIONS}
        for field in fields_of(body.model):
            keyword = f"body_{field.attribute}" if field.attribute in taken else field.attribute
            arguments[keyword] = _Argument("field", field.key, field.check, encode)
            fields[field.key] = keyword
            if field.required:
                required.append(keyword)
    elif operation.body and all(one.required for one in operation.body):
        required.append("body")
    for pairs in operation.pairs if flat else ():
        arguments[pairs.keyword] = _Argument("pairs", "", pairs, None)
    has_query = any(one.location == "query" for one in operation.parameters)
    return _Signature(arguments, tuple(required), has_query, fields, places)


def flat_body(operation: Operation[..., Any]) -> Body | None:
    """The body whose fields are arguments of `build`, if there is one."""
    if len(operation.body) == 1 and operation.body[0].kind == "json" and not operation.body[0].many:
        return operation.body[0] if operation.body[0].model is not None else None
    return None


def build(operation: Operation[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The request of an operation, from the arguments of its `build`."""
    request = _request(operation, arguments, flat=True)
    if extra_query := arguments["extra_query"]:
        check_query(extra_query, "extra_query")
        request["params"] = {**request.get("params", {}), **extra_query}
    if extra_headers := arguments["extra_headers"]:
        check_headers(extra_headers, "extra_headers")
        request["headers"] = {**request.get("headers", {}), **extra_headers}
    timeout = arguments["timeout"]
    if timeout is not UNSET:
        check_timeout(timeout, "timeout")
        request["timeout"] = timeout
    return request


def build_with_model(operation: Operation[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The request of an operation, from the arguments of its `sync`, which takes the body as a model."""
    return _request(operation, arguments, flat=False)


def _request(operation: Operation[..., Any], arguments: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    signature = _signature(operation, flat)
    for keyword in signature.required:
        if arguments[keyword] is None or arguments[keyword] is UNSET:
            raise UnexpectedArgumentError(keyword, NOT_NONE)
    parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}, "field": {}}
    for keyword, value in arguments.items():
        if value is UNSET or (argument := signature.arguments.get(keyword)) is None:
            continue
        location, key, check, encoder = argument
        if value is None:
            if location == "field":
                parts[location][key] = None
            continue
        try:
            if check is not None:
                value = check(value, keyword)
            if location == "pairs":
                parts["query"].update(value)
            else:
                parts[location][key] = encoder(value, keyword)
        except RecursionError:
            raise InvalidArgumentError(keyword, TOO_DEEP) from None
    request: dict[str, Any] = {
        "method": operation.method,
        "url": operation.path.format(**parts["path"]) if parts["path"] else operation.path,
        "extensions": {"textrequest_api": operation},
    }
    if signature.has_query:
        request["params"] = parts["query"]
    if parts["cookie"]:
        request["cookies"] = parts["cookie"]
    headers, sent = parts["header"], parts["field"]
    if signature.fields is not None:
        request["content"] = encode_json(parts["field"], operation.name, signature.fields)
        headers["Content-Type"] = operation.body[0].content_type
    elif operation.body and (body := arguments["body"]) is not UNSET and body is not None:
        added, sent = _add_body(request, operation, body)
        headers |= added
    if headers:
        request["headers"] = headers
    if operation.echoes:
        places = signature.places
        request["extensions"]["textrequest_echoes"] = {
            name: unquote(parts["path"][places[key]]) if key in places else sent.get(key)
            for name, key in operation.echoes.items()
        }
    return request


def _add_body(
    request: dict[str, Any], operation: Operation[..., Any], value: Any
) -> tuple[dict[str, str], dict[str, Any]]:
    """Add a body to the request; return the headers it needs, and its fields if it is a JSON object."""
    fields: dict[str, Any] = {}
    body = next((one for one in operation.body if _fits(value, one)), None)
    if body is None:
        expected = " or ".join(
            f"{'a list of ' if one.many else ''}{one.model.__name__}" for one in operation.body if one.model
        )
        raise UnexpectedArgumentError("body", f"must be {expected}, not {type(value).__name__}")
    try:
        if body.kind == "files":
            # httpx writes the content type: it contains the boundary between the parts, new each time.
            request["files"] = encode_form(value, "body")
            return {}, fields
        if body.kind == "content":
            request["content"] = value.payload
        elif body.kind == "data":
            request["data"] = encode(value, "body")
            encode_json(request["data"], "body")  # for its errors
        else:
            encoded: Any = encode_objects(body.model, value, "body") if body.many else encode(value, "body")
            request["content"] = encode_json(encoded, "body")
            fields = {} if body.many else encoded
    except RecursionError:
        raise InvalidArgumentError("body", TOO_DEEP) from None
    return {"Content-Type": body.content_type}, fields


def _fits(value: Any, body: Body) -> bool:
    if body.model is None:
        return True
    if body.many:
        return isinstance(value, list | tuple)
    return isinstance(value, body.model)
