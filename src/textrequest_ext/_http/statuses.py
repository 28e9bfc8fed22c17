"""Which error a status is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from textrequest_ext.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)

HINTS: Mapping[tuple[str, int], str] = {
    ("contacts_delete", 400): "a contact with message history cannot be deleted; archive or suppress it",
    (
        "webhooks_create",
        409,
    ): "a webhook with this event and URL exists already; list the webhooks, or use webhooks.ensure",
}
HINT_401 = "check the API key; the web app shows it under Integrations, API"

_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_for_status(status_code: int) -> type[APIStatusError]:
    """The error class for a status that is not 2xx."""
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, APIStatusError)


def hint_for(operation: str, status_code: int) -> str | None:
    """Advice for a status of an operation, if the documentation of the service has any."""
    return HINT_401 if status_code == 401 else HINTS.get((operation, status_code))
