"""Gates: how many threads may do something at the same time."""

from __future__ import annotations

import time
import weakref

from textrequest_ext._connections.deadline import Deadline

try:  # the module queue imports more than it, which a first call would wait for
    from _queue import Empty, SimpleQueue
except ImportError:  # an interpreter without that module
    from queue import Empty, SimpleQueue

# Seconds after which a waiting call looks for permits that were lost.
RECOVERY_SECONDS = 0.5


class Permit:
    """The right to have one request open, until it is released or its last reference is dropped."""

    __slots__ = ("__weakref__", "_gate")

    def __init__(self, gate: SimpleQueue[None]) -> None:
        self._gate: SimpleQueue[None] | None = gate

    def release(self) -> None:
        """Return the permit; a second time does nothing."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.put(None)

    __del__ = release


class Gate:
    """Limits how many requests are open, across threads.

    A signal handler that raises can interrupt any line, that of a release and of a finalizer too. So a
    call that waits compares what was issued with what still exists, and issues again what was lost.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._free: SimpleQueue[None] = SimpleQueue()
        self._held: weakref.WeakSet[Permit] = weakref.WeakSet()
        for _ in range(capacity):
            self._free.put(None)

    def acquire(self, deadline: Deadline) -> Permit:
        """Wait for a permit; the time does not count against the deadline."""
        try:
            self._free.get_nowait()
        except Empty:
            started = time.monotonic()
            while not self._wait():
                self._recover()
            deadline.extend(time.monotonic() - started)
        permit = Permit(self._free)
        self._held.add(permit)
        return permit

    def _wait(self) -> bool:
        try:
            self._free.get(timeout=RECOVERY_SECONDS)
        except Empty:
            return False
        return True

    def _recover(self) -> None:
        for _ in range(self._capacity - self._free.qsize() - len(self._held)):
            self._free.put(None)
