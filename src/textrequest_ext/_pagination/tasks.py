"""Pages that are fetched in tasks of asyncio or trio, for the async pager."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Protocol

from textrequest_ext._concurrency import runs_under_trio, sleep
from textrequest_ext._pagination.rules import PageRequest

# In the first steps of its task, a request takes two locks of httpcore and passes a checkpoint of anyio.
STEPS_TO_LEAVE = 5


async def let_requests_leave() -> None:
    """Let the tasks that were started send their requests: parsing a page blocks the event loop."""
    for _ in range(STEPS_TO_LEAVE):
        await sleep(0)


class TaskJob:
    """Fetches one page, in a task of its own once it is started."""

    def __init__(self, fetch: Callable[[int, int], Awaitable[Any]], request: PageRequest) -> None:
        self.request = request
        self._fetch = fetch
        self._task: _Task | None = None
        self._outcome: Any = None

    @property
    def running(self) -> bool:
        """Whether it is started, and its response has not arrived."""
        return self._task is not None and self._outcome is None

    def start(self) -> None:
        """Start the task. If there can be none, the page is fetched when it is needed."""
        if not runs_under_trio():
            self._task = _AsyncioTask(self._run)
            return
        with suppress(RuntimeError):  # trio is about to end
            self._task = _TrioTask(self._run)

    async def wait(self) -> None:
        """Wait until the task, if there is one, has fetched the page."""
        if self._task is not None:
            await self._task.wait()

    async def ended(self) -> None:
        """Wait until a cancelled task has ended."""
        if self._task is not None:
            await self._task.ended()

    async def result(self) -> Any:
        """The response with the page. Raises the exception that fetching it raised."""
        await self.wait()
        outcome = self._outcome
        if outcome is None:
            return await self._fetch(*self.request)
        try:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        finally:
            # The traceback would refer to this frame, and the frame to the exception.
            del outcome
            self._outcome = None

    def cancel(self) -> bool:
        """Cancel the task, and return whether there is one.

        This may be called from any thread, and after the end of the event loop.
        """
        if self._task is not None:
            self._task.cancel()
        return self._task is not None

    async def _run(self) -> None:
        try:
            self._outcome = await self._fetch(*self.request)
        except Exception as error:
            self._outcome = error


class _Task(Protocol):
    async def wait(self) -> None: ...
    async def ended(self) -> None: ...
    def cancel(self) -> None: ...


class _AsyncioTask:
    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        import asyncio

        self._task = asyncio.ensure_future(run())

    async def wait(self) -> None:
        import asyncio

        # A loop in which the iteration began, and that has ended, has cancelled the task.
        if self._task.get_loop() is asyncio.get_running_loop():
            # Awaiting the task itself would raise its cancellation here.
            await asyncio.wait([self._task])

    ended = wait

    def cancel(self) -> None:
        if self._task.done():
            return
        # If its loop never runs again, asyncio would log that the task is pending, and Python would warn
        # if its coroutine has not begun. Neither is a mistake of the caller.
        with suppress(AttributeError):
            self._task._log_destroy_pending = False  # type: ignore[attr-defined]
        try:
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)
        except RuntimeError:  # the loop is closed
            with suppress(Exception):
                self._task.get_coro().close()


class _TrioTask:
    """A system task of trio: the iterator has no nursery, and may be abandoned at any time.

    trio cancels system tasks when its main task ends.
    """

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._trio = trio = sys.modules["trio"]
        self._run = run
        self._scope = trio.CancelScope()
        self._finished = trio.Event()
        self._token = trio.lowlevel.current_trio_token()
        trio.lowlevel.spawn_system_task(self._main, name="textrequest-pager", context=copy_context())

    async def _main(self) -> None:
        try:
            with self._scope:
                await self._run()
        finally:
            self._finished.set()

    async def wait(self) -> None:
        await self._finished.wait()

    async def ended(self) -> None:
        with self._trio.CancelScope(shield=True):
            await self._finished.wait()

    def cancel(self) -> None:
        with suppress(self._trio.RunFinishedError):
            self._token.run_sync_soon(self._scope.cancel)
