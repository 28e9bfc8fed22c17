"""What asyncio and trio do differently."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


def runs_under_trio() -> bool:
    """Whether the running coroutine is one of trio; the only alternative is asyncio."""
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_task()


def current_event_loop() -> Any:
    """The running event loop of asyncio, or the token of trio's run."""
    if runs_under_trio():
        return sys.modules["trio"].lowlevel.current_trio_token()
    import asyncio

    return asyncio.get_running_loop()


def is_finished(event_loop: Any) -> bool:
    """Whether an event loop, from `current_event_loop`, will never run again."""
    if hasattr(event_loop, "is_closed"):
        return bool(event_loop.is_closed())
    try:
        event_loop.run_sync_soon(lambda: None)
    except sys.modules["trio"].RunFinishedError:
        return True
    return False


async def sleep(seconds: float) -> None:
    """Sleep, under asyncio and trio."""
    if runs_under_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)


def new_event() -> Any:
    """An event that tasks can wait for: `set()`, `is_set()`, and `await event.wait()`."""
    if runs_under_trio():
        return sys.modules["trio"].Event()
    import asyncio

    return asyncio.Event()


async def within(seconds: float | None, work: Coroutine[Any, Any, None]) -> None:
    """Run work for so many seconds at most; then it is cancelled."""
    if runs_under_trio():
        with sys.modules["trio"].move_on_after(float("inf") if seconds is None else seconds):
            await work
        return
    import asyncio

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


async def shielded(work: Coroutine[Any, Any, None]) -> None:
    """Run short work to its end even if this task is cancelled; the cancellation is raised afterwards."""
    if runs_under_trio():
        with sys.modules["trio"].CancelScope(shield=True):
            await work
        return
    import asyncio

    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
