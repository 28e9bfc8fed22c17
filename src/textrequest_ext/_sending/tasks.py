"""Background tasks under asyncio and trio, which outlive the call that started them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import Any

from textrequest_ext._concurrency import runs_under_trio


class Tasks:
    """The tasks of one event loop."""

    def __init__(self) -> None:
        self._cancels: dict[int, Callable[[], object]] = {}
        self._started = 0
        self._wake_up: Callable[[], object] | None = None

    def start(self, work: Callable[[], Coroutine[Any, Any, None]], done: Callable[[], None]) -> None:
        """Run a coroutine function in the background; `done` is called when it ends, however it does."""
        if runs_under_trio():
            # An interrupt in the middle would leave a task that is not counted.
            sys.modules["trio"].lowlevel.enable_ki_protection(self._start_under_trio)(work, done)
            return
        import asyncio

        task = asyncio.get_running_loop().create_task(work())
        number = self._register(task.cancel)
        task.add_done_callback(lambda task: self._end(number, done))

    def _start_under_trio(
        self, work: Callable[[], Coroutine[Any, Any, None]], done: Callable[[], None]
    ) -> None:
        import contextvars

        trio = sys.modules["trio"]
        scope = trio.CancelScope()
        number = self._register(scope.cancel)

        async def run() -> None:
            try:
                with scope:
                    await work()
            finally:
                self._end(number, done)

        # A nursery would have to stay open between two steps of an iterator.
        trio.lowlevel.spawn_system_task(run, context=contextvars.copy_context())

    def _register(self, cancel: Callable[[], object]) -> int:
        self._started += 1
        self._cancels[self._started] = cancel
        return self._started

    def _end(self, number: int, done: Callable[[], None]) -> None:
        del self._cancels[number]
        done()
        if self._wake_up is not None:
            self._wake_up()

    @property
    def running(self) -> int:
        """How many have not ended."""
        return len(self._cancels)

    async def wait(self, seconds: float | None) -> None:
        """Wait until the next task ends, or at most so many seconds."""
        if runs_under_trio():
            trio = sys.modules["trio"]
            event = trio.Event()
            self._wake_up = event.set
            with trio.move_on_after(float("inf") if seconds is None else seconds):
                await event.wait()
            return
        import asyncio

        future = asyncio.get_running_loop().create_future()
        self._wake_up = lambda: None if future.done() else future.set_result(None)
        await asyncio.wait([future], timeout=seconds)

    async def finish(self, grace: float) -> None:
        """Wait until all tasks have ended; after so many seconds, or a cancellation, they are cancelled."""
        if runs_under_trio():
            trio = sys.modules["trio"]
            with trio.CancelScope(shield=True):
                with trio.move_on_after(grace):
                    await self._until_finished()
                self._cancel()
                await self._until_finished()
            return
        import asyncio

        try:
            async with asyncio.timeout(grace):
                await self._until_finished()
        except TimeoutError:
            pass
        finally:
            self._cancel()
            await self._until_finished()

    async def _until_finished(self) -> None:
        while self.running:
            await self.wait(None)

    def _cancel(self) -> None:
        for cancel in list(self._cancels.values()):
            cancel()
