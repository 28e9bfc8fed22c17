"""One run of `send_many`: what is done in which order, as flows that both clients run.

A message is read, prepared (plans.py) and handed to a worker: a thread or a task. The worker writes the
journal, sends the request and writes the outcome (deliveries.py). Its result is then reported and returned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import suppress
from datetime import datetime
from typing import Any

from textrequest_api.api.contacts import contacts_list
from textrequest_ext._sending.deliveries import deliver
from textrequest_ext._sending.journal import Entry, Journal
from textrequest_ext._sending.ledger import Attempt, Conversation, to_phone_number
from textrequest_ext._sending.plans import Job, RunState, prepare, prepare_leftover
from textrequest_ext._sending.results import SendResult
from textrequest_ext._sending.settings import Settings
from textrequest_ext._sending.texts import SentText
from textrequest_ext._sending.workers import Tasks, Threads
from textrequest_ext.errors import PhoneNumberError

NOT_STARTED = "the run was stopped before the request left"
END = object()


class Run(RunState):
    """One run over a list of messages."""

    def __init__(
        self, client: Any, dashboard_id: int, source: Any, settings: Settings, workers: Threads | Tasks
    ) -> None:
        super().__init__(client, dashboard_id, settings)
        self._source = source
        self._workers = workers
        self._index = 0
        self._ready: Job | None = None
        self._leftovers: deque[Entry] | None = None
        self._next_start = float("-inf")
        self._reported: SendResult | None = None
        self._is_open = False
        self._is_over = False

    def next_result(self) -> Generator[Any, Any, SendResult | None]:
        """Send messages until there is a result, and return it; None at the end of the run."""
        if not self._is_open and not self.is_stopping:
            yield from self._open()
        while not self.finished:
            may_start = self.failure is None and not self.is_stopping
            has_room = may_start and len(self.jobs) < self.settings.concurrency
            if has_room and self._ready is not None:
                delay = self._next_start - self.ledger.clock()
                if delay <= 0:
                    self._start(self._ready)
                elif self.jobs:
                    yield self._workers.wait(delay)
                else:
                    yield self.client._sleep(delay)
            elif has_room and self._leftovers is None:
                yield from self._read()
            elif has_room and self._leftovers:
                self._ready = prepare_leftover(self, self._leftovers.popleft())
            elif self.jobs:
                yield self._workers.wait()
            elif not self.finished:  # a job may have ended since
                if self.failure is not None and not self._is_over:
                    raise self.failure
                return None
        return self._report()

    def stop(self) -> Generator[Any, Any, None]:
        """Start no further message, wait for those in flight, and report them; then close the journal."""
        self.is_stopping = self._is_over = True
        for job in list(self.jobs.values()):
            # Those that were to be started and were not, because of an interrupt.
            if job.begun.acquire(blocking=False):
                self._finish(job)
        try:
            yield self._workers.finish(self.jobs)
        finally:
            try:
                while self.finished:
                    self._report()
            finally:
                self._close_if_over()

    def _open(self) -> Generator[Any, Any, None]:
        """Open the journal, and ask for the contacts that have opted out unless they were given."""
        self.journal, self._is_open = Journal(self.settings.journal), True
        for entry in self.journal.unresolved():
            self.unresolved[entry.key] = self.ledger.replace(self._attempt_of(entry))
        if self.settings.opted_out is None:
            yield from self._ask_who_opted_out()
        else:
            self.opted_out.update(self.settings.opted_out)

    def _read(self) -> Generator[Any, Any, None]:
        """Read a message, and prepare it."""
        is_async = not hasattr(self._source, "__next__")
        message = (yield anext(self._source, END)) if is_async else next(self._source, END)
        if self.is_stopping:
            return  # stopped while it waited for the message
        if message is END:
            self._leftovers = deque(self.journal.leftovers())
        else:
            prepared = prepare(self, self._index, message)
            self._index += 1
            if isinstance(prepared, SendResult):
                self.finished.append(prepared)
            else:
                self._ready = prepared

    def _start(self, job: Job) -> None:
        if self.settings.per_second is not None:
            self._next_start = self.ledger.clock() + 1 / self.settings.per_second
        self._ready, self.jobs[job.entry.key] = None, job
        self._workers.start(lambda: self.client._run_flow(self._work(job)))

    def _work(self, job: Job) -> Generator[Any, Any, None]:
        """What a worker does."""
        if job.begun.acquire(blocking=False):
            try:
                yield from deliver(self, job)
            finally:
                self._finish(job)

    def _finish(self, job: Job) -> None:
        self.finished.append(job.result or job.outcome("not_sent", reason=NOT_STARTED))
        self.jobs.pop(job.entry.key)
        self._close_if_over()

    def _close_if_over(self) -> None:
        if self._is_open and self._is_over and not self.jobs:
            self.journal.close()

    def _report(self) -> SendResult:
        """Pass the oldest result to the callback, once, and remove it: an interrupt must not lose it."""
        result = self.finished[0]
        if result is not self._reported:
            self._reported = result
            if self.settings.on_result is not None:
                self.settings.on_result(result)
        self.finished.popleft()
        return result

    def _attempt_of(self, entry: Entry) -> Attempt:
        """The attempt of an earlier run. When its process ended is not known, so it counts as ending now."""
        text = SentText(entry.body, media=len(entry.message().mms_media))
        started = 0.0 if entry.started_at is None else datetime.fromisoformat(entry.started_at).timestamp()
        conversation = Conversation(entry.dashboard_id, entry.phone_number)
        attempt = Attempt(conversation, text, self.token(entry.key), started, None)
        attempt.ended = self.ledger.clock()
        return attempt

    def _ask_who_opted_out(self) -> Generator[Any, Any, None]:
        pager = self.client.paginate(_NUMBERS, self.dashboard_id, has_opted_out=True, page_size=1000)
        for number in (yield pager.collect()):
            with suppress(PhoneNumberError):  # not a number that could be texted
                self.opted_out.add(to_phone_number(number, "phone_number"))


def _numbers(response: Any) -> Any:
    """A page of contacts of which only the phone numbers are kept; there may be many."""
    page: Any = contacts_list.operation.parse(response)
    if page is not None and page.items is not None:
        page.items = [contact.phone_number for contact in page.items]
    return page


_NUMBERS = contacts_list.operation.replace(parse=_numbers)
