"""`send_many` of the blocking client: messages are sent in threads, results returned in the caller's."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from textrequest_ext._sending.plans import Job
from textrequest_ext._sending.results import OutgoingMessage, SendResult
from textrequest_ext._sending.runs import END, Read, Run, Start, Wait
from textrequest_ext.errors import ConfigurationError

# On Windows, Ctrl-C is not noticed while a thread waits.
LONGEST_WAIT = 1.0


class SendRun(Iterator[SendResult]):
    """The results of `send_many`, one for each message, in the order in which they become known.

    Iterating sends the messages. Leaving the loop, `close()`, the end of a `with` block and Ctrl-C stop
    the run: no further message is sent, and those in flight are finished and recorded first.
    """

    def __init__(self, run: Run, messages: Iterable[OutgoingMessage]) -> None:
        self._run = run
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._is_running = False
        self._results = _results(run, messages)

    def __next__(self) -> SendResult:
        if os.getpid() != self._process:
            raise ConfigurationError("send_many: a run cannot go on in a forked process; start a new one")
        with self._lock:
            self._is_running = True
            try:
                return next(self._results)
            finally:
                self._is_running = False

    def close(self) -> None:
        """Stop the run. Called from `on_result`, the iteration ends after the messages in flight."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._run.stop()
            if not self._is_running:
                self._results.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _results(run: Run, messages: Iterable[OutgoingMessage]) -> Generator[SendResult, None, None]:
    threads = _Threads(run)
    try:
        run.client._run_flow(run.open())
        source = iter(messages)
        steps = run.steps()
        read: Any = None
        while True:
            try:
                step = steps.send(read)
            except StopIteration:
                return
            read = None
            if isinstance(step, SendResult):
                yield run.report(step)
            elif isinstance(step, Read):
                read = next(source, END)
            elif isinstance(step, Start):
                threads.start(step.job)
            else:
                threads.wait(step)
    finally:
        if os.getpid() == threads.process:
            threads.stop()


class _Threads:
    """The threads of one run. They are not created before the first message is sent."""

    def __init__(self, run: Run) -> None:
        self.process = os.getpid()
        self._run = run
        self._pool: ThreadPoolExecutor | None = None
        self._finished = threading.Event()

    def start(self, job: Job) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._run.settings.concurrency, "textrequest-send")
        self._pool.submit(self._work, job)

    def _work(self, job: Job) -> None:
        if not job.begin():
            return
        try:
            self._run.client._run_flow(self._run.deliver(job))
        finally:
            self._run.finish(job)
            self._finished.set()

    def wait(self, step: Wait) -> None:
        if not self._run.jobs:
            self._run.client._sleep(step.seconds or 0.0)
            return
        self._finished.wait(LONGEST_WAIT if step.seconds is None else min(step.seconds, LONGEST_WAIT))
        self._finished.clear()

    def stop(self) -> None:
        """Wait for the messages in flight, and report them; then close the journal."""
        run = self._run
        run.stop()
        run.give_up()
        try:
            while run.jobs:
                self._finished.wait(LONGEST_WAIT)
                self._finished.clear()
                run.report_finished()
            run.report_finished()
        finally:
            if not run.jobs:
                run.close()
            if self._pool is not None:
                self._pool.shutdown(wait=not run.jobs)
