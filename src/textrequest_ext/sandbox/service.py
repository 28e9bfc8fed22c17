"""From a request to an answer: key, operation, contract, route, contract again."""

from __future__ import annotations

import hmac
import json
import logging
import mimetypes
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Scope

from . import routes as routes  # fills ROUTES
from .answers import Answer, Refusal
from .calls import ROUTES, Call, Upload
from .contract import Contract, ContractError, Operation
from .errors import error_answer
from .state import State

PREFIX = "/api/v3"
logger = logging.getLogger(__name__)


class Inquiry:
    """A request on its way through the service, and what becomes known about it."""

    __slots__ = ("body", "method", "operation", "others", "path", "problem", "query", "scope", "texts")

    def __init__(self, contract: Contract, scope: Scope, body: bytes) -> None:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        segments = [unquote(part) for part in raw.decode("latin-1")[len(PREFIX) + 1 :].split("/")]
        self.scope = scope
        self.method: str = scope["method"]
        self.path = "/" + "/".join(segments)
        self.query: str = scope["query_string"].decode("latin-1")
        self.body: Any = body
        self.problem: str | None = None
        self.others, texts = contract.find(segments)
        self.operation: Operation | None = self.others.get(self.method)
        self.texts = texts


class Service:
    """Answers requests from the state. Not aware of sockets, faults or the log."""

    def __init__(self, contract: Contract, state: State, api_key: str) -> None:
        self.contract = contract
        self.state = state
        self._api_key = api_key.encode()

    async def answer(self, inquiry: Inquiry) -> Answer:
        """The answer to a request; a 500 that says why if it is not what the contract says."""
        operation = inquiry.operation
        try:
            answer = await self._answer(inquiry)
            if operation is not None:
                operation.check_answer(answer)
        except ContractError as error:
            return self._own_fault(inquiry, "contractViolation", str(error))
        except Exception as error:
            logger.exception("the sandbox failed on %s %s", inquiry.method, inquiry.path)
            return self._own_fault(inquiry, "sandboxError", f"{type(error).__name__}: {error}")
        return answer

    def _own_fault(self, inquiry: Inquiry, code: str, problem: str) -> Answer:
        inquiry.problem = problem
        return Answer(
            500,
            {"status": 500, "errorCode": code, "message": f"The sandbox's own answer is wrong: {problem}"},
        )

    async def _answer(self, inquiry: Inquiry) -> Answer:
        operation = inquiry.operation
        if not self._has_key(inquiry.scope):
            # The prose says 400 for a missing key, every operation says 401 (vendor, contradictory).
            return error_answer(operation, Refusal("The API key is missing or not valid.", status=401))
        if operation is None:
            if inquiry.others:
                return Answer(405, headers={"allow": ", ".join(sorted(inquiry.others))})
            return Answer(404)  # vendor: bodies of 404s can be empty
        try:
            call = await _call(operation, inquiry)
        except ContractError as error:
            inquiry.problem = str(error)
            return error_answer(operation, Refusal(str(error), code="parameterInvalid"))
        try:
            with self.state.lock:
                return ROUTES[operation.id](self.state, call)
        except Refusal as refusal:
            inquiry.problem = refusal.message
            return error_answer(operation, refusal)

    def _has_key(self, scope: Scope) -> bool:
        return any(
            name == b"x-api-key" and hmac.compare_digest(value, self._api_key)
            for name, value in scope["headers"]
        )


async def _call(operation: Operation, inquiry: Inquiry) -> Call:
    names = [segment[1:-1] for segment in operation.path.split("/") if segment.startswith("{")]
    call = Call(operation.read_path(dict(zip(names, inquiry.texts, strict=True))) if names else {})
    if inquiry.query:
        pairs = parse_qsl(inquiry.query, keep_blank_values=True)
        call.query = operation.read_query(pairs)
    elif operation.parameters["query"]:
        call.query = operation.read_query([])
    if operation.takes == "application/json":
        call.body = inquiry.body = _json(inquiry.body)
        operation.check_body(call.body)
    elif operation.takes is not None:
        call.file = await _file(inquiry.scope, inquiry.body)
        inquiry.body = None if call.file is None else {"file": call.file.filename}
    else:
        inquiry.body = inquiry.body or None
    return call


def _json(body: bytes) -> Any:
    if not body:
        raise ContractError("body: is missing")
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode()  # half a pair of surrogates is no text
    except (ValueError, RecursionError) as error:
        raise ContractError(f"body: is not JSON: {error}") from None
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def _file(scope: Scope, body: bytes) -> Upload | None:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    plain: Mapping[str, Any] = {key: value for key, value in scope.items() if key != "app"}
    try:
        async with Request(dict(plain), receive).form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                return None
            name = file.filename or ""
            kind = file.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
            return Upload(name, kind, await file.read())
    except (HTTPException, ValueError, KeyError, LookupError) as error:
        raise ContractError(f"body: is not multipart form data: {error}") from None
    except Exception as error:
        if type(error).__name__ not in {"MultiPartException", "ClientDisconnect"}:
            raise
        raise ContractError(f"body: is not multipart form data: {error}") from None
