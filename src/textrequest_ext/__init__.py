"""SDK for the Text Request API v3: typed, sync and async, with retries that never text twice.

`TextRequest` and `AsyncTextRequest` are the way in; `webhooks` reads deliveries; `sandbox` is a
local stand-in of the service. Names that start with an underscore, here or below, may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from textrequest_ext import errors
from textrequest_ext._version import __version__
from textrequest_ext.client import AsyncTextRequest, TextRequest
from textrequest_ext.delivery import is_failure, is_final, is_opt_out
from textrequest_ext.errors import *  # noqa: F403 - errors.__all__ says which
from textrequest_ext.location import LOCATION_REQUEST_TAG, has_location_tag, with_location_tag
from textrequest_ext.pagination import AsyncPager, Pager
from textrequest_ext.retry import RetryPolicy
from textrequest_ext.walk import Page

if TYPE_CHECKING:
    from textrequest_ext import sandbox, webhooks

__all__ = [
    "LOCATION_REQUEST_TAG",
    "AsyncPager",
    "AsyncTextRequest",
    "Page",
    "Pager",
    "RetryPolicy",
    "TextRequest",
    "__version__",
    "has_location_tag",
    "is_failure",
    "is_final",
    "is_opt_out",
    "sandbox",
    "webhooks",
    "with_location_tag",
]
__all__ += errors.__all__


def __getattr__(name: str) -> Any:
    if name in ("sandbox", "webhooks"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
