"""The ASGI application: reads a request, applies faults, sends the response and logs the request."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.utils import formatdate

from starlette.types import ASGIApp, Receive, Scope, Send

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._callbacks import CallbackQueue
from textrequest_ext.sandbox._service.error_responses import error_response
from textrequest_ext.sandbox._service.requests import PREFIX, IncomingRequest
from textrequest_ext.sandbox._service.responses import Response
from textrequest_ext.sandbox._service.service import Service

from .active_faults import ActiveFaults
from .connections import Connections
from .faults import Fault
from .request_log import LoggedRequest, RequestLog

_HTML = (
    b"<html><head><title>%d</title></head><body><h1>%d</h1><p>The gateway had a problem.</p></body></html>"
)
_GARBAGE = b"\x00\xff\xfe\x8b{]\x1f\x08" * 8

_STATUSES_WITHOUT_BODY = (204, 205, 304)


class Application:
    """Passes requests below /api/v3 to the service, and all others to the control API."""

    def __init__(
        self,
        service: Service,
        faults: ActiveFaults,
        log: RequestLog,
        callbacks: CallbackQueue,
        connections: Connections,
        control_api: ASGIApp,
    ) -> None:
        self._service = service
        self._faults = faults
        self._log = log
        self._callbacks = callbacks
        self._connections = connections
        self._control_api = control_api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        if not scope["path"].startswith(PREFIX + "/"):
            await self._control_api(scope, receive, send)
            return
        # stop() closes the connections and then cancels the requests; no client is left to respond to.
        with suppress(asyncio.CancelledError):
            await self._handle(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        request = IncomingRequest(self._service.contract, scope, body)
        operation_id = request.operation.id if request.operation else None
        latency, fault = self._faults.next_for(operation_id, request.method, request.path)
        if latency:
            await asyncio.sleep(latency)
        with self._callbacks.after_response():
            response = await self._respond(request, fault)
            self._log_request(request, response, fault, latency)
            await self._send(response, fault, scope, receive, send)

    async def _respond(self, request: IncomingRequest, fault: Fault | None) -> Response | None:
        """The response with the fault applied, or None if the connection is to be dropped."""
        if fault is None:
            return await self._service.respond(request)
        if fault.drop == "before":
            return None
        if fault.status is None:
            response = await self._service.respond(request)
            return None if fault.drop == "after" else _apply_fault(response, fault)
        if fault.takes_effect:
            await self._service.respond(request)
        if fault.status in _STATUSES_WITHOUT_BODY:
            return _apply_fault(Response(fault.status), fault)
        message = "The sandbox returned this error because of a fault."
        error = ServiceError(message, status=fault.status, code="fault")
        return _apply_fault(error_response(request.operation, error), fault)

    async def _send(
        self, response: Response | None, fault: Fault | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if response is None:
            self._connections.abort(scope)
            await _wait_for_disconnect(receive)
            return
        content = response.content()
        response.headers["date"] = formatdate(self._service.state.clock().timestamp(), usegmt=True)
        await _send_headers(send, response, len(content))
        if fault is not None and fault.body == "cut":
            half = content[: len(content) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            self._connections.close(scope)
            await _wait_for_disconnect(receive)
        else:
            await send({"type": "http.response.body", "body": content})

    def _log_request(
        self, request: IncomingRequest, response: Response | None, fault: Fault | None, latency: float
    ) -> None:
        self._log.add(
            LoggedRequest(
                method=request.method,
                path=request.path,
                query=request.query,
                operation=request.operation.id if request.operation else None,
                body=request.body or None,
                status=response.status if response else None,
                problem=request.problem,
                fault=str(fault) if fault else f"latency={latency}" if latency else None,
            )
        )


def _apply_fault(response: Response, fault: Fault) -> Response:
    content = response.content()
    if response.status in _STATUSES_WITHOUT_BODY:
        pass
    elif fault.body == "html":
        response.body, response.content_type = _HTML % (response.status, response.status), "text/html"
    elif fault.body == "empty":
        response.body = b""
    elif fault.body == "garbage":
        response.body = _GARBAGE
    elif fault.body == "truncated":
        response.body = content[: len(content) // 2]
    if (retry_after := fault.retry_after) is not None:
        if isinstance(retry_after, float) and retry_after.is_integer():
            retry_after = int(retry_after)
        response.headers["retry-after"] = str(retry_after)
    return response


async def _read_body(receive: Receive) -> bytes | None:
    """The whole request body, or None if the client disconnected."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_headers(send: Send, response: Response, length: int) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    if response.status not in _STATUSES_WITHOUT_BODY:
        headers.append((b"content-length", str(length).encode()))
        if length:
            headers.append((b"content-type", response.content_type.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
