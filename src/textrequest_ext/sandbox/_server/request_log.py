"""The log of API requests. It does not contain the API key."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_MAX_REQUESTS = 10_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One API request.

    path: without /api/v3. query: the raw query string. operation: the operation id, None if the path or
    method is unknown. body: the JSON value, the bytes if they are not JSON, or None without a body. status:
    of the response, None if the connection was closed without one. problem: what was wrong with the request,
    or with the sandbox's own response. fault: the fields of the fault that was applied.
    """

    method: str
    path: str
    query: str
    operation: str | None
    body: Any
    status: int | None
    problem: str | None = None
    fault: str | None = None

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        line = f"{self.method:6} {self.path}{query} {self.status or 'dropped'}"
        if self.problem:
            line += f"  {self.problem}"
        if self.fault:
            line += f"  [fault: {self.fault}]"
        return line


class RequestLog:
    """The most recent requests, the oldest first. Calls the listener with each new one."""

    def __init__(self, listener: Callable[[LoggedRequest], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=_MAX_REQUESTS)
        self._listener = listener

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)
        if self._listener is not None:
            try:
                self._listener(request)
            except Exception:
                logger.exception("on_request of the sandbox raised an exception")

    def all(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
