"""Functions of the user that are called with each request, response and retry."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from textrequest_ext.errors import ConfigurationError

logger = logging.getLogger("textrequest_ext")


@dataclass(frozen=True)
class RequestEvent:
    """A request is about to be sent. It contains nothing personal, so it may be logged.

    method: the HTTP method. path: a template without values. operation: its name, such as
    "contacts_get", or "" for requests that are none. attempt: counted from 1.
    """

    method: str
    path: str
    operation: str
    attempt: int


@dataclass(frozen=True)
class ResponseEvent(RequestEvent):
    """A response was received, of any status.

    status_code: the HTTP status. elapsed: seconds since the first attempt. request_id: the service's id
    of the request, from the header x-request-id, or None. The other attributes are those of RequestEvent.
    """

    status_code: int
    elapsed: float
    request_id: str | None


@dataclass(frozen=True)
class RetryEvent(RequestEvent):
    """A request is about to be retried.

    delay: seconds until then. reason: the status, or the name of the httpx exception. attempt: the one
    that failed. The other attributes are those of RequestEvent.
    """

    delay: float
    reason: str


class Hooks(NamedTuple):
    """The functions to call. The async client also takes coroutine functions."""

    on_request: Callable[[RequestEvent], Awaitable[None] | None] | None = None
    on_response: Callable[[ResponseEvent], Awaitable[None] | None] | None = None
    on_retry: Callable[[RetryEvent], Awaitable[None] | None] | None = None

    def checked(self, *, is_async: bool) -> Hooks:
        """The same; raises ConfigurationError for what cannot be called."""
        for name, hook in self._asdict().items():
            if hook is not None and not callable(hook):
                raise ConfigurationError(f"{name}: must be a function, not {type(hook).__name__}")
            if not is_async and inspect.iscoroutinefunction(hook):
                raise ConfigurationError(f"{name}: must not be a coroutine function; TextRequest is blocking")
        return self


def call_hook(hook: Callable[[Any], Any], event: RequestEvent) -> Any:
    """Call a hook. Its errors are logged: they must not make the outcome of a send unknown."""
    try:
        return hook(event)
    except Exception:
        logger.exception("a hook for %s raised an error", type(event).__name__)


async def call_hook_async(hook: Callable[[Any], Any], event: RequestEvent) -> None:
    """`call_hook` for functions and coroutine functions."""
    result = call_hook(hook, event)
    if inspect.isawaitable(result):
        try:
            await result
        except Exception:
            logger.exception("a hook for %s raised an error", type(event).__name__)
