"""The ASGI application: reads a request, lets faults happen, sends the answer, keeps the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import Answer, Refusal
from .callbacks import Callbacks
from .errors import error_answer
from .faults import Fault, Faults
from .request_log import LoggedRequest, RequestLog
from .service import PREFIX, Inquiry, Service

_PAGE = (
    b"<html><head><title>%d</title></head><body><h1>%d</h1><p>The gateway had a problem.</p></body></html>"
)
_GARBAGE = b"\x00\xff\xfe\x8b{]\x1f\x08" * 8

_WITHOUT_BODY = (204, 205, 304)

Hangup = Callable[[Scope, bool], None]


class Application:
    """Everything below /api/v3 goes to the service, the rest to the control API."""

    def __init__(
        self,
        service: Service,
        faults: Faults,
        log: RequestLog,
        callbacks: Callbacks,
        control: ASGIApp,
        hangup: Hangup,
    ) -> None:
        """hangup: closes the connection of a scope, at once (True) or after what was written (False)."""
        self.service = service
        self._faults = faults
        self._log = log
        self._callbacks = callbacks
        self._control = control
        self._hangup = hangup

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        if not scope["path"].startswith(PREFIX + "/"):
            await self._control(scope, receive, send)
            return
        with suppress(asyncio.CancelledError):  # the server stops; its connections are closed already
            await self._take(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        inquiry = Inquiry(self.service.contract, scope, body)
        name = inquiry.operation.id if inquiry.operation else None
        latency, fault = self._faults.due(name, inquiry.method, inquiry.path)
        if latency:
            await asyncio.sleep(latency)
        with self._callbacks.after_answer():
            await self._respond(inquiry, fault, latency, receive, send)

    async def _respond(
        self, inquiry: Inquiry, fault: Fault | None, latency: float, receive: Receive, send: Send
    ) -> None:
        scope = inquiry.scope
        answer = await self._answer(inquiry, fault)
        self._note(inquiry, answer, fault, latency)
        if answer is None:
            self._hangup(scope, True)
            await _gone(receive)
        elif fault is not None and fault.body == "cut":
            content = answer.content()
            await _start(send, answer, len(content))
            await send(
                {"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True}
            )
            self._hangup(scope, False)
            await _gone(receive)
        else:
            content = answer.content()
            await _start(send, answer, len(content))
            await send({"type": "http.response.body", "body": content})

    async def _answer(self, inquiry: Inquiry, fault: Fault | None) -> Answer | None:
        if fault is None:
            return await self.service.answer(inquiry)
        if fault.drop == "before":
            return None
        if fault.status is None:
            answer = await self.service.answer(inquiry)
            return None if fault.drop == "after" else _spoilt(answer, fault)
        if fault.takes_effect:
            await self.service.answer(inquiry)
        if fault.status in _WITHOUT_BODY:
            return _spoilt(Answer(fault.status), fault)
        refusal = Refusal("The service failed, as it was asked to.", status=fault.status, code="fault")
        return _spoilt(error_answer(inquiry.operation, refusal), fault)

    def _note(self, inquiry: Inquiry, answer: Answer | None, fault: Fault | None, latency: float) -> None:
        words = str(fault) if fault else f"latency={latency}" if latency else None
        self._log.add(
            LoggedRequest(
                inquiry.method,
                inquiry.path,
                inquiry.query,
                inquiry.operation.id if inquiry.operation else None,
                inquiry.body or None,
                answer.status if answer else None,
                inquiry.problem,
                words,
            )
        )


def _spoilt(answer: Answer, fault: Fault) -> Answer:
    content = answer.content()
    if answer.status in _WITHOUT_BODY:
        pass
    elif fault.body == "html":
        answer.body, answer.content_type = _PAGE % (answer.status, answer.status), "text/html"
    elif fault.body == "empty":
        answer.body = b""
    elif fault.body == "garbage":
        answer.body = _GARBAGE
    elif fault.body == "truncated":
        answer.body = content[: len(content) // 2]
    if fault.retry_after is not None:
        value = fault.retry_after
        answer.headers["retry-after"] = f"{value:g}" if isinstance(value, float | int) else value
    return answer


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None if the client went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Send, answer: Answer, length: int) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    if answer.status not in _WITHOUT_BODY:
        headers.append((b"content-length", str(length).encode()))
        if length:
            headers.append((b"content-type", answer.content_type.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
