"""Verify webhook deliveries and decode them into events.

The event classes are generated from the contract; `textrequest_api.events` defines them.
"""

from textrequest_api import events as _events
from textrequest_api.events import *  # noqa: F403 - all classes of events, those of future versions too
from textrequest_ext.errors import (
    PayloadError,
    SignatureMismatchError,
    SignatureMissingError,
    TimestampError,
    WebhookError,
)
from textrequest_ext.webhooks._parsing import parse, receive
from textrequest_ext.webhooks._signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign, verify

__all__ = [
    "verify",
    "parse",
    "receive",
    "sign",
    "WebhookError",
    "SignatureMissingError",
    "SignatureMismatchError",
    "TimestampError",
    "PayloadError",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
]
__all__ += _events.__all__
