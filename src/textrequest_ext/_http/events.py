"""What the hooks of a client receive. None of it is personal, so it may be logged."""

from __future__ import annotations

from dataclasses import dataclass


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
