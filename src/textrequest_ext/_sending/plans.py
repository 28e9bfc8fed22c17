"""What is to be done with each message of a run: send it, look it up, or neither."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from textrequest_ext._sending.journal import Entry, Journal
from textrequest_ext._sending.ledger import Attempt, ledger_of
from textrequest_ext._sending.results import Outcome, OutgoingMessage, SendResult
from textrequest_ext._sending.routes import SEND_TO_CONTACT
from textrequest_ext._sending.sends import Send
from textrequest_ext._sending.settings import Settings, permits, zone_of
from textrequest_ext._texts.bodies import check_segments
from textrequest_ext.errors import (
    InvalidArgumentError,
    JournalError,
    MessageTooLongError,
    TextRequestError,
    UnexpectedArgumentError,
    without_secrets,
)

OPTED_OUT = "the recipient has opted out"
OUTSIDE_HOURS = "outside the hours in the recipient's time zone"
MAX_KEY_LENGTH = 500


@dataclass(eq=False)
class Job:
    """A message to send.

    earlier: what an earlier run did, if that is to be looked up first. is_leftover: whether the message
    is in the journal and not in the list, so that it is looked up and not sent. begun: taken by whoever
    runs the job, or gives it up before, from any thread.
    """

    index: int
    message: OutgoingMessage
    entry: Entry
    send: Send
    zone: tzinfo | None
    earlier: Attempt | None = None
    is_leftover: bool = False
    result: SendResult | None = None
    begun: Any = field(default_factory=threading.Lock)

    def outcome(
        self,
        outcome: Outcome,
        *,
        error: TextRequestError | None = None,
        reason: str | None = None,
        **details: Any,
    ) -> SendResult:
        """A result for this message. The reason is that of the error unless there is another."""
        reason = str(error) if reason is None and error is not None else reason
        key = self.entry.key
        return SendResult(self.index, key, outcome, self.message, error=error, reason=reason, **details)


class RunState:
    """What is known during a run.

    journal: opened by the first step. opted_out: phone numbers. unresolved: what earlier runs did and
    has no outcome, by key. jobs: those that were started and are not over, by key. finished: results
    that were not returned yet. failure: the error that ends the run. is_stopping: whether the caller
    has stopped it.
    """

    journal: Journal

    def __init__(self, client: Any, dashboard_id: int, settings: Settings) -> None:
        self.client = client
        self.dashboard_id = dashboard_id
        self.settings = settings
        self.ledger = ledger_of(client)
        self.opted_out: set[str] = set()
        self.unresolved: dict[str, Attempt] = {}
        self.jobs: dict[str, Job] = {}
        self.finished: deque[SendResult] = deque()
        self.failure: Exception | None = None
        self.is_stopping = False

    def token(self, key: str) -> tuple[Hashable, str]:
        """What identifies a message of the journal in the ledger of the client."""
        return self.journal.identity, key


def prepare(run: RunState, index: int, message: Any) -> Job | SendResult:
    """The job for a message, or its result if it is not sent.

    Raises JournalError if the journal has another message with the same key or at the same place.
    """
    try:
        job = _job(run, index, message)
    except InvalidArgumentError as error:
        key = getattr(message, "key", None)
        return SendResult(
            index, key if isinstance(key, str) else "", "invalid", message, reason=str(error), error=error
        )
    # A job that was started may not have written its row yet; one that is over has.
    is_in_flight = job.entry.key in run.jobs
    earlier = _earlier(run.journal, job.entry)
    if is_in_flight or (earlier is not None and earlier.run == run.journal.run):
        duplicate = InvalidArgumentError("key", "is the key of another message of this run")
        return job.outcome("invalid", error=duplicate)
    if earlier is not None and (earlier.outcome == "sent" or earlier.outcome == "rejected"):
        run.journal.meet(earlier.key)
        return job.outcome(
            earlier.outcome, message_id=earlier.message_id, reason=earlier.reason, earlier=True
        )
    if earlier is not None and earlier.outcome in ("started", "unknown"):
        run.journal.meet(earlier.key)
        job.earlier = run.unresolved.pop(earlier.key)
        return job
    return held_back(run, job) or job


def prepare_leftover(run: RunState, entry: Entry) -> Job:
    """The job for a row that an earlier run started, whose message is not in the list any more."""
    job = _job(run, entry.position, entry.message(), needs_zone=False)
    job.earlier, job.is_leftover = run.unresolved.pop(entry.key), True
    run.journal.meet(entry.key)
    return job


def held_back(run: RunState, job: Job) -> SendResult | None:
    """The result of a message that must not be sent now, or None."""
    settings = run.settings
    try:
        if settings.max_segments is not None:
            check_segments(job.entry.body, settings.max_segments)
        if job.send.conversation.number in run.opted_out:
            result = job.outcome("opted_out", reason=OPTED_OUT)
        elif settings.hours and job.zone and not permits(settings.hours, job.zone, run.ledger.wall_clock()):
            result = job.outcome("outside_hours", reason=OUTSIDE_HOURS)
        else:
            return None
    except MessageTooLongError as error:
        if job.earlier is None:
            return job.outcome("invalid", error=error)  # such a message has no row
        result = job.outcome("not_sent", error=error)
    run.journal.skip(job.entry, result.outcome, result.reason)
    return result


def _job(run: RunState, index: int, message: Any, *, needs_zone: bool = True) -> Job:
    """Check a message; raises InvalidArgumentError."""
    if not isinstance(message, OutgoingMessage):
        raise UnexpectedArgumentError("message", f"must be an OutgoingMessage, not {type(message).__name__}")
    given = run.settings.time_zone if message.time_zone is None else message.time_zone
    zone = None if given is None else zone_of(given)
    if zone is None and needs_zone and run.settings.hours is not None:
        raise InvalidArgumentError("time_zone", "is needed for hours; a phone number does not have one")
    options = message.options()
    send = SEND_TO_CONTACT.prepare(
        run.dashboard_id, message.phone_number, message.body, smart=run.settings.smart, **options
    )
    # The payload may differ from the arguments, so the journal holds what is sent.
    number, body = send.conversation.number, send.text.body
    content = (run.dashboard_id, number, body, json.dumps(options, sort_keys=True))
    key = message.key
    if key is None:
        key = hashlib.sha256(json.dumps([index, *content]).encode()).hexdigest()[:32]
    elif not isinstance(key, str) or not 0 < len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError("key", f"must be a str of 1 to {MAX_KEY_LENGTH} characters")
    try:
        key.encode()
    except UnicodeEncodeError:
        # Not chained: the cause contains the key.
        raise InvalidArgumentError("key", "contains a surrogate, which UTF-8 cannot represent") from None
    return Job(index, message, Entry(key, index, int(message.key is None), *content), send, zone)


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
