"""The exceptions of this package, all subclasses of TextRequestError.

No message, repr or pickle contains an API key, a phone number or the text of a message. The
attributes `body` and `response` contain what the service sent; they are not pickled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textrequest_api.errors import (
    InvalidArgumentError,
    MessageTooLongError,
    PhoneNumberError,
    TextRequestError,
    UnexpectedArgumentError,
)
from textrequest_ext._reconciliation import SETTLE

if TYPE_CHECKING:
    from textrequest_ext._reconciliation import Reconciliation, ReconciliationResult

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "InvalidArgumentError",
    "JournalError",
    "LimitsUnavailableError",
    "LocationRequestError",
    "MessageNotSentError",
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

# Compiled with the first error, and then kept by re.
_NUMBER = r"\+?\d(?:[\s().-]*\d){9,}"
_KEY = r"\b[0-9A-Fa-f]{32,}\b"


def without_secrets(text: str) -> str:
    """The text with phone numbers and API keys masked; the service includes them in its messages."""
    return re.sub(_NUMBER, "[number]", re.sub(_KEY, "[key]", text))


class ConfigurationError(TextRequestError):
    """The client is not configured correctly: no API key, a URL that is not http(s), an invalid option."""


class LimitsUnavailableError(TextRequestError):
    """The limits of the client are in Redis, which cannot be used. The request was not sent.

    If the request was to be retried, the attempt before it had failed, and was not retried.
    """


class JournalError(ConfigurationError):
    """The journal of `send_many` cannot be used: it is in use, not readable, or of another list."""


class LocationRequestError(InvalidArgumentError):
    """A location callback without the tag [LocationRequest] in the body. Nothing was sent."""


class APIConnectionError(TextRequestError):
    """No response was received.

    method, path: the request; the path is a template without values. attempts: how many were made.
    """

    def __init__(self, message: str, *, method: str = "", path: str = "", attempts: int = 1) -> None:
        self.method = method
        self.path = path
        self.attempts = attempts
        super().__init__(message)


class APITimeoutError(APIConnectionError):
    """No response was received in time."""


class APIStatusError(TextRequestError):
    """The status of the response is not 2xx.

    status_code: the HTTP status. code: the error code of the service, as text, or None. message: the
    error message of the service, or None. body: the response body, as parsed JSON or as text.
    retry_after: seconds that the service requested to wait, or None. method, path: the request; the
    path is a template without values. attempts: how many were made. hint: what to do, or None.
    request_id: the service's id of the request, from the header x-request-id, or None.
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
        request_id: str | None = None,
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
        self.request_id = request_id
        text = f"{method} {path}: status {status_code}"
        if message:
            text += f": {message}"
        if code:
            text += f" (code {code})"
        if retry_after:
            text = f"{text.removesuffix('.')}; the service asks to wait {retry_after:g} seconds"
        if hint:
            text = f"{text.removesuffix('.')}. Hint: {hint}"
        if attempts > 1:
            text += f" [after {attempts} attempts]"
        super().__init__(text)


class BadRequestError(APIStatusError):
    """400: the request is not valid; `message` has the reason."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or not valid."""


class PermissionDeniedError(APIStatusError):
    """403: the API key is not allowed to do this."""


class NotFoundError(APIStatusError):
    """404: the resource does not exist. Most operations return None instead."""


class ConflictError(APIStatusError):
    """409: the resource exists already."""


class RateLimitError(APIStatusError):
    """429: too many requests. `retry_after` is the requested delay in seconds, or None."""


class ServerError(APIStatusError):
    """5xx: the service failed to process the request."""


# The statuses below 500 with a class of their own.
CLASS_OF_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


class UnexpectedResponseError(TextRequestError):
    """A 2xx response does not match the contract. body: bytes. method, path: the request, without values."""

    def __init__(
        self, message: str, *, body: bytes = b"", status_code: int = 0, method: str = "", path: str = ""
    ) -> None:
        self.body = body
        self.status_code = status_code
        self.method = method
        self.path = path
        super().__init__(message)


class MessageRejectedError(TextRequestError):
    """A 200 response that rejects the message (vendor). response: a Message or a PostMessageResponse."""

    def __init__(self, message: str, *, response: Any = None) -> None:
        self.response = response
        super().__init__(message)


class SendOutcomeUnknownError(TextRequestError):
    """A message may or may not have been sent. The request was not retried.

    Call `reconcile()` before sending the message again. The error is also an instance of the class for
    its cause: APITimeoutError, APIConnectionError, ServerError, another APIStatusError, or
    UnexpectedResponseError. reconciliation: why the outcome is still unknown, if the send had the
    argument if_unknown, or None.
    """

    reconciliation: Reconciliation | None = None
    _look_up: Callable[[float], Any] | None = None

    def reconcile(self, *, settle: float = SETTLE) -> ReconciliationResult:
        """Look the message up in the conversation; await it with the async client.

        settle: seconds after the attempt until a message that is not recorded counts as not sent. The
        conversation is polled until then, or until the message is found. Returns a Reconciliation:
        `sent` with the message, `not_sent`, or `unknown`. docs/sending.md describes the limits.

        Raises ConfigurationError if the error was pickled or copied, or if it is not of a send with
        `messages`; InvalidArgumentError for invalid seconds.
        """
        if self._look_up is None:
            raise ConfigurationError("reconcile: call it on the original error of a send with messages")
        result: ReconciliationResult = self._look_up(settle)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        restore, (kind, arguments, state) = super().__reduce__()
        return restore, (kind, arguments, {**state, "_look_up": None})


class MessageNotSentError(TextRequestError):
    """A message was not sent, as `reconciliation` proves. `__cause__` is the SendOutcomeUnknownError."""

    reconciliation: Reconciliation | None = None


class SendTimeoutError(SendOutcomeUnknownError, APITimeoutError):
    """A send received no response in time."""


class SendConnectionError(SendOutcomeUnknownError, APIConnectionError):
    """The connection failed after a send may have reached the service."""


class SendServerError(SendOutcomeUnknownError, ServerError):
    """A send received a 5xx response."""


class SendStatusError(SendOutcomeUnknownError, APIStatusError):
    """A send received a status that does not refuse it: 408, 1xx, or a redirect other than 301, 307 and 308."""


class SendUnreadableError(SendOutcomeUnknownError, UnexpectedResponseError):
    """The response to a send could not be parsed."""


class WebhookError(TextRequestError):
    """A webhook delivery is not genuine or not readable."""


class SignatureMissingError(WebhookError):
    """The delivery has no signature or no timestamp header."""


class SignatureMismatchError(WebhookError):
    """The signature does not match the body and the API key."""


class TimestampError(WebhookError):
    """The timestamp of the delivery is not a number, or too far from the current time."""


class PayloadError(WebhookError):
    """The body of the delivery is not a JSON object."""
