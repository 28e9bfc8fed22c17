"""`messages.send_many`, and the iterators it returns. runs.py says what they do."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from textrequest_api._parameters import Integer
from textrequest_ext._operations.flows import run_flow
from textrequest_ext._sending.results import SendResult
from textrequest_ext._sending.runs import Run
from textrequest_ext._sending.sends import parsed
from textrequest_ext._sending.settings import Settings
from textrequest_ext._sending.workers import Tasks, Threads
from textrequest_ext.errors import ConfigurationError, InvalidArgumentError, UnexpectedArgumentError


def send_many(
    client: Any, dashboard_id: int, messages: Any, options: dict[str, Any]
) -> SendRun | AsyncSendRun:
    """The results of a run of either client; raises InvalidArgumentError for arguments that are not valid."""
    if not 0 < Integer()(dashboard_id, "dashboard_id") < 2**63:
        raise InvalidArgumentError("dashboard_id", "must be the id of a dashboard")
    if unknown := options.keys() - Settings.__annotations__.keys():
        names = ", ".join(Settings.__annotations__)
        raise UnexpectedArgumentError(min(unknown), f"send_many has no such argument; it takes {names}")
    settings = Settings(**options)
    client = parsed(client)  # the results are not raw responses
    if hasattr(client, "aclose"):
        if not isinstance(messages, Iterable | AsyncIterable):
            raise UnexpectedArgumentError(
                "messages", "must be an iterable or async iterable of OutgoingMessage"
            )
        source = aiter(messages) if isinstance(messages, AsyncIterable) else iter(messages)
        return AsyncSendRun(Run(client, dashboard_id, source, settings, Tasks()))
    if not isinstance(messages, Iterable):
        raise UnexpectedArgumentError("messages", "must be an iterable of OutgoingMessage")
    return SendRun(Run(client, dashboard_id, iter(messages), settings, Threads(settings.concurrency)))


class SendRun(Iterator[SendResult], AbstractContextManager["SendRun", None]):
    """The results of `send_many`, one for each message, in the order in which they become known.

    Iterating sends the messages. Leaving the loop, `close()`, the end of a `with` block and Ctrl-C stop
    the run: no further message is sent, and those in flight are finished and recorded first.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._is_running = False

    def __next__(self) -> SendResult:
        if os.getpid() != self._process:
            raise ConfigurationError("send_many: a run cannot go on in a forked process; start a new one")
        with self._lock:
            self._is_running = True
            try:
                result: SendResult | None = run_flow(self._run.next_result())
                if result is None:
                    raise StopIteration
                return result
            except BaseException:
                run_flow(self._run.stop())
                raise
            finally:
                self._is_running = False

    def close(self) -> None:
        """Stop the run. Called from `on_result`, the iteration ends after the messages in flight."""
        if os.getpid() == self._process:
            self._run.is_stopping = True
            with self._lock:
                if not self._is_running:
                    run_flow(self._run.stop())

    def __del__(self) -> None:
        self.close()

    def __exit__(self, *reason: object) -> None:
        self.close()


class AsyncSendRun(AsyncIterator[SendResult], AbstractAsyncContextManager["AsyncSendRun", None]):
    """`SendRun` for `async for`, under asyncio and trio.

    `aclose()`, the end of an `async with` block and a cancellation stop the run: no further message is
    sent; those in flight have five seconds to finish, and are recorded as unknown after that.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._is_running = False

    async def __anext__(self) -> SendResult:
        if self._is_running:
            raise ConfigurationError("send_many: one task at a time can read the results of a run")
        self._is_running = True
        try:
            result: SendResult | None = await self._run.client._run_flow(self._run.next_result())
            if result is None:
                raise StopAsyncIteration
            return result
        except BaseException:
            await self.aclose()
            raise
        finally:
            self._is_running = False

    async def aclose(self) -> None:
        """Stop the run; a run that has ended is not changed."""
        await self._run.client._run_flow(self._run.stop())

    async def __aexit__(self, *reason: object) -> None:
        await self.aclose()
