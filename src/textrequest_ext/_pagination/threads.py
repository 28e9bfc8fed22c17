"""Pages that are fetched in threads, for the blocking pager."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from textrequest_ext._connections.departures import departures
from textrequest_ext._pagination.rules import PageRequest

# A request can wait for a connection, and transports of users do not notify.
MAX_SECONDS_TO_LEAVE = 0.001


class ThreadJob:
    """Fetches one page, in a thread of its own once it is started.

    The thread is a daemon and is never joined, so that neither leaving a loop nor the end of the program
    waits for a page that does not arrive. concurrent.futures would wait for its threads in both cases.
    """

    def __init__(self, fetch: Callable[[int, int], Any], request: PageRequest) -> None:
        self.request = request
        self._fetch = fetch
        self._finished: threading.Event | None = None
        self._outcome: Any = None

    @property
    def running(self) -> bool:
        """Whether it is started, and its response has not arrived."""
        return self._finished is not None and self._outcome is None

    def start(self) -> None:
        """Start the thread, and let it send its request. If there can be none, the page is fetched when it is needed.

        The caller's thread parses a page next, which would keep this one from running.
        """
        finished, left = threading.Event(), threading.Event()
        thread = threading.Thread(
            target=copy_context().run,
            args=(self._run, finished, left),
            name=f"textrequest-pager-{self.request.number}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError:  # too many threads, or the interpreter is shutting down
            return
        self._finished = finished
        left.wait(MAX_SECONDS_TO_LEAVE)

    def wait(self) -> None:
        """Wait until the thread, if there is one, has fetched the page."""
        if self._finished is not None:
            self._finished.wait()

    def result(self) -> Any:
        """The response with the page. Raises the exception that fetching it raised."""
        self.wait()
        outcome = self._outcome
        if outcome is None:
            return self._fetch(*self.request)
        try:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        finally:
            # The traceback would refer to this frame, and the frame to the exception.
            del outcome
            self._outcome = None

    def cancel(self) -> bool:
        """Do nothing: a thread cannot be cancelled, and ends with its request. Returns False."""
        return False

    def _run(self, finished: threading.Event, left: threading.Event) -> None:
        departures.notify = left.set
        try:
            self._outcome = self._fetch(*self.request)
        except BaseException as error:
            self._outcome = error
        finally:
            finished.set()
            left.set()
