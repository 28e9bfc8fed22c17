"""What is known about a message whose send had an unknown outcome."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from textrequest_api.models.message import Message

SETTLE = 60.0
"""Seconds after an attempt until a message that is not recorded counts as not sent."""


class Reconciliation:
    """The result of looking a message up after a send with an unknown outcome.

    outcome: `sent`: the service has recorded the message. `not_sent`: it has not, and will not any
    more, as far as that can be proven. `unknown`: neither can be proven. reason: why, in words, without
    the text or the phone number. message: the message as the service recorded it, if it was sent.
    """

    __slots__ = ("message", "outcome", "reason")

    def __init__(
        self, outcome: Literal["sent", "not_sent", "unknown"], reason: str, message: Message | None = None
    ) -> None:
        self.outcome: Literal["sent", "not_sent", "unknown"] = outcome
        self.reason = reason
        self.message = message

    def __repr__(self) -> str:
        return f"Reconciliation(outcome={self.outcome!r}, reason={self.reason!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # The message contains the text and is not pickled.
        return Reconciliation, (self.outcome, self.reason)


if TYPE_CHECKING:

    class ReconciliationResult(Reconciliation, Awaitable[Reconciliation]):
        """The result itself with the blocking client, a coroutine that returns it with the async one."""
