"""What is to be notified when a request has left. Parsing a page keeps other threads from sending theirs."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

# Set in the context of the thread that sends the request.
on_departure: ContextVar[Callable[[], object] | None] = ContextVar("on_departure", default=None)
