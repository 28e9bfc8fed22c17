"""Everything this package raises, in one tree under TextRequestError.

No message, repr or pickle holds an API key, a phone number or the text of a message. What the
service answered is in the attribute `body` or `response`, in the process that got it and not in a
pickle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "InvalidArgumentError",
    "LocationRequestError",
    "MessageRejectedError",
    "MessageTooLongError",
    "NotFoundError",
    "PayloadError",
    "PermissionDeniedError",
    "PhoneNumberError",
    "RateLimitError",
    "SendOutcomeUnknownError",
    "ServerError",
    "SignatureMismatchError",
    "SignatureMissingError",
    "TextRequestError",
    "TimestampError",
    "UnexpectedArgumentError",
    "UnexpectedResponseError",
    "WebhookError",
]

HINTS: Mapping[tuple[str, int], str] = {
    ("contacts_delete", 400): "a contact with message history cannot be deleted; archive or suppress it",
    (
        "webhooks_create",
        409,
    ): "the same event is registered with the same address already; list the webhooks first",
}
HINT_401 = "check the API key: in the web app under Integrations, API"


_NUMBER = re.compile(r"\+?\d(?:[\s().-]*\d){9,}")
_KEY = re.compile(r"\b[0-9A-Fa-f]{32,}\b")
_KEPT_FROM_PICKLES = ("body", "response")


def without_secrets(text: str) -> str:
    """The text with phone numbers and API keys masked; the service repeats them in its messages."""
    return _NUMBER.sub("[number]", _KEY.sub("[key]", text))


class TextRequestError(Exception):
    """The base of every error of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors take keywords; this pickles them without asking each class for its arguments.
        state = {key: None if key in _KEPT_FROM_PICKLES else value for key, value in self.__dict__.items()}
        return _restore, (type(self), self.args, state)


def _restore(
    kind: type[TextRequestError], arguments: tuple[Any, ...], state: dict[str, Any]
) -> TextRequestError:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(state)
    return error


class ConfigurationError(TextRequestError):
    """The client cannot be set up so: no API key, an address that is not http(s), a wrong option."""


class InvalidArgumentError(TextRequestError, ValueError):
    """An argument no request can be built from. `argument` names it; nothing was sent."""

    def __init__(self, argument: str, message: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}")


class UnexpectedArgumentError(InvalidArgumentError, TypeError):
    """An argument the operation does not have, or one of the wrong type. Nothing was sent."""


class LocationRequestError(InvalidArgumentError):
    """A callback for a location without the tag [LocationRequest] in the text. Nothing was sent."""


class MessageTooLongError(InvalidArgumentError):
    """A text over the service's limit, counted in characters. Nothing was sent."""


class PhoneNumberError(InvalidArgumentError):
    """Not a North American phone number of 10 or 11 digits. Nothing was sent."""


class APIConnectionError(TextRequestError):
    """No answer came: `method` and `path` (the template) of the request, `attempts` made."""

    def __init__(self, message: str, *, method: str = "", path: str = "", attempts: int = 1) -> None:
        self.method = method
        self.path = path
        self.attempts = attempts
        super().__init__(message)


class APITimeoutError(APIConnectionError):
    """No answer came in time."""


class APIStatusError(TextRequestError):
    """The service answered with a status that is no success.

    status_code: the HTTP status. code: the service's own error code, as text, or None.
    message: the service's own words, or None. body: the answer's body as JSON, or its text.
    retry_after: seconds the service asked to wait, or None. method, path: the request, path as a
    template. attempts: how many requests were made.
    """

    def __init__(
        self,
        *,
        status_code: int,
        code: str | None = None,
        message: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
        method: str = "",
        path: str = "",
        attempts: int = 1,
        hint: str | None = None,
    ) -> None:
        self.status_code = status_code
        self.code = code
        self.message = message
        self.body = body
        self.retry_after = retry_after
        self.method = method
        self.path = path
        self.attempts = attempts
        self.hint = hint
        text = f"{method} {path}: status {status_code}"
        if message:
            text += f": {message}"
        if code:
            text += f" (code {code})"
        if hint:
            text += f". Hint: {hint}"
        if attempts > 1:
            text += f" [after {attempts} attempts]"
        super().__init__(text)


class BadRequestError(APIStatusError):
    """400: the request is not what the service wants; `message` says why."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or not valid."""


class PermissionDeniedError(APIStatusError):
    """403: the API key may not do this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing. Most operations answer None for that instead."""


class ConflictError(APIStatusError):
    """409: it exists already."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` says how long to wait, if the service said so."""


class ServerError(APIStatusError):
    """5xx: the service failed."""


class UnexpectedResponseError(TextRequestError):
    """A success whose body is not what the contract says. `body` has it, as bytes."""

    def __init__(
        self, message: str, *, body: bytes = b"", status_code: int = 0, method: str = "", path: str = ""
    ) -> None:
        self.body = body
        self.status_code = status_code
        self.method = method
        self.path = path
        super().__init__(message)


class MessageRejectedError(TextRequestError):
    """The service took the request with status 200 and refused the message. `response` is its answer."""

    def __init__(self, message: str, *, response: Any = None) -> None:
        self.response = response
        super().__init__(message)


class SendOutcomeUnknownError(TextRequestError):
    """A request that texts a person may or may not have taken effect. It was not repeated.

    Before sending again, look for the message: `messages.list_with_contact` has the conversation.
    What is raised is also the error that says what happened: an APITimeoutError, an
    APIConnectionError, a ServerError, another APIStatusError, or an UnexpectedResponseError.
    """


class SendTimeoutError(SendOutcomeUnknownError, APITimeoutError):
    """No answer to a send came in time."""


class SendConnectionError(SendOutcomeUnknownError, APIConnectionError):
    """The connection broke after a send may have reached the service."""


class SendServerError(SendOutcomeUnknownError, ServerError):
    """The service failed on a send."""


class SendStatusError(SendOutcomeUnknownError, APIStatusError):
    """The service gave up waiting for a send (408)."""


class SendUnreadableError(SendOutcomeUnknownError, UnexpectedResponseError):
    """The answer to a send could not be read."""


class WebhookError(TextRequestError):
    """A delivery that must not be trusted or cannot be read."""


class SignatureMissingError(WebhookError):
    """The delivery carries no signature or no timestamp."""


class SignatureMismatchError(WebhookError):
    """The signature is not the one the API key makes over this body."""


class TimestampError(WebhookError):
    """The delivery's timestamp is no number, or too far from now."""


class PayloadError(WebhookError):
    """The delivery's body is not a payload of the service."""


_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_for_status(status_code: int) -> type[APIStatusError]:
    """The class for a status that is no success."""
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, APIStatusError)


def hint_for(operation: str, status_code: int) -> str | None:
    """What to do about a status of an operation, where the service's documents say so."""
    return HINT_401 if status_code == 401 else HINTS.get((operation, status_code))
