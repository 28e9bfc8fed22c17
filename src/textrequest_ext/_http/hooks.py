"""Functions of the user that are called with each request, response and retry."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from textrequest_ext.errors import ConfigurationError

if TYPE_CHECKING:
    from textrequest_ext._http.events import RequestEvent, ResponseEvent, RetryEvent

logger = logging.getLogger("textrequest_ext")


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
