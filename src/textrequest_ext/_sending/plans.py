"""What is to be done with each message of a run: send it, look it up, or neither."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from textrequest_ext._sending.journal import Entry, Journal
from textrequest_ext._sending.ledger import Attempt, Ledger
from textrequest_ext._sending.results import Outcome, OutgoingMessage, SendResult
from textrequest_ext._sending.routes import SEND_TO_CONTACT
from textrequest_ext._sending.sends import Send
from textrequest_ext._sending.settings import Settings, permits, zone_of
from textrequest_ext._texts.bodies import check_segments
from textrequest_ext.errors import (
    InvalidArgumentError,
    JournalError,
    MessageTooLongError,
    UnexpectedArgumentError,
    without_secrets,
)

OPTED_OUT = "the recipient has opted out"
OUTSIDE_HOURS = "outside the hours in the recipient's time zone"
MAX_KEY_LENGTH = 500


@dataclass
class RunState:
    """What the parts of a run share.

    jobs: those that were started and are not over, by key. unresolved: the attempts of earlier runs without an outcome, by key. failure: the error that ends
    the run. is_stopping: whether the caller has stopped it.
    """

    client: Any
    dashboard_id: int
    settings: Settings
    ledger: Ledger
    journal: Journal
    opted_out: set[str]
    jobs: dict[str, Job]
    unresolved: dict[str, Attempt] = field(default_factory=dict)
    failure: Exception | None = None
    is_stopping: bool = False


class Job:
    """A message to send.

    earlier: its row of an earlier run, if its outcome is to be looked up first. is_leftover: whether it
    is in the journal and not in the list, so that it is looked up and not sent.
    """

    def __init__(
        self, index: int, message: OutgoingMessage, entry: Entry, send: Send, zone: tzinfo | None
    ) -> None:
        self.index = index
        self.message = message
        self.entry = entry
        self.send = send
        self.zone = zone
        self.earlier: Entry | None = None
        self.is_leftover = False
        self.result: SendResult | None = None
        self._owner: dict[str, object] = {}

    def begin(self) -> bool:
        """Whether this is the first call: a job is either run, or given up before, from any thread."""
        token = object()
        return self._owner.setdefault("owner", token) is token

    def outcome(self, outcome: Outcome, **details: Any) -> SendResult:
        """A result for this message."""
        return SendResult(self.index, self.entry.key, outcome, self.message, **details)


def prepare(state: RunState, index: int, message: Any) -> Job | SendResult:
    """The job for a message, or its result if it is not sent.

    Raises JournalError if the journal has another message with the same key or at the same place.
    """
    try:
        job = _job(state, index, message)
    except InvalidArgumentError as error:
        key = getattr(message, "key", None)
        return SendResult(
            index, key if isinstance(key, str) else "", "invalid", message, reason=str(error), error=error
        )
    # A job that was started may not have written its row yet; one that is over has.
    is_in_flight = job.entry.key in state.jobs
    earlier = _earlier(state.journal, job.entry)
    if is_in_flight or (earlier is not None and earlier.run == state.journal.run):
        duplicate = InvalidArgumentError("key", "is the key of another message of this run")
        return job.outcome("invalid", reason=str(duplicate), error=duplicate)
    if earlier is not None and earlier.outcome in ("sent", "rejected"):
        state.journal.meet(earlier.key)
        outcome: Outcome = "sent" if earlier.outcome == "sent" else "rejected"
        return job.outcome(outcome, message_id=earlier.message_id, reason=earlier.reason, earlier=True)
    if earlier is not None and earlier.outcome in ("started", "unknown"):
        state.journal.meet(earlier.key)
        job.earlier = earlier
        return job
    if (problem := too_long(state, job)) is not None:
        return job.outcome("invalid", reason=str(problem), error=problem)
    return skipped(state, job) or job


def prepare_leftover(state: RunState, entry: Entry) -> Job:
    """The job for a row that an earlier run started, whose message is not in the list any more."""
    job = _job(state, entry.position, entry.message(), needs_zone=False)
    job.earlier, job.is_leftover = entry, True
    state.journal.meet(entry.key)
    return job


def too_long(state: RunState, job: Job) -> MessageTooLongError | None:
    """The error for a message with more segments than permitted. One that was sent already is not checked."""
    if state.settings.max_segments is not None:
        try:
            check_segments(job.entry.body, state.settings.max_segments)
        except MessageTooLongError as error:
            return error
    return None


def skipped(state: RunState, job: Job) -> SendResult | None:
    """The result of a message that must not be sent now, or None."""
    outcome: Outcome
    if job.send.conversation.number in state.opted_out:
        outcome, reason = "opted_out", OPTED_OUT
    elif (
        state.settings.hours is not None
        and job.zone is not None
        and not permits(state.settings.hours, job.zone, state.ledger.wall_clock())
    ):
        outcome, reason = "outside_hours", OUTSIDE_HOURS
    else:
        return None
    state.journal.skip(job.entry, outcome, reason)
    return job.outcome(outcome, reason=reason)


def _job(state: RunState, index: int, message: Any, *, needs_zone: bool = True) -> Job:
    """Check a message; raises InvalidArgumentError."""
    if not isinstance(message, OutgoingMessage):
        raise UnexpectedArgumentError("message", f"must be an OutgoingMessage, not {type(message).__name__}")
    if not isinstance(message.body, str):
        raise UnexpectedArgumentError("body", f"must be a str, not {type(message.body).__name__}")
    media = message.mms_media
    if not isinstance(media, list | tuple) or not all(isinstance(url, str) for url in media):
        raise UnexpectedArgumentError("mms_media", "must be a list of URLs")
    zone = None if message.time_zone is None else zone_of(message.time_zone)
    zone = state.settings.time_zone if zone is None else zone
    if zone is None and needs_zone and state.settings.hours is not None:
        raise InvalidArgumentError("time_zone", "is needed for hours; a phone number does not have one")
    options = message.options()
    send = SEND_TO_CONTACT.prepare(
        state.dashboard_id, message.phone_number, message.body, smart=state.settings.smart, **options
    )
    # The payload may differ from the arguments, so the journal holds what is sent.
    content = (
        state.dashboard_id,
        send.conversation.number,
        send.text.body,
        json.dumps(options, sort_keys=True),
    )
    key = message.key
    if key is None:
        key = _derived_key(index, content)
    elif not isinstance(key, str) or not 0 < len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError("key", f"must be a str of 1 to {MAX_KEY_LENGTH} characters")
    for name, text in (("key", key), ("body", message.body)):
        try:
            text.encode()
        except UnicodeEncodeError:
            # Not chained: the cause contains the text.
            raise InvalidArgumentError(name, "contains a surrogate, which UTF-8 cannot represent") from None
    return Job(index, message, Entry(key, index, int(message.key is None), *content), send, zone)


def _derived_key(index: int, content: tuple[object, ...]) -> str:
    text = json.dumps([index, *content])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _earlier(journal: Journal, entry: Entry) -> Entry | None:
    """The row of the same message; raises JournalError if it is another one."""
    earlier = journal.find(entry.key)
    if earlier is not None and earlier.content != entry.content:
        raise JournalError(
            f"journal: the message at index {entry.position} has the key {without_secrets(entry.key)!r}, which "
            "the journal has for another content; use another key, or another journal for another list"
        )
    if earlier is None and entry.derived and journal.derived_at(entry.position) is not None:
        raise JournalError(
            f"journal: it has another message at index {entry.position}, so the list has changed; give the "
            "messages keys of your own, or use another journal for another list"
        )
    return earlier
