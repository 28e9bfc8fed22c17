"""What was asked of the sandbox. The key is in none of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_KEPT = 10_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request. path: below /api/v3. operation: None if no operation is there. body: the JSON, the
    bytes if it is none, or None. status: None if the connection was dropped. problem: what was wrong
    with the request or with the sandbox's own answer. fault: the fault that was met, in words.
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
    """The last requests, in order; a listener hears of each."""

    def __init__(self, listener: Callable[[LoggedRequest], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)
        self._listener = listener

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)
        if self._listener is not None:
            try:
                self._listener(request)
            except Exception:
                logger.exception("the listener of the sandbox's requests failed")

    def all(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
