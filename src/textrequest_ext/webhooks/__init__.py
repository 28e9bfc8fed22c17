"""Deliveries of webhooks: check who sent them, then read what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textrequest_ext.errors import (
    PayloadError,
    SignatureMismatchError,
    SignatureMissingError,
    TimestampError,
    WebhookError,
)
from textrequest_ext.webhooks.events import (
    ContactCreated,
    ContactUpdated,
    Event,
    LocationReceived,
    MessageReceived,
    MessageSent,
    MessageStatusUpdated,
    PaymentStatusUpdated,
    UnknownEvent,
    parse,
)
from textrequest_ext.webhooks.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, Body, Headers, sign, verify

__all__ = [
    "verify",
    "parse",
    "receive",
    "sign",
    "Event",
    "MessageSent",
    "MessageReceived",
    "ContactCreated",
    "ContactUpdated",
    "MessageStatusUpdated",
    "LocationReceived",
    "PaymentStatusUpdated",
    "UnknownEvent",
    "WebhookError",
    "SignatureMissingError",
    "SignatureMismatchError",
    "TimestampError",
    "PayloadError",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
]


def receive(
    body: Body,
    headers: Headers,
    *,
    api_key: str | Sequence[str],
    event: str | None = None,
    tolerance: float | None = 300,
    now: float | datetime | None = None,
) -> Event:
    """The event of a delivery, once it has proved genuine: `verify`, then `parse`, and their errors."""
    verify(body, headers, api_key=api_key, tolerance=tolerance, now=now)
    return parse(body, event=event)
