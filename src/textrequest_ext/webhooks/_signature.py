"""Verify the signature and the timestamp of a delivery.

The scheme is that of the vendor's example repository; the published API document does not describe it.
"""

from __future__ import annotations

import base64
import hmac
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from textrequest_ext.errors import (
    InvalidArgumentError,
    SignatureMismatchError,
    SignatureMissingError,
    TimestampError,
    UnexpectedArgumentError,
)

SIGNATURE_HEADER = "x-tr-webhook-signature"
TIMESTAMP_HEADER = "x-tr-webhook-timestamp"

Body: TypeAlias = bytes | bytearray | memoryview | str
Headers: TypeAlias = Mapping[str, Any] | Mapping[bytes, Any] | Iterable[tuple[str | bytes, Any]]


def sign(body: Body, *, api_key: str, timestamp: int | str) -> str:
    """Return the signature of a delivery, to test a webhook handler or to stand in for the service.

    body: the request body as it is sent; a str is encoded as UTF-8. api_key: the key that signs.
    timestamp: Unix time in seconds, exactly as in the timestamp header. The signature is the HMAC-SHA256,
    keyed with the API key, of the timestamp, a dot and the body, in Base64 with padding.
    """
    content, key = as_bytes(body), _keys(api_key)[0]
    try:
        prefix = str(timestamp) if isinstance(timestamp, int | str) else ""
    except ValueError:  # an int of more than 4,300 digits
        prefix = ""
    if not prefix:
        raise InvalidArgumentError("timestamp", "must be Unix time in seconds, such as int(time.time())")
    digest = hmac.digest(_utf8(key), _utf8(f"{prefix}.") + content, "sha256")
    return base64.b64encode(digest).decode("ascii")


def verify(
    body: Body,
    headers: Headers,
    *,
    api_key: str | Sequence[str],
    tolerance: float | None = 300,
    now: float | datetime | None = None,
) -> None:
    """Return None if a delivery is genuine and recent; raise otherwise.

    body: the raw request body, before any JSON parsing; a str is encoded as UTF-8.
    headers: a mapping or pairs of name and value. Names may be in any case, bytes, or WSGI variables
    (HTTP_X_TR_...).
    api_key: the API key, or several keys while you replace one; a signature by any of them is valid.
    tolerance: how many seconds the timestamp may be before or after now. The default is that of the
    vendor's example. None accepts a delivery of any age, so anyone who has recorded one can replay it.
    now: Unix time in seconds, or a datetime with a time zone, to use instead of the clock.

    Raises SignatureMissingError if one of the two headers is missing, SignatureMismatchError,
    TimestampError if the timestamp is not a whole number or not within the tolerance, and
    InvalidArgumentError, which is not a WebhookError, if an argument is not valid.
    """
    content, keys, moment = as_bytes(body), _keys(api_key), _seconds(now)
    limit = _number(tolerance)
    if tolerance is not None and (limit is None or not limit >= 0):
        raise InvalidArgumentError(
            "tolerance", "must be a number of seconds, at least 0, or None for no limit"
        )
    signature, timestamp = _find(headers, SIGNATURE_HEADER, TIMESTAMP_HEADER)
    if not signature or not timestamp:
        missing = TIMESTAMP_HEADER if signature else SIGNATURE_HEADER
        raise SignatureMissingError(f"the delivery has no header {missing}")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise TimestampError(f"{TIMESTAMP_HEADER} is not Unix time in seconds")
    # All keys are compared, so that the time taken does not show which of them matches.
    matches = [
        hmac.compare_digest(_utf8(sign(content, api_key=key, timestamp=timestamp)), _utf8(signature))
        for key in keys
    ]
    if not any(matches):
        raise SignatureMismatchError("the signature does not match the body and the API key")
    if limit is not None and not abs(moment - int(timestamp)) <= limit:
        raise TimestampError(f"the timestamp is more than {limit:g} seconds before or after the current time")


def as_bytes(body: Body) -> bytes:
    """Return the raw body as bytes; raise UnexpectedArgumentError if it has been parsed already."""
    if isinstance(body, str):
        return _utf8(body)
    try:
        if isinstance(body, bytes | bytearray | memoryview):
            return bytes(body)
    except ValueError:
        raise InvalidArgumentError("body", "must not be a memoryview that has been released") from None
    raise UnexpectedArgumentError(
        "body", f"pass the raw body of the request, as bytes or str, not {type(body).__name__}"
    )


def _utf8(text: str) -> bytes:
    # The error for a lone surrogate would hold the text.
    return text.encode("utf-8", "surrogatepass")


def _keys(api_key: str | Sequence[str]) -> list[str]:
    try:
        keys = [api_key] if isinstance(api_key, str) else list(api_key)
    except Exception:  # not an iterable, or one of the caller, which may raise anything
        keys = []
    if keys and all(isinstance(key, str) and key.strip() for key in keys):
        return keys
    raise InvalidArgumentError("api_key", "must be a key, or a list of keys, none of them empty")


def _seconds(now: float | datetime | None) -> float:
    if now is None:
        return time.time()
    moment = _number(now)
    if isinstance(now, datetime):
        try:
            moment = now.timestamp() if now.utcoffset() is not None else None
        except Exception:  # the tzinfo is the caller's, and may raise anything
            moment = None
    if moment is None or not math.isfinite(moment):
        raise InvalidArgumentError("now", "must be Unix time in seconds, or a datetime with a time zone")
    return moment


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None


def _find(headers: Any, *names: str) -> list[str | None]:
    """The first value of each header, however the name is spelled."""
    found: dict[str, str] = {}
    try:
        for key, value in headers.items() if hasattr(headers, "items") else headers:
            name = _text(key).lower().replace("_", "-").removeprefix("http-")
            if name in names and value is not None:
                found.setdefault(name, _text(value).strip())
    except Exception:  # a mapping of the caller may raise anything
        raise UnexpectedArgumentError(
            "headers", "must be a mapping, or pairs, of header names and values"
        ) from None
    return [found.get(name) for name in names]


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
