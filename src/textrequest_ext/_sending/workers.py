"""What messages are sent in: threads for the blocking client, tasks of asyncio or trio for the async one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from textrequest_ext._concurrency import new_event, runs_under_trio, shielded, within

# On Windows, Ctrl-C is not noticed while a thread waits.
LONGEST_WAIT = 1.0
GRACE = 5.0
"""Seconds for the requests in flight when an async run is stopped; then they are cancelled."""
THREAD_NAME = "textrequest-send"


class Threads:
    """The threads of one run. They are not created before the first message is sent."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, THREAD_NAME)
        self._ended = threading.Event()

    def start(self, work: Callable[[], Any]) -> None:
        """Call a function in the background."""
        self._pool.submit(self._run, work)

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            work()
        finally:
            self._ended.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until a thread is done, at most so many seconds. It may return earlier."""
        self._ended.wait(LONGEST_WAIT if seconds is None else min(seconds, LONGEST_WAIT))
        self._ended.clear()

    def finish(self, jobs: dict[str, Any]) -> None:
        """Wait until no job is left."""
        # A thread in which an abandoned run is garbage collected cannot wait for itself.
        is_own = threading.current_thread().name.startswith(THREAD_NAME)
        try:
            while jobs and not is_own:
                self.wait()
        finally:
            self._pool.shutdown(wait=not (jobs or is_own))


class Tasks:
    """The tasks of one run, which outlive the call that started them."""

    def __init__(self) -> None:
        self._running: set[Any] = set()
        self._ended: Any = None

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Await the coroutine of a function in the background."""
        if runs_under_trio():
            # An interrupt in the middle would leave a task that is not counted.
            sys.modules["trio"].lowlevel.enable_ki_protection(self._start_under_trio)(work)
            return
        import asyncio

        task = asyncio.get_running_loop().create_task(work())
        self._running.add(task)
        task.add_done_callback(self._end)

    def _start_under_trio(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        trio = sys.modules["trio"]
        scope = trio.CancelScope()

        async def run() -> None:
            try:
                with scope:
                    await work()
            finally:
                self._end(scope)

        # A nursery would have to stay open between two steps of an iterator.
        trio.lowlevel.spawn_system_task(run, context=copy_context())
        self._running.add(scope)

    def _end(self, task: Any) -> None:
        self._running.discard(task)
        if self._ended is not None:
            self._ended.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until a task has ended, at most so many seconds."""
        await within(seconds, self._next_end())

    async def finish(self, jobs: object) -> None:
        """Wait until all tasks have ended. Neither a cancellation nor the end of the wait leaves one."""
        if self._running:
            await shielded(self._finish())

    async def _finish(self) -> None:
        await within(GRACE, self._all_ends())
        for task in list(self._running):
            task.cancel()
        await self._all_ends()

    async def _all_ends(self) -> None:
        while self._running:
            await self._next_end()

    async def _next_end(self) -> None:
        # Several may wait: the task that reads results, and one that stops the run.
        if self._ended is None or self._ended.is_set():
            self._ended = new_event()
        await self._ended.wait()
