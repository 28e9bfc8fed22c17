"""SDK for the Text Request API v3: typed, blocking and async, with retries that never send a text twice.

`TextRequest` and `AsyncTextRequest` are the clients, `webhooks` verifies and parses deliveries, and
`sandbox` is a local server that simulates the service. Names with a leading underscore are private.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from textrequest_ext import errors
from textrequest_ext._version import __version__
from textrequest_ext.errors import *  # noqa: F403 - errors.__all__ says which

if TYPE_CHECKING:
    from textrequest_ext import sandbox, webhooks
    from textrequest_ext._client.asynchronous import AsyncTextRequest
    from textrequest_ext._client.blocking import TextRequest
    from textrequest_ext._contacts.results import ContactResult
    from textrequest_ext._contacts.runs import AsyncContactSync, ContactSync
    from textrequest_ext._delivery import is_failure, is_final, is_opt_out
    from textrequest_ext._http.events import RequestEvent, ResponseEvent, RetryEvent
    from textrequest_ext._http.retry_policy import RetryPolicy
    from textrequest_ext._http.timeouts import Timeout
    from textrequest_ext._limits.options import Limits
    from textrequest_ext._location import LOCATION_REQUEST_TAG, has_location_tag, with_location_tag
    from textrequest_ext._models import parse_model
    from textrequest_ext._pagination.pagers import AsyncPager, Pager
    from textrequest_ext._pagination.rules import Page
    from textrequest_ext._phone_numbers import parse_phone_number
    from textrequest_ext._raw_response import RawResponse
    from textrequest_ext._reconciliation import Reconciliation
    from textrequest_ext._sending.many import AsyncSendRun, SendRun
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

# Where each name is. Modules are imported with the first use of one of their names.
_MODULES = {
    "AsyncContactSync": "_contacts.runs",
    "AsyncPager": "_pagination.pagers",
    "AsyncSendRun": "_sending.many",
    "AsyncTextRequest": "_client.asynchronous",
    "ContactResult": "_contacts.results",
    "ContactSync": "_contacts.runs",
    "has_location_tag": "_location",
    "is_failure": "_delivery",
    "is_final": "_delivery",
    "is_opt_out": "_delivery",
    "Limits": "_limits.options",
    "LOCATION_REQUEST_TAG": "_location",
    "OutgoingMessage": "_sending.results",
    "Page": "_pagination.rules",
    "Pager": "_pagination.pagers",
    "parse_model": "_models",
    "parse_phone_number": "_phone_numbers",
    "RawResponse": "_raw_response",
    "Reconciliation": "_reconciliation",
    "Replacement": "_texts.smart",
    "RequestEvent": "_http.events",
    "ResponseEvent": "_http.events",
    "RetryEvent": "_http.events",
    "RetryPolicy": "_http.retry_policy",
    "Segments": "_texts.segments",
    "segments": "_texts.segments",
    "SendResult": "_sending.results",
    "SendRun": "_sending.many",
    "smart_text": "_texts.smart",
    "SmartText": "_texts.smart",
    "TextRequest": "_client.blocking",
    "Timeout": "_http.timeouts",
    "with_location_tag": "_location",
}


def __getattr__(name: str) -> Any:
    if name in ("sandbox", "webhooks"):
        return import_module(f"{__name__}.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
