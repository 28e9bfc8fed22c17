"""The steps from a request to a response: check the API key, validate, call the handler, validate again."""

from __future__ import annotations

import hmac
import logging

from starlette.types import Scope

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._contract import Contract, ContractError

from . import handlers as handlers  # registers all handlers
from .error_responses import error_response
from .registry import HANDLERS
from .requests import IncomingRequest, parse_request
from .responses import Response

logger = logging.getLogger(__name__)


class MissingHandlerError(Exception):
    """An operation of the contract that the sandbox does not simulate."""


class Service:
    """Responds to requests from the state of the account."""

    def __init__(self, contract: Contract, state: State, api_key: str) -> None:
        self.contract = contract
        self.state = state
        self._api_key = api_key.encode()

    async def respond(self, request: IncomingRequest) -> Response:
        """The response to a request. One that does not match the contract becomes a 500 that says why."""
        operation = request.operation
        try:
            response = await self._respond(request)
            if operation is not None:
                operation.check_response(response.status, response.payload)
        except ContractError as error:
            return self._internal_error(request, "contractViolation", str(error))
        except MissingHandlerError as error:
            request.problem = str(error)
            return Response(501, {"status": 501, "errorCode": "sandboxError", "message": str(error)})
        except Exception as error:
            logger.exception("the sandbox failed on %s %s", request.method, request.path)
            return self._internal_error(request, "sandboxError", f"{type(error).__name__}: {error}")
        return response

    def _internal_error(self, request: IncomingRequest, code: str, problem: str) -> Response:
        request.problem = problem
        message = f"The sandbox's own response is invalid: {problem}"
        return Response(500, {"status": 500, "errorCode": code, "message": message})

    async def _respond(self, request: IncomingRequest) -> Response:
        operation = request.operation
        if not self._has_api_key(request.scope):
            # vendor, contradictory: the prose says 400 for a missing key, every operation says 401
            error = ServiceError("The API key is missing or not valid.", status=401)
            return error_response(operation, error)
        if operation is None:
            if request.operations_of_path:
                return Response(405, headers={"allow": ", ".join(sorted(request.operations_of_path))})
            return Response(404)  # vendor: bodies of 404s can be empty
        try:
            validated = await parse_request(operation, request)
        except ContractError as error:
            request.problem = str(error)
            return error_response(operation, ServiceError(str(error), code="parameterInvalid"))
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise MissingHandlerError(
                f"The sandbox does not have {operation.id}: add a handler in sandbox/_service/handlers."
            )
        try:
            with self.state.lock:
                return handler(self.state, validated)
        except ServiceError as error:
            request.problem = error.message
            return error_response(operation, error)

    def _has_api_key(self, scope: Scope) -> bool:
        return any(
            name == b"x-api-key" and hmac.compare_digest(value, self._api_key)
            for name, value in scope["headers"]
        )
