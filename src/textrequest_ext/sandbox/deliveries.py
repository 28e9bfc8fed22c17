"""How messages end: delivered, undelivered, or without any receipt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

Outcome = Literal["delivered", "undelivered", "nothing"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

OPTED_OUT_AT_SEND = "30050"  # vendor
UNREACHABLE = "2001"  # vendor
FILTERED = "2002"  # vendor


@dataclass(frozen=True, slots=True)
class Ending:
    """How one message ends. error: the delivery error of an undelivered one."""

    outcome: Outcome = "delivered"
    error: str | None = None

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome: {self.outcome!r} is none of {', '.join(OUTCOMES)}")

    def steps(self) -> list[tuple[str, str | None]]:
        """The states a message goes through after `sending`, each with its error."""
        if self.outcome == "nothing":
            return [("sent", None)]
        if self.outcome == "delivered":
            return [("sent", None), ("delivered", None)]
        return [("sent", None), ("undelivered", self.error or UNREACHABLE)]


class Deliveries:
    """Decides how each message ends: by number, for all, or as often as was seen.

    Without a setting, of 50 messages 47 are delivered, 2 are not, and 1 gets no receipt (live), drawn
    from the seed and the count of messages, so that the same seed and the same sends end the same.
    """

    def __init__(self, seed: int, always: Ending | None = None) -> None:
        self._seed = seed
        self._count = 0
        self._always = always
        self._by_number: dict[str, Ending] = {}
        self.held = False

    def set(self, ending: Ending | None, number: str | None = None) -> None:
        """Sets how messages end, to one number or to all without a setting of their own; None takes it back."""
        if number is None:
            self._always = ending
        elif ending is None:
            self._by_number.pop(number, None)
        else:
            self._by_number[number] = ending

    def next(self, number: str) -> Ending:
        self._count += 1
        fixed = self._by_number.get(number, self._always)
        if fixed is not None:
            return fixed
        draw = random.Random(f"{self._seed}:{self._count}").randrange(50)  # noqa: S311 - not a secret
        if draw < 47:
            return Ending()
        if draw < 49:
            return Ending("undelivered", UNREACHABLE if draw == 47 else FILTERED)
        return Ending("nothing")
