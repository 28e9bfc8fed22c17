"""What asyncio and trio do differently."""

from __future__ import annotations

import sys


def runs_under_trio() -> bool:
    """Whether the running coroutine is one of trio; the only alternative is asyncio."""
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_task()


async def sleep(seconds: float) -> None:
    """Sleep, under asyncio and trio."""
    if runs_under_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)
