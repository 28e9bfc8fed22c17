"""What the operating system knows of a socket."""

from __future__ import annotations

import select
from contextlib import suppress
from typing import Any


def is_readable(sock: Any) -> bool:
    """Whether a socket has received data, or was closed by the other side."""
    descriptor = -1 if sock is None else sock.fileno()
    if descriptor < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    readable, _, _ = select.select([descriptor], [], [], 0)  # Windows
    return bool(readable)


def close_abandoned(sock: Any, transport: Any = None) -> None:
    """Close a socket whose event loop has finished; there is nothing left to await.

    transport: the transport of asyncio that holds the socket, if there is one.
    """
    # asyncio and trio wrap the socket; closing the wrapper would need the event loop.
    with suppress(OSError):
        getattr(sock, "_sock", sock).close()
    if getattr(transport, "_sock", None) is not None:
        transport._sock = None  # or asyncio warns that the transport was not closed
