"""The turn of a request that had to wait for others of its kind, as the limits of a client require.

The next request is held back until this one has a connection: requests that wait for a connection would
otherwise leave together as soon as there are free ones, however low their limit is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx

EXTENSION = "textrequest_turn"


class Turn(Protocol):
    """The turn of one request."""

    def end(self) -> None:
        """Let the next request go on. It may be called several times."""


def end_turn(request: httpx.Request) -> None:
    """End the turn of a request, if it has one, because the request leaves now."""
    turn: Turn | None = request.extensions.get(EXTENSION)
    if turn is not None:
        turn.end()
