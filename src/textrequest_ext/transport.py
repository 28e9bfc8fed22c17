"""The transports under our clients: they repeat what may be repeated, and raise what is no success.

They sit below httpx's client, so that low-level callers get the same repetitions and the same errors
as everybody else, and above httpx's transport, so that a test can put its own in that place.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from typing import Any

import httpx

from textrequest_ext import errors
from textrequest_ext.retry import NEVER_SENT, RetryPolicy, is_repeated, is_replayable, retry_after

logger = logging.getLogger("textrequest_ext")
_NUMBERS = re.compile(r"\d{7,}")
_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class _Exchange:
    """One request and all its attempts: what to do after each. No I/O."""

    def __init__(self, request: httpx.Request, policy: RetryPolicy) -> None:
        operation = request.extensions.get("textrequest_api")
        self.request = request
        self.policy = policy
        self.attempts = 0
        self.method = request.method
        self.name = getattr(operation, "name", "")
        # A template, where there is one: a filled-in path may name a person by phone number.
        self.path = getattr(operation, "path", None) or _NUMBERS.sub("{number}", request.url.path)
        self.sends = getattr(operation, "sends_text", False)
        self.repeatable = getattr(operation, "repeatable", request.method in _REPEATABLE_METHODS)
        # Asked before the first attempt, which uses up a body that can be sent but once.
        self.replayable = is_replayable(request.stream)

    def after(self, outcome: httpx.Response | Exception) -> float | None:
        """Seconds until the next attempt, or None for a success; raises the error that is final."""
        self.attempts += 1
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            outcome.extensions["textrequest_attempts"] = self.attempts
            return None
        wished = None
        if isinstance(outcome, httpx.Response):
            wished = retry_after(outcome.headers, self.policy.clock())
        if is_repeated(outcome, repeatable=self.repeatable) and self.replayable:
            delay = self.policy.delay(self.attempts, wished)
            if delay is not None:
                what = outcome.status_code if isinstance(outcome, httpx.Response) else type(outcome).__name__
                text = "retry %d/%d in %.2f s: %s %s: %s"
                logger.debug(text, self.attempts, self.policy.retries, delay, self.method, self.path, what)
                return delay
        if isinstance(outcome, httpx.Response):
            raise self._status_error(outcome, wished)
        raise self._connection_error(outcome) from outcome

    def _status_error(self, response: httpx.Response, wished: float | None) -> errors.APIStatusError:
        body, code, message = _read_error(response, _text_of(self.request) if self.sends else "")
        kind = errors.error_for_status(response.status_code)
        if self.sends and (response.status_code >= 500 or response.status_code == 408):
            kind = errors.SendServerError if response.status_code >= 500 else errors.SendStatusError
        return kind(
            status_code=response.status_code,
            code=code,
            message=message,
            body=body,
            retry_after=wished,
            method=self.method,
            path=self.path,
            attempts=self.attempts,
            hint=errors.hint_for(self.name, response.status_code),
        )

    def _connection_error(self, error: Exception) -> errors.APIConnectionError:
        timed_out = isinstance(error, httpx.TimeoutException)
        kind: type[errors.APIConnectionError] = (
            errors.APITimeoutError if timed_out else errors.APIConnectionError
        )
        text = f"{self.method} {self.path}: no answer ({type(error).__name__})"
        if self.sends and not isinstance(
            error, (*NEVER_SENT, httpx.UnsupportedProtocol, httpx.LocalProtocolError)
        ):
            kind = errors.SendTimeoutError if timed_out else errors.SendConnectionError
            text += "; the text may have been sent, and was not sent again"
        return kind(text, method=self.method, path=self.path, attempts=self.attempts)

    def hide_url(self) -> None:
        """Keep phone numbers out of httpx's own log line, which prints the request's address."""
        hidden = _HiddenURL.__new__(_HiddenURL)
        hidden.__dict__.update(self.request.url.__dict__)  # parsing the address again would cost more
        self.request.url = hidden


class _HiddenURL(httpx.URL):
    """An address whose text has no long numbers and no query; its parts are as they were."""

    def __str__(self) -> str:
        return _NUMBERS.sub("{number}", super().__str__().partition("?")[0])

    __repr__ = __str__


def _text_of(request: httpx.Request) -> str:
    """The words of the text a request was to send, in case the service repeats them in its message."""
    try:
        return " ".join(json.loads(request.read())["body"].split())
    except (httpx.StreamError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return ""


def _read_error(response: httpx.Response, sent: str) -> tuple[Any, str | None, str | None]:
    """Body, code and message of an error: any of the three documented shapes, or none of them.

    Code and message go into texts that are printed and logged, so they are cleaned of what was sent.
    """
    text = response.text
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text or None, None, None
    if not isinstance(body, dict):
        return body, None, None
    code = next((body[key] for key in ("errorCode", "error_code") if body.get(key) is not None), None)
    message = next(
        (body[key] for key in ("message", "error_message") if isinstance(body.get(key), str)), None
    )

    def clean(text: str) -> str:
        said = " ".join(text.split())
        # A text of a letter or two would be found in every word.
        return errors.without_secrets(said.replace(sent, "[text]") if len(sent) > 3 else said)[:300]

    return (
        body,
        clean(str(code)) if isinstance(code, str | int) else None,
        clean(message) if message else None,
    )


class RetryTransport(httpx.BaseTransport):
    """Repeats by the policy what another transport sends, and raises errors of this package."""

    def __init__(self, inner: httpx.BaseTransport, policy: RetryPolicy) -> None:
        self.inner = inner
        self.policy = policy

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, read the whole answer, and repeat where that is safe."""
        exchange = _Exchange(request, self.policy)
        try:
            while True:
                outcome: httpx.Response | Exception
                try:
                    outcome = self.inner.handle_request(request)
                    try:
                        outcome.read()
                    finally:
                        outcome.close()
                except httpx.RequestError as error:
                    outcome = error
                delay = exchange.after(outcome)
                if delay is None and isinstance(outcome, httpx.Response):
                    return outcome
                (self.policy.sleep or time.sleep)(delay or 0.0)
        finally:
            exchange.hide_url()

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


class AsyncRetryTransport(httpx.AsyncBaseTransport):
    """The same for asyncio and trio."""

    def __init__(self, inner: httpx.AsyncBaseTransport, policy: RetryPolicy) -> None:
        self.inner = inner
        self.policy = policy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, read the whole answer, and repeat where that is safe."""
        exchange = _Exchange(request, self.policy)
        try:
            while True:
                outcome: httpx.Response | Exception
                try:
                    outcome = await self.inner.handle_async_request(request)
                    try:
                        await outcome.aread()
                    finally:
                        await outcome.aclose()
                except httpx.RequestError as error:
                    outcome = error
                delay = exchange.after(outcome)
                if delay is None and isinstance(outcome, httpx.Response):
                    return outcome
                await async_sleep(delay or 0.0, self.policy)
        finally:
            exchange.hide_url()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.inner.aclose()


class WrongKindTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """What a low-level client has for the kind of call its own client is not made for."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse: the connections belong to an AsyncTextRequest."""
        raise errors.ConfigurationError(
            "low_level of an AsyncTextRequest: call asyncio(), or use a TextRequest"
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse: the connections belong to a TextRequest."""
        raise errors.ConfigurationError("low_level of a TextRequest: call sync(), or use an AsyncTextRequest")


def runs_under_trio() -> bool:
    """Whether the running coroutine is trio's; asyncio is the other possibility."""
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_task()


async def async_sleep(seconds: float, policy: RetryPolicy) -> None:
    """Sleep under whichever of asyncio and trio is running."""
    if policy.async_sleep is not None:
        waiting: Any = policy.async_sleep(seconds)
        await waiting
    elif runs_under_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)
