"""SDK for the Text Request API v3: typed, blocking and async, with retries that never send a text twice.

`TextRequest` and `AsyncTextRequest` are the clients, `webhooks` verifies and parses deliveries, and
`sandbox` is a local server that simulates the service. Names with a leading underscore are private.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from textrequest_ext import errors
from textrequest_ext._client import AsyncTextRequest, TextRequest
from textrequest_ext._delivery import is_failure, is_final, is_opt_out
from textrequest_ext._http.hooks import RequestEvent, ResponseEvent, RetryEvent
from textrequest_ext._http.retry_policy import RetryPolicy
from textrequest_ext._http.timeouts import Timeout
from textrequest_ext._limits.options import Limits
from textrequest_ext._location import LOCATION_REQUEST_TAG, has_location_tag, with_location_tag
from textrequest_ext._operations.responses import RawResponse
from textrequest_ext._pagination.pagers import AsyncPager, Pager
from textrequest_ext._pagination.rules import Page
from textrequest_ext._version import __version__
from textrequest_ext.errors import *  # noqa: F403 - errors.__all__ says which

if TYPE_CHECKING:
    from textrequest_ext import sandbox, webhooks
    from textrequest_ext._contacts.results import ContactResult
    from textrequest_ext._contacts.runs import AsyncContactSync, ContactSync
    from textrequest_ext._models import parse_model
    from textrequest_ext._phone_numbers import parse_phone_number
    from textrequest_ext._reconciliation import Reconciliation
    from textrequest_ext._sending.awaiting import AsyncSendRun
    from textrequest_ext._sending.blocking import SendRun
    from textrequest_ext._sending.results import OutgoingMessage, SendResult
    from textrequest_ext._texts.segments import Segments, segments
    from textrequest_ext._texts.smart import Replacement, SmartText, smart_text

__all__ = [
    "LOCATION_REQUEST_TAG",
    "AsyncContactSync",
    "AsyncPager",
    "AsyncSendRun",
    "AsyncTextRequest",
    "Limits",
    "ContactResult",
    "ContactSync",
    "OutgoingMessage",
    "Page",
    "Pager",
    "RawResponse",
    "Reconciliation",
    "Replacement",
    "RequestEvent",
    "ResponseEvent",
    "RetryEvent",
    "RetryPolicy",
    "Segments",
    "SendResult",
    "SendRun",
    "SmartText",
    "TextRequest",
    "Timeout",
    "__version__",
    "has_location_tag",
    "is_failure",
    "is_final",
    "is_opt_out",
    "parse_model",
    "parse_phone_number",
    "sandbox",
    "segments",
    "smart_text",
    "webhooks",
    "with_location_tag",
]
__all__ += errors.__all__

# Imported with the first use.
_LAZY = {
    "AsyncContactSync": "_contacts.runs",
    "AsyncSendRun": "_sending.awaiting",
    "ContactResult": "_contacts.results",
    "ContactSync": "_contacts.runs",
    "OutgoingMessage": "_sending.results",
    "Reconciliation": "_reconciliation",
    "Replacement": "_texts.smart",
    "Segments": "_texts.segments",
    "SendResult": "_sending.results",
    "SendRun": "_sending.blocking",
    "SmartText": "_texts.smart",
    "parse_model": "_models",
    "parse_phone_number": "_phone_numbers",
    "segments": "_texts.segments",
    "smart_text": "_texts.smart",
}


def __getattr__(name: str) -> Any:
    if name in ("sandbox", "webhooks"):
        return import_module(f"{__name__}.{name}")
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
