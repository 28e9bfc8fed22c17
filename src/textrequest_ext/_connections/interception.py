"""Whether a tool has replaced the methods that send requests.

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry) replace methods of httpx or
httpcore. Unless they are replaced, requests go straight to the connection, which costs less.
"""

from __future__ import annotations

import sys
from types import FunctionType

import httpcore
import httpx


def is_replaced(owner: type, name: str) -> bool:
    """Whether a tool has replaced a method of a class of httpx or httpcore."""
    function = getattr(owner, name)
    # A decorator can imitate every attribute of a function but its code, a proxy even that.
    if type(function) is not FunctionType:
        return True
    package = sys.modules[owner.__module__.partition(".")[0]].__file__ or ""
    return not function.__code__.co_filename.startswith(package.removesuffix("__init__.py"))


def is_intercepted() -> bool:
    """Whether blocking requests must take the way through httpx's transport."""
    return (
        is_replaced(httpx.HTTPTransport, "handle_request")
        or is_replaced(httpcore.ConnectionPool, "handle_request")
        or is_replaced(httpcore.HTTPConnection, "handle_request")
    )


def is_intercepted_async() -> bool:
    """Whether async requests must take the way through httpx's transport."""
    return (
        is_replaced(httpx.AsyncHTTPTransport, "handle_async_request")
        or is_replaced(httpcore.AsyncConnectionPool, "handle_async_request")
        or is_replaced(httpcore.AsyncHTTPConnection, "handle_async_request")
    )
