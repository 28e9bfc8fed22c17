"""`send_many` of the async client: messages are sent in background tasks, under asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from textrequest_ext._sending.plans import Job
from textrequest_ext._sending.results import OutgoingMessage, SendResult
from textrequest_ext._sending.runs import END, Read, Run, Start, Step
from textrequest_ext._sending.tasks import Tasks
from textrequest_ext.errors import ConfigurationError

GRACE = 5.0
"""Seconds for the requests in flight when a run is stopped; then they are cancelled."""


class AsyncSendRun(AsyncIterator[SendResult]):
    """`SendRun` for `async for`, under asyncio and trio.

    `aclose()`, the end of an `async with` block and a cancellation stop the run: no further message is
    sent; those in flight have five seconds to finish, and are recorded as unknown after that.
    """

    def __init__(
        self, run: Run, messages: Iterable[OutgoingMessage] | AsyncIterable[OutgoingMessage]
    ) -> None:
        self._run = run
        self._messages = messages
        self._source: Iterator[Any] | AsyncIterator[Any] | None = None
        self._steps: Generator[Step, Any, None] | None = None
        self._tasks = Tasks()
        self._is_busy = False
        self._is_over = False

    async def __anext__(self) -> SendResult:
        if self._is_busy:
            raise ConfigurationError("send_many: one task at a time can read the results of a run")
        if self._is_over:
            raise StopAsyncIteration
        self._is_busy = True
        try:
            result = await self._next()
            if result is not None:
                return self._run.report(result)
        except BaseException:
            await self._stop()
            raise
        finally:
            self._is_busy = False
        await self._stop()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop the run; a run that has ended is not changed."""
        if not self._is_over:
            await self._stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _next(self) -> SendResult | None:
        if self._steps is None:
            await self._run.client._run_flow(self._run.open())
            messages = self._messages
            self._source = aiter(messages) if isinstance(messages, AsyncIterable) else iter(messages)
            self._steps = self._run.steps()
        read: Any = None
        while True:
            try:
                step = self._steps.send(read)
            except StopIteration:
                return None
            read = None
            if isinstance(step, SendResult):
                return step
            if isinstance(step, Read):
                read = await self._read()
            elif isinstance(step, Start):
                self._start(step.job)
            elif self._run.jobs:
                await self._tasks.wait(step.seconds)
            else:
                await self._run.client._sleep(step.seconds or 0.0)

    async def _read(self) -> Any:
        if isinstance(self._source, AsyncIterator):
            return await anext(self._source, END)
        return END if self._source is None else next(self._source, END)

    def _start(self, job: Job) -> None:
        async def work() -> None:
            if job.begin():
                await self._run.client._run_flow(self._run.deliver(job))

        self._tasks.start(work, lambda: self._end(job))

    def _end(self, job: Job) -> None:
        self._run.finish(job)
        if self._is_over and not self._tasks.running:
            self._run.close()

    async def _stop(self) -> None:
        """Wait for the messages in flight, and report them; then close the journal."""
        self._is_over = True
        self._run.stop()
        try:
            await self._tasks.finish(GRACE)
            self._run.give_up()
        finally:
            try:
                self._run.report_finished()
            finally:
                if not self._tasks.running:
                    self._run.close()
