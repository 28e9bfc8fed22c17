"""From a failed request to the error that is raised for it."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

import httpx

from textrequest_ext import errors
from textrequest_ext._http.logs import NUMBERS
from textrequest_ext._http.reading import ResponseTooLarge
from textrequest_ext._http.retry_policy import NOT_SENT

# What the documentation of the service advises.
_HINTS = {
    ("contacts_delete", 400): "a contact with message history cannot be deleted; archive or suppress it",
    ("webhooks_create", 409): (
        "a webhook with this event and URL exists already; list the webhooks, or use webhooks.ensure"
    ),
}
_HINT_401 = "check the API key; the web app shows it under Integrations, API"

UNKNOWN_HINT = "the text may have been sent, and was not sent again"


class RequestInfo(NamedTuple):
    """What errors and log records may tell about a request.

    name: of the operation, or empty. path: a template, since a complete path may contain a phone
    number. sends_text: whether a person receives a text.
    """

    method: str
    path: str
    name: str
    sends_text: bool

    @classmethod
    def of(cls, request: httpx.Request) -> RequestInfo:
        operation = request.extensions.get("textrequest_api")
        return cls(
            request.method,
            getattr(operation, "path", None) or NUMBERS.sub("{number}", request.url.path),
            getattr(operation, "name", ""),
            getattr(operation, "sends_text", False),
        )


def status_error(
    request: httpx.Request,
    response: httpx.Response,
    retry_after: float | None,
    attempts: int,
    api_key: str,
) -> errors.APIStatusError:
    """The error for a response whose status is not 2xx."""
    info = RequestInfo.of(request)
    status = response.status_code
    body, code, message = _read_error(request, response, api_key)
    error_class = (
        errors.ServerError if status >= 500 else errors.CLASS_OF_STATUS.get(status, errors.APIStatusError)
    )
    if info.sends_text and error_class is errors.ServerError:
        error_class = errors.SendServerError
    elif info.sends_text and _is_silent(status):
        error_class = errors.SendStatusError
    unknown = issubclass(error_class, errors.SendOutcomeUnknownError)
    return error_class(
        status_code=status,
        code=code,
        message=message,
        body=body,
        retry_after=retry_after,
        method=info.method,
        path=info.path,
        attempts=attempts,
        hint=UNKNOWN_HINT if unknown else _HINT_401 if status == 401 else _HINTS.get((info.name, status)),
        request_id=response.headers.get("x-request-id"),
    )


def _is_silent(status: int) -> bool:
    """Whether a status does not say that the request was refused.

    After 302 and 303, the response to a request that was processed is elsewhere. 301, 307 and 308 say that
    the request itself belongs elsewhere.
    """
    return status == 408 or status < 200 or (300 <= status < 400 and status not in (301, 307, 308))


def request_error(
    request: httpx.Request, cause: Exception, attempts: int, total: float | None = None
) -> errors.TextRequestError:
    """The error for a request without a usable response.

    total: the limit in seconds for the whole call, if it was reached.
    """
    info = RequestInfo.of(request)
    where = f"{info.method} {info.path}"
    unknown = info.sends_text and not isinstance(cause, NOT_SENT)
    hint = f"; {UNKNOWN_HINT}" if unknown else ""
    if isinstance(cause, ResponseTooLarge | httpx.DecodingError):
        unreadable = errors.SendUnreadableError if unknown else errors.UnexpectedResponseError
        reason = str(cause) if isinstance(cause, ResponseTooLarge) else "the body cannot be decompressed"
        return unreadable(f"{where}: {reason}{hint}", method=info.method, path=info.path)
    timed_out = isinstance(cause, httpx.TimeoutException)
    error_class: type[errors.APIConnectionError] = (
        errors.APITimeoutError if timed_out else errors.APIConnectionError
    )
    if unknown:
        error_class = errors.SendTimeoutError if timed_out else errors.SendConnectionError
    limit = f", after the {total:g} seconds for the whole call" if total is not None else ""
    text = f"{where}: no response ({_reason(cause)}{limit}){hint}"
    return error_class(text, method=info.method, path=info.path, attempts=attempts)


def _reason(cause: BaseException) -> str:
    """The name of an exception, and what the system says about it, such as "Connection refused".

    The messages of exceptions are not shown, because they can contain what was sent.
    """
    import socket
    import ssl

    name = type(cause).__name__
    inner: BaseException | None = cause
    while inner is not None:
        match inner:
            case socket.gaierror():
                return f"{name}: the name of the host cannot be resolved"
            case ssl.SSLCertVerificationError():
                return f"{name}: the certificate of the server is not valid"
            case ssl.SSLError():
                return f"{name}: TLS could not be established"
            case OSError(errno=int(number)) if number > 0:
                return f"{name}: {os.strerror(number)}"
            case BaseExceptionGroup(exceptions=(first, *_)):  # of all addresses of a host
                inner = first
            case _:
                inner = inner.__cause__
    return name


def _read_error(
    request: httpx.Request, response: httpx.Response, api_key: str
) -> tuple[Any, str | None, str | None]:
    """Body, code and message of an error response, in any of the three documented shapes or none.

    Code and message become part of texts that are printed and logged, so secrets are masked.
    """
    # Not response.text: the charset that a response declares can be one that does not decode text.
    text = response.content.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text or None, None, None
    if not isinstance(body, dict):
        return body, None, None
    code = next((body[key] for key in ("errorCode", "error_code") if body.get(key) is not None), None)
    message = next(
        (body[key] for key in ("message", "error_message") if isinstance(body.get(key), str)), None
    )
    from textrequest_ext._http.masking import Mask  # not needed unless there is an error

    mask = Mask(request, api_key)
    return (
        body,
        mask(str(code)) if isinstance(code, str | int) else None,
        mask(message) if message else None,
    )
