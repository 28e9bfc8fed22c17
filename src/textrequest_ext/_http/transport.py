"""The transports of our clients: they retry requests and raise the errors of this package.

They are below httpx's client, so that low-level calls get the same retries and errors, and above the
connections, so that a test can put a transport of its own in that place.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

import httpx

from textrequest_ext import errors
from textrequest_ext._http.configuration import without_credentials
from textrequest_ext._http.connections import CLOSED
from textrequest_ext._http.deadline import EXTENSION, Deadline
from textrequest_ext._http.failures import NUMBERS, RequestInfo, request_error, status_error
from textrequest_ext._http.reading import MAX_RESPONSE_BYTES, read, read_async
from textrequest_ext._http.retry_policy import (
    RETRY_COST,
    THROTTLED_RETRY_COST,
    RetryBudget,
    RetryPolicy,
    is_replayable,
    is_retried,
    retry_after,
)
from textrequest_ext._http.timeouts import TOTAL_SECONDS

logger = logging.getLogger("textrequest_ext")
_RETRYABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass
class Lifetime:
    """Whether a client and its copies are closed."""

    closed: bool = False


@dataclass(frozen=True)
class CallSettings:
    """What the transport needs of a client's configuration.

    total: seconds for a call with all its attempts, or None. max_response_bytes: limit of a decoded
    response body, or None. budget: of the retries. api_key: masked wherever an error would show it.
    """

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    total: float | None = TOTAL_SECONDS
    max_response_bytes: int | None = MAX_RESPONSE_BYTES
    lifetime: Lifetime = field(default_factory=Lifetime)
    budget: RetryBudget = field(default_factory=lambda: RetryBudget(None))
    api_key: str = ""


class _Attempts:
    """The attempts of one request, and what follows each. No I/O."""

    def __init__(self, request: httpx.Request, settings: CallSettings) -> None:
        if settings.lifetime.closed:
            raise errors.ConfigurationError(CLOSED)
        operation = request.extensions.get("textrequest_api")
        self.request = request
        self.settings = settings
        self.count = 0
        self.started = time.monotonic()
        self.cost = 0  # of the last retry
        self.retryable = getattr(operation, "retryable", request.method in _RETRYABLE_METHODS)
        # Checked before the first attempt, which consumes a body that cannot be sent twice.
        self.replayable = is_replayable(request.stream)
        self.deadline = Deadline(request.extensions.get("textrequest_total", settings.total))
        request.extensions[EXTENSION] = self.deadline

    def after(self, outcome: httpx.Response | Exception) -> float | None:
        """Seconds until the next attempt, or None for a 2xx response; otherwise raises the error."""
        self.count += 1
        response = outcome if isinstance(outcome, httpx.Response) else None
        if response is not None and response.is_success:
            response.extensions["textrequest_attempts"] = self.count
            response.extensions["textrequest_elapsed"] = time.monotonic() - self.started
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

    def _log(self, delay: float, outcome: httpx.Response | Exception) -> None:
        info = RequestInfo.of(self.request)
        reason = outcome.status_code if isinstance(outcome, httpx.Response) else type(outcome).__name__
        text = "retry %d/%d in %.2f s: %s %s: %s"
        logger.debug(text, self.count, self.settings.policy.retries, delay, info.method, info.path, reason)

    def mask_url(self) -> None:
        """Keep phone numbers out of httpx's log record, which contains the URL of a low-level request."""
        if "textrequest_direct" in self.request.extensions:
            return
        masked = _MaskedURL.__new__(_MaskedURL)
        masked.__dict__.update(self.request.url.__dict__)  # cheaper than parsing the URL again
        self.request.url = masked


class _MaskedURL(httpx.URL):
    """A URL whose text has no long numbers, query or password; its components are unchanged."""

    def __str__(self) -> str:
        return NUMBERS.sub("{number}", without_credentials(super().__str__().partition("?")[0]))

    __repr__ = __str__


class RetryTransport(httpx.BaseTransport):
    """Retries the requests of another transport by a policy, and raises errors of this package."""

    def __init__(self, inner: httpx.BaseTransport, settings: CallSettings) -> None:
        self.inner = inner
        self.settings = settings

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the whole response, and retry where that is safe."""
        attempts = _Attempts(request, self.settings)
        try:
            while True:
                outcome: httpx.Response | Exception
                try:
                    outcome = read(self.inner.handle_request(request), self.settings.max_response_bytes)
                except httpx.RequestError as error:
                    outcome = error
                delay = attempts.after(outcome)
                if delay is None and isinstance(outcome, httpx.Response):
                    return outcome
                self.settings.policy.wait(delay or 0.0)
        finally:
            attempts.mask_url()

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
        try:
            while True:
                outcome: httpx.Response | Exception
                try:
                    response = await self.inner.handle_async_request(request)
                    outcome = await read_async(response, self.settings.max_response_bytes)
                except httpx.RequestError as error:
                    outcome = error
                delay = attempts.after(outcome)
                if delay is None and isinstance(outcome, httpx.Response):
                    return outcome
                await self.settings.policy.wait_async(delay or 0.0)
        finally:
            attempts.mask_url()

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
