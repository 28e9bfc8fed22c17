"""The handlers of all operations, by operation id."""

from __future__ import annotations

from collections.abc import Callable

from textrequest_ext.sandbox._account.state import State

from .requests import Request
from .responses import Response

Handler = Callable[[State, Request], Response]
HANDLERS: dict[str, Handler] = {}


def handles(operation_id: str) -> Callable[[Handler], Handler]:
    """Registers a function as the handler of an operation. It may raise ServiceError."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation_id] = handler
        return handler

    return register
