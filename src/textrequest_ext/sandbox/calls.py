"""A request as the routes see it, and the table of routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .answers import Answer, Refusal
from .times import read_utc

if TYPE_CHECKING:
    from .state import State


@dataclass(frozen=True, slots=True)
class Upload:
    """The file of a multipart request."""

    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Call:
    """A request that is as the contract says: its parameters typed, its body read."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    file: Upload | None = None

    def moment(self, name: str, read: Callable[[str], datetime] = read_utc) -> datetime | None:
        """The moment in a query parameter, or None if there is none. Raises Refusal."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except (ValueError, OverflowError):
            raise Refusal(f"{name} is not a valid date.") from None


Route = Callable[["State", Call], Answer]
ROUTES: dict[str, Route] = {}


def answers(operation_id: str) -> Callable[[Route], Route]:
    """Registers the function that answers an operation."""

    def register(route: Route) -> Route:
        ROUTES[operation_id] = route
        return route

    return register
