"""Puts limits on a transport. The modules that this requires are imported only if there are limits."""

from __future__ import annotations

from typing import Any

from textrequest_ext._limits.options import Limits
from textrequest_ext.errors import ConfigurationError


def limited(transport: Any, limits: Limits | None, api_key: str, *, is_async: bool) -> Any:
    """The transport itself, or one over it that keeps to the limits.

    Raises ConfigurationError if they are not a Limits, or need a package that is not installed.
    """
    if limits is None:
        return transport
    if not isinstance(limits, Limits):
        raise ConfigurationError(f"limits: must be a Limits, not {type(limits).__name__}")
    from textrequest_ext._limits.transports import AsyncLimitedTransport, LimitedTransport

    return (AsyncLimitedTransport if is_async else LimitedTransport)(transport, limits, api_key)
