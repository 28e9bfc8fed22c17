"""Decode the body of a delivery into an event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from textrequest_api import events
from textrequest_ext.errors import PayloadError, UnexpectedArgumentError
from textrequest_ext.webhooks._signature import Body, Headers, as_bytes, verify


def parse(body: Body, *, event: events.EventName | str | None = None) -> events.Event:
    """Decode a delivery into an event, without verifying its signature.

    Use `receive` to verify and decode in one call.

    body: the raw request body. event: the name of the event the webhook was registered for, such as
    "msg_received". Pass it where you can, for example from the URL of the request: without it, the event
    is recognized by the keys of the payload.

    Returns an UnknownEvent for an event that this version does not know, and for a payload that does not
    match its event. Raises PayloadError for a body that is not a JSON object.
    """
    if event is not None and not isinstance(event, str):
        raise UnexpectedArgumentError("event", f"must be the name of an event, not {type(event).__name__}")
    content = as_bytes(body)
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raw = None  # PayloadError is raised below, where it does not keep this error, which holds the body
    if not isinstance(raw, dict):
        raise PayloadError("the body is not a JSON object")
    return events.decode(raw, event)


def receive(
    body: Body,
    headers: Headers,
    *,
    api_key: str | Sequence[str],
    event: events.EventName | str | None = None,
    tolerance: float | None = 300,
    now: float | datetime | None = None,
) -> events.Event:
    """Verify the signature of a delivery, then decode it into an event.

    Takes the arguments of `verify` and `parse`, and raises their errors.
    """
    verify(body, headers, api_key=api_key, tolerance=tolerance, now=now)
    return parse(body, event=event)
