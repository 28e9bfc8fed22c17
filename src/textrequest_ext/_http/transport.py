"""The transports of our clients: they retry requests and raise the errors of this package.

They are below httpx's client, so that low-level calls get the same retries and errors, and above the
connections, so that a test can put a transport of its own in that place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from textrequest_ext import errors
from textrequest_ext._connections.connections import CLOSED
from textrequest_ext._connections.deadline import EXTENSION, Deadline
from textrequest_ext._http.failures import RequestInfo, request_error, status_error
from textrequest_ext._http.hooks import Hooks, call_hook, call_hook_async
from textrequest_ext._http.reading import read, read_async
from textrequest_ext._http.retry_policy import (
    RETRY_COST,
    THROTTLED_RETRY_COST,
    RetryBudget,
    RetryPolicy,
    is_replayable,
    is_retried,
    retry_after,
)

logger = logging.getLogger("textrequest_ext")
_RETRYABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Lifetime:
    """Whether a client and its copies are closed."""

    closed = False


class CallSettings(NamedTuple):
    """What the transport needs of a client's configuration.

    budget: of the retries. hooks: functions of the user. total: seconds for a call with all its attempts,
    or None. max_response_bytes: limit of a decoded response body, or None. api_key: masked wherever an
    error would show it. lifetime: of the client.
    """

    policy: RetryPolicy
    budget: RetryBudget
    hooks: Hooks
    total: float | None
    max_response_bytes: int | None
    api_key: str
    lifetime: Lifetime

    def __repr__(self) -> str:
        return "<CallSettings>"  # without the API key


class _Attempts:
    """The attempts of one request, and what follows each. No I/O."""

    def __init__(self, request: httpx.Request, settings: CallSettings) -> None:
        if settings.lifetime.closed:
            raise errors.ConfigurationError(CLOSED)
        operation = request.extensions.get("textrequest_api")
        self.request = request
        self.settings = settings
        self.count = 0
        self.hooks: list[tuple[Callable[[Any], Any], Any]] = []  # to call next, with their events
        self.started = time.monotonic()
        self.cost = 0  # of the last retry
        self.retryable = getattr(operation, "retryable", request.method in _RETRYABLE_METHODS)
        # Checked before the first attempt, which consumes a body that cannot be sent twice.
        self.replayable = is_replayable(request.stream)
        self.deadline = Deadline(request.extensions.get("textrequest_total", settings.total))
        request.extensions[EXTENSION] = self.deadline

    def before(self) -> None:
        """Note that the next attempt begins."""
        if (on_request := self.settings.hooks.on_request) is not None:
            self._note(on_request, "RequestEvent", self.count + 1)

    def _note(self, hook: Callable[[Any], Any], event: str, attempt: int, *details: Any) -> None:
        from textrequest_ext._http import events  # not needed unless there is a hook

        info = RequestInfo.of(self.request)
        self.hooks.append(
            (hook, getattr(events, event)(info.method, info.path, info.name, attempt, *details))
        )

    def after(self, outcome: httpx.Response | Exception) -> float | None:
        """Seconds until the next attempt, or None for a 2xx response; otherwise raises the error."""
        self.count += 1
        response = outcome if isinstance(outcome, httpx.Response) else None
        if response is not None:
            elapsed = time.monotonic() - self.started
            if (on_response := self.settings.hooks.on_response) is not None:
                request_id = response.headers.get("x-request-id")
                self._note(
                    on_response, "ResponseEvent", self.count, response.status_code, elapsed, request_id
                )
            if response.is_success:
                response.extensions["textrequest_attempts"] = self.count
                response.extensions["textrequest_elapsed"] = elapsed
                self.settings.budget.refill(self.cost or 1)
                if logger.isEnabledFor(logging.INFO):
                    info = RequestInfo.of(self.request)
                    logger.info("%s %s: status %d", info.method, info.path, response.status_code)
                return None
        policy = self.settings.policy
        requested = None if response is None else retry_after(response.headers, policy.clock())
        if self.replayable and is_retried(outcome, retryable=self.retryable):
            throttled = response is not None and response.status_code == 429
            delay = policy.delay(self.count, requested, throttled=throttled)
            remaining = self.deadline.remaining()
            cost = THROTTLED_RETRY_COST if throttled else RETRY_COST
            if (
                delay is not None
                and (remaining is None or delay < remaining)
                and self.settings.budget.spend(cost)
            ):
                self.cost = cost
                self._log(delay, outcome)
                return delay
        if isinstance(outcome, httpx.Response):
            raise status_error(self.request, outcome, requested, self.count, self.settings.api_key)
        remaining = self.deadline.remaining()
        reached = remaining is not None and remaining <= 0
        raise request_error(
            self.request, outcome, self.count, self.deadline.total if reached else None
        ) from outcome

    def interrupted(self, error: BaseException) -> None:
        """Report that a cancellation, a signal or an error of the caller ended a send that may have left."""
        info = RequestInfo.of(self.request)
        if info.sends_text and not isinstance(error, errors.TextRequestError):
            text = (
                f"{info.method} {info.path}: interrupted; the text may have been sent, and was not sent again"
            )
            error.add_note(text)
            logger.warning(text)

    def _log(self, delay: float, outcome: httpx.Response | Exception) -> None:
        info = RequestInfo.of(self.request)
        reason = str(outcome.status_code) if isinstance(outcome, httpx.Response) else type(outcome).__name__
        if (on_retry := self.settings.hooks.on_retry) is not None:
            self._note(on_retry, "RetryEvent", self.count, delay, reason)
        text = "retry %d/%d in %.2f s: %s %s: %s"
        logger.debug(text, self.count, self.settings.policy.retries, delay, info.method, info.path, reason)


class RetryTransport(httpx.BaseTransport):
    """Retries the requests of another transport by a policy, and raises errors of this package."""

    def __init__(self, inner: httpx.BaseTransport, settings: CallSettings) -> None:
        self.inner = inner
        self.settings = settings

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the whole response, and retry where that is safe."""
        attempts = _Attempts(request, self.settings)
        while True:
            attempts.before()
            while attempts.hooks:
                call_hook(*attempts.hooks.pop(0))
            outcome: httpx.Response | Exception
            try:
                response = self.inner.handle_request(request)
                outcome = read(response, self.settings.max_response_bytes, attempts.deadline)
            except httpx.RequestError as error:
                outcome = error
            except BaseException as error:
                attempts.interrupted(error)
                raise
            try:
                delay = attempts.after(outcome)
            finally:
                while attempts.hooks:
                    call_hook(*attempts.hooks.pop(0))
            if delay is None and isinstance(outcome, httpx.Response):
                return outcome
            self.settings.policy.wait(delay or 0.0)

    def close(self) -> None:
        """Close the connections."""
        self.settings.lifetime.closed = True
        self.inner.close()


class AsyncRetryTransport(httpx.AsyncBaseTransport):
    """`RetryTransport` for asyncio and trio."""

    def __init__(self, inner: httpx.AsyncBaseTransport, settings: CallSettings) -> None:
        self.inner = inner
        self.settings = settings

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the whole response, and retry where that is safe."""
        attempts = _Attempts(request, self.settings)
        while True:
            attempts.before()
            while attempts.hooks:
                await call_hook_async(*attempts.hooks.pop(0))
            outcome: httpx.Response | Exception
            try:
                response = await self.inner.handle_async_request(request)
                outcome = await read_async(response, self.settings.max_response_bytes, attempts.deadline)
            except httpx.RequestError as error:
                outcome = error
            except BaseException as error:
                attempts.interrupted(error)
                raise
            try:
                delay = attempts.after(outcome)
            finally:
                while attempts.hooks:
                    await call_hook_async(*attempts.hooks.pop(0))
            if delay is None and isinstance(outcome, httpx.Response):
                return outcome
            await self.settings.policy.wait_async(delay or 0.0)

    async def aclose(self) -> None:
        """Close the connections."""
        self.settings.lifetime.closed = True
        await self.inner.aclose()


class WrongClientTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Used by a low-level client for the calls that its own client cannot make."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raise: the connections belong to an AsyncTextRequest."""
        raise errors.ConfigurationError(
            "low_level of an AsyncTextRequest: call asyncio(), or use a TextRequest"
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raise: the connections belong to a TextRequest."""
        raise errors.ConfigurationError("low_level of a TextRequest: call sync(), or use an AsyncTextRequest")
