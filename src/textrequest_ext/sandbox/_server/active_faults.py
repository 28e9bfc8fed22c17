"""The active faults of a sandbox, and which of them applies to a request."""

from __future__ import annotations

import threading
from fnmatch import fnmatchcase

from .faults import Fault, simplify_operation


class ActiveFaults:
    """The active faults. The first one that is due applies to a request; latencies add up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_ActiveFault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._entries.append(_ActiveFault(fault))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def all(self) -> list[Fault]:
        """The faults that can still apply to a request."""
        with self._lock:
            return [entry.fault for entry in self._entries if not entry.is_exhausted]

    def next_for(self, operation: str | None, method: str, path: str) -> tuple[float, Fault | None]:
        """The latency in seconds of a request, and the fault that applies to it."""
        if not self._entries:
            return 0.0, None
        latency, found = 0.0, None
        with self._lock:
            for entry in self._entries:
                fault = entry.fault
                is_latency_only = fault.status is None and fault.body is None and fault.drop is None
                if found is not None and not is_latency_only:
                    continue  # another fault applies; this one does not count the request
                if entry.matches(operation, method, path) and entry.count_request():
                    latency += fault.latency
                    found = found if is_latency_only else fault
        return latency, found


class _ActiveFault:
    """A fault with its counters."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._seen = 0
        self._applied = 0

    @property
    def is_exhausted(self) -> bool:
        return self.fault.times is not None and self._applied >= self.fault.times

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        fault = self.fault
        if fault.operation is not None and (
            operation is None or simplify_operation(fault.operation) != simplify_operation(operation)
        ):
            return False
        if fault.method is not None and fault.method.upper() != method:
            return False
        return fault.path is None or fnmatchcase(path, fault.path)

    def count_request(self) -> bool:
        """Counts a matching request. Returns whether the fault applies to it."""
        if self.is_exhausted:
            return False
        self._seen += 1
        position = self._seen - self.fault.skip
        if position < 1 or position % self.fault.every:
            return False
        self._applied += 1
        return True
