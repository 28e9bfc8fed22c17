"""A request before and after it is validated against the contract."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.types import Message, Scope

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.timestamps import parse_utc
from textrequest_ext.sandbox._contract import Contract, ContractError, Operation
from textrequest_ext.sandbox._json import decode

PREFIX = "/api/v3"


class IncomingRequest:
    """A request as it was received, with its operation, and what the request log shows of it.

    path: without the prefix. operation: None if the path or the method is unknown. operations_of_path: by
    method. body: the bytes, replaced by the JSON value once it is decoded. problem: what is wrong with the
    request or with the sandbox's response.
    """

    __slots__ = (
        "body",
        "method",
        "operation",
        "operations_of_path",
        "path",
        "path_values",
        "problem",
        "query",
        "scope",
    )

    def __init__(self, contract: Contract, scope: Scope, body: bytes) -> None:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        segments = [unquote(part) for part in raw_path.decode("latin-1")[len(PREFIX) + 1 :].split("/")]
        self.scope = scope
        self.method: str = scope["method"]
        self.path = "/" + "/".join(segments)
        self.query: str = scope["query_string"].decode("latin-1")
        self.body: Any = body
        self.problem: str | None = None
        self.operations_of_path, self.path_values = contract.find(segments)
        self.operation: Operation | None = self.operations_of_path.get(self.method)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The file of a multipart request."""

    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Request:
    """A request that matches the contract: its parameters converted, its body decoded."""

    path_parameters: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    file: UploadedFile | None = None

    def timestamp(self, name: str, parse: Callable[[str], datetime] = parse_utc) -> datetime | None:
        """The timestamp in a query parameter, or None if it is absent. Raises ServiceError."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            return parse(text)
        except (ValueError, OverflowError):
            raise ServiceError(f"{name} is not a valid date.") from None


async def parse_request(operation: Operation, incoming: IncomingRequest) -> Request:
    """Validates a request against the contract. Raises ContractError."""
    names = [segment[1:-1] for segment in operation.path.split("/") if segment.startswith("{")]
    path_values = dict(zip(names, incoming.path_values, strict=True))
    request = Request(operation.parse_path(path_values) if names else {})
    if incoming.query:
        pairs = parse_qsl(incoming.query, keep_blank_values=True)
        request.query = operation.parse_query(pairs)
    elif operation.parameters["query"]:
        request.query = operation.parse_query([])
    if operation.request_media_type == "application/json":
        request.body = incoming.body = _decode_json(incoming.body)
        operation.check_body(request.body)
    elif operation.request_media_type is not None:
        request.file = await _parse_multipart(incoming.scope, incoming.body)
        incoming.body = None if request.file is None else {"file": request.file.filename}
    else:
        incoming.body = incoming.body or None
    return request


def _decode_json(body: bytes) -> Any:
    if not body:
        raise ContractError("body: is missing")
    try:
        return decode(body)
    except ValueError as error:
        raise ContractError(f"body: {error}") from None


async def _parse_multipart(scope: Scope, body: bytes) -> UploadedFile | None:
    """The form field `file`, or None if there is none. Raises ContractError for a malformed body."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    scope_without_app: Mapping[str, Any] = {key: value for key, value in scope.items() if key != "app"}
    try:
        async with StarletteRequest(dict(scope_without_app), receive).form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                return None
            name = file.filename or ""
            media_type = file.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
            return UploadedFile(name, media_type, await file.read())
    except (HTTPException, ValueError, KeyError, LookupError) as error:
        raise ContractError(f"body: is not multipart form data: {error}") from None
    except Exception as error:
        if type(error).__name__ not in {"MultiPartException", "ClientDisconnect"}:
            raise
        raise ContractError(f"body: is not multipart form data: {error}") from None
