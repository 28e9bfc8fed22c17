"""One run of `send_many`: what is done in which order. The engines read, wait, and run the flows."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from datetime import datetime
from typing import Any, NamedTuple

from textrequest_api.api.contacts import contacts_list
from textrequest_ext._sending.deliveries import deliver, token_of
from textrequest_ext._sending.journal import Entry, Journal
from textrequest_ext._sending.ledger import Attempt, Conversation, ledger_of, to_phone_number
from textrequest_ext._sending.plans import Job, RunState, prepare, prepare_leftover
from textrequest_ext._sending.results import SendResult
from textrequest_ext._sending.settings import Settings
from textrequest_ext._sending.texts import SentText
from textrequest_ext.errors import ConfigurationError, PhoneNumberError

NOT_STARTED = "the run was stopped before the request left"


class Read:
    """Step: read the next message, or END."""


class Start(NamedTuple):
    """Step: run `Run.deliver` of a job in the background, and call `Run.finish` after it."""

    job: Job


class Wait(NamedTuple):
    """Step: wait until a job has finished, at most so many seconds."""

    seconds: float | None


Step = Read | Start | Wait | SendResult
END = object()


class Run:
    """One run over a list of messages.

    jobs: those that were started and are not over, by key. finished: results that the engine has not returned.
    """

    def __init__(self, client: Any, dashboard_id: int, settings: Settings) -> None:
        self.client = client
        self.settings = settings
        self.jobs: dict[str, Job] = {}
        self.finished: deque[SendResult] = deque()
        self._dashboard_id = dashboard_id
        self._state: RunState | None = None
        self._next_start = float("-inf")
        self._reported: SendResult | None = None

    @property
    def state(self) -> RunState:
        """The state of an open run."""
        if self._state is None:
            raise ConfigurationError("send_many: the run is not open")
        return self._state

    def open(self) -> Generator[Any, Any, None]:
        """Open the journal, and ask for the contacts that have opted out unless they were given."""
        journal = Journal(self.settings.journal)
        try:
            ledger = ledger_of(self.client)
            state = RunState(
                self.client, self._dashboard_id, self.settings, ledger, journal, set(), self.jobs
            )
            for entry in journal.unresolved():
                state.unresolved[entry.key] = ledger.replace(_attempt_of(state, entry))
            if self.settings.opted_out is None:
                state.opted_out.update((yield from _opted_out(self.client, self._dashboard_id)))
            else:
                state.opted_out.update(self.settings.opted_out)
        except BaseException:
            journal.close()
            raise
        self._state = state

    def steps(self) -> Generator[Step, Any, None]:
        """What the engine is to do next; a SendResult is to be returned to the caller."""
        state, index = self.state, 0
        ready: Job | None = None
        leftovers: deque[Entry] | None = None
        while True:
            goes_on = state.failure is None and not state.is_stopping
            has_room = goes_on and len(self.jobs) + len(self.finished) < self.settings.concurrency
            prepared: Job | SendResult | None = None
            if self.finished:
                # Removed after it was returned: an interrupt in between must not lose it.
                yield self.finished[0]
                self.finished.popleft()
            elif has_room and ready is not None:
                delay = self._delay()
                if delay > 0:
                    yield Wait(delay)
                else:
                    job, ready = ready, None
                    self.jobs[job.entry.key] = job
                    yield Start(job)
            elif has_room and leftovers is None:
                message = yield Read()
                if message is END:
                    leftovers = deque(state.journal.leftovers())
                else:
                    prepared = prepare(state, index, message)
                    index += 1
            elif has_room and leftovers:
                ready = prepare_leftover(state, leftovers.popleft())
            elif self.jobs:
                yield Wait(None)
            elif not self.finished:  # a job may have ended since
                break
            if isinstance(prepared, SendResult):
                yield prepared
            elif prepared is not None:
                ready = prepared
        if state.failure is not None:
            raise state.failure

    def deliver(self, job: Job) -> Generator[Any, Any, None]:
        """The flow of a job."""
        return deliver(self.state, job)

    def finish(self, job: Job) -> None:
        """Note that a job is over, even if its flow was never run. May be called from any thread."""
        self.finished.append(job.result or job.outcome("not_sent", reason=NOT_STARTED))
        self.jobs.pop(job.entry.key, None)

    def report(self, result: SendResult) -> SendResult:
        """Pass a result to the callback, once; returns it."""
        if result is not self._reported:
            self._reported = result
            if self.settings.on_result is not None:
                self.settings.on_result(result)
        return result

    def report_finished(self) -> None:
        """Report what has finished, and is not returned to the caller any more."""
        while self.finished:
            self.report(self.finished[0])
            self.finished.popleft()

    def give_up(self) -> None:
        """End the jobs that were to be started and were not, because of an interrupt."""
        for job in list(self.jobs.values()):
            if job.begin():
                self.finish(job)

    def stop(self) -> None:
        """Start no further job, and have those in flight end as soon as their requests have."""
        if self._state is not None:
            self._state.is_stopping = True

    def close(self) -> None:
        """Close the journal."""
        if self._state is not None:
            self._state.journal.close()

    def _delay(self) -> float:
        """Seconds until the next message may be started; takes its place if that is now."""
        if self.settings.per_second is None:
            return 0.0
        now = self.state.ledger.clock()
        if now < self._next_start:
            return self._next_start - now
        self._next_start = now + 1 / self.settings.per_second
        return 0.0


def _attempt_of(state: RunState, entry: Entry) -> Attempt:
    """The attempt of an earlier run. When its process ended is not known, so it counts as ending now."""
    text = SentText(entry.body, media=len(entry.message().mms_media))
    started = 0.0 if entry.started_at is None else datetime.fromisoformat(entry.started_at).timestamp()
    conversation = Conversation(entry.dashboard_id, entry.phone_number)
    attempt = Attempt(conversation, text, token_of(state, entry.key), started, None)
    attempt.ended = state.ledger.clock()
    return attempt


def _opted_out(client: Any, dashboard_id: int) -> Generator[Any, Any, set[str]]:
    """The phone numbers of the contacts that have opted out."""
    operation = contacts_list.operation

    def parse(response: Any) -> Any:
        # Of each contact only the number is kept; there may be many.
        page: Any = operation.parse(response)
        if page is not None and page.items is not None:
            page.items = [contact.phone_number for contact in page.items]
        return page

    numbers_only: Any = operation.replace(parse=parse)
    pager = client.paginate(numbers_only, dashboard_id, has_opted_out=True, page_size=1000)
    numbers: set[str] = set()
    for number in (yield pager.collect()):
        try:
            numbers.add(to_phone_number(number, "phone_number"))
        except PhoneNumberError:
            continue  # not a number that could be texted
    return numbers
