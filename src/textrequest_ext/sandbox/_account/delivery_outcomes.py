"""The delivery outcome of each message: delivered, undelivered, or no final status."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

Outcome = Literal["delivered", "undelivered", "nothing"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

OPTED_OUT = "30050"  # vendor: the error code of a send to a contact who opted out
UNREACHABLE = "2001"  # vendor
FILTERED_AS_SPAM = "2002"  # vendor


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The delivery outcome of one message. error_code: of an undelivered message; 2001 by default.

    Raises ValueError for an unknown outcome.
    """

    outcome: Outcome = "delivered"
    error_code: str | None = None

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome: {self.outcome!r} is not one of {', '.join(OUTCOMES)}")

    def status_updates(self) -> list[tuple[str, str | None]]:
        """The statuses of a message after `sending`, each with its error code."""
        if self.outcome == "nothing":
            return [("sent", None)]
        if self.outcome == "delivered":
            return [("sent", None), ("delivered", None)]
        return [("sent", None), ("undelivered", self.error_code or UNREACHABLE)]


class DeliveryOutcomes:
    """Chooses the outcome of each message: the one set for its number, the default, or a random one.

    Random outcomes follow the shares seen on the live service: of 50 messages 47 are delivered, 2 are
    undelivered and 1 gets no final status (live). The seed and the number of messages so far determine
    each outcome, so that the same sends always have the same outcomes.
    """

    def __init__(self, seed: int, default: DeliveryOutcome | None = None) -> None:
        self._seed = seed
        self._count = 0
        self._default = default
        self._by_number: dict[str, DeliveryOutcome] = {}

    def set(self, outcome: DeliveryOutcome | None, number: str | None = None) -> None:
        """Sets the outcome for one number, or the default for all others. None removes the setting."""
        if number is None:
            self._default = outcome
        elif outcome is None:
            self._by_number.pop(number, None)
        else:
            self._by_number[number] = outcome

    def next_for(self, number: str) -> DeliveryOutcome:
        """The outcome of the next message to the number."""
        self._count += 1
        setting = self._by_number.get(number, self._default)
        if setting is not None:
            return setting
        draw = random.Random(f"{self._seed}:{self._count}").randrange(50)  # noqa: S311 - not a secret
        if draw < 47:
            return DeliveryOutcome()
        if draw < 49:
            return DeliveryOutcome("undelivered", UNREACHABLE if draw == 47 else FILTERED_AS_SPAM)
        return DeliveryOutcome("nothing")
