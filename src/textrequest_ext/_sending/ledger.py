"""What a client knows of its own sends: which messages are accounted for, and which are unresolved.

Everything is kept in memory. No lock is needed: each change is a single operation on a dictionary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from textrequest_api._parameters import PhoneNumber
from textrequest_ext._reconciliation import Reconciliation
from textrequest_ext._sending.texts import SentText

to_phone_number = PhoneNumber()
"""A phone number in the form that is sent, from a value and the name of its argument."""
MAX_ACCEPTED = 20_000
MAX_UNRESOLVED = 10_000


class Conversation(NamedTuple):
    """Between whom a message is: a dashboard, by its id or its phone number, and a phone number."""

    dashboard: int | str
    number: str

    def __repr__(self) -> str:
        return "Conversation(...)"


class Attempt:
    """A message that a request was made for, from the first request to the end of the last one.

    token: identifies the message; a message of a journal has the same one in every run. started_wall is
    in Unix seconds; started, ended are monotonic. started is None if another process made the request,
    ended while the request is in flight. result: of a look-up, once there is a certain one.
    """

    ended: float | None = None
    result: Reconciliation | None = None

    def __init__(
        self,
        conversation: Conversation,
        text: SentText,
        token: Hashable,
        started_wall: float,
        started: float | None,
    ) -> None:
        self.conversation = conversation
        self.text = text
        self.token = token
        self.started_wall = started_wall
        self.started = started


class Accepted(NamedTuple):
    """A message that the service accepted, by which send, and when (monotonic seconds)."""

    message_id: str
    conversation: Conversation
    token: Hashable
    moment: float


class Ledger:
    """The sends of one client and its copies.

    clock, wall_clock: monotonic and Unix seconds. dashboards: ids by phone number, as far as they were
    needed. forgotten: until when accepted messages may have been dropped for lack of space.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self.clock = clock
        self.wall_clock = wall_clock
        self.dashboards: dict[str, int] = {}
        self.forgotten = float("-inf")
        self._unresolved: dict[Hashable, Attempt] = {}
        self._accepted: dict[str, Accepted] = {}

    def begin(self, conversation: Conversation, text: SentText, token: Hashable = None) -> Attempt:
        """Note that a request is about to leave."""
        token = object() if token is None else token
        return self.replace(Attempt(conversation, text, token, self.wall_clock(), self.clock()))

    def replace(self, attempt: Attempt) -> Attempt:
        """Note an attempt, in place of an earlier one with the same token; returns it."""
        while len(self._unresolved) >= MAX_UNRESOLVED:
            self._unresolved.pop(next(iter(self._unresolved)), None)
            self.forgotten = self.clock()
        self._unresolved[attempt.token] = attempt
        return attempt

    def end(self, attempt: Attempt) -> None:
        """Note that no request is in flight any more, and the outcome is unknown."""
        attempt.ended = self.clock()

    def resolve(self, attempt: Attempt) -> None:
        """Note that the attempt has an outcome."""
        if attempt.ended is None:
            attempt.ended = self.clock()
        if self._unresolved.get(attempt.token) is attempt:
            self._unresolved.pop(attempt.token, None)

    def accept(self, attempt: Attempt, message_id: str) -> bool:
        """Account for a recorded message. Returns False if it is the result of another send."""
        accepted = Accepted(message_id, attempt.conversation, attempt.token, self.clock())
        known = self._accepted.setdefault(message_id, accepted)
        while len(self._accepted) > MAX_ACCEPTED:
            oldest = self._accepted.pop(next(iter(self._accepted)), accepted)
            self.forgotten = oldest.moment
        return known.token == attempt.token

    def is_of_another(self, attempt: Attempt, message_id: str) -> bool:
        """Whether the message is the result of another send of this client."""
        accepted = self._accepted.get(message_id)
        return accepted is not None and accepted.token != attempt.token

    def unresolved_with(self, number: str) -> list[Attempt]:
        """The attempts with this phone number that have no outcome, in order of their start."""
        attempts = [one for one in list(self._unresolved.values()) if one.conversation.number == number]
        return sorted(attempts, key=lambda one: one.started_wall)

    def last_accepted(self, conversation: Conversation, before: float) -> Accepted | None:
        """The last message that the service accepted on the same dashboard before a moment, or None."""
        newest_first = reversed(list(self._accepted.values()))
        return next(
            (
                accepted
                for accepted in newest_first
                if accepted.conversation.dashboard == conversation.dashboard and accepted.moment <= before
            ),
            None,
        )


def ledger_of(client: Any) -> Ledger:
    """The ledger that a client shares with its copies."""
    ledger: Ledger = client._shared.get("ledger") or client._shared.setdefault("ledger", Ledger())
    return ledger
