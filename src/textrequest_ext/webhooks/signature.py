"""Who sent a delivery, and when: the signature over its raw body and its timestamp.

The scheme is the one of the vendor's example repository; the published document does not describe it.
"""

from __future__ import annotations

import base64
import hmac
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


def sign(body: bytes, *, api_key: str, timestamp: int | str) -> str:
    """The signature of a delivery: for tests, and for programs that stand in for the service.

    body: the bytes that are sent. timestamp: Unix seconds, exactly as the header has them. Comes back
    as padded Base64 of the HMAC-SHA256, keyed with the API key, over timestamp, a dot and the body.
    """
    digest = hmac.digest(_utf8(_keys(api_key)[0]), _utf8(f"{timestamp}.") + body, "sha256")
    return base64.b64encode(digest).decode("ascii")


def verify(
    body: Body,
    headers: Headers,
    *,
    api_key: str | Sequence[str],
    tolerance: float | None = 300,
    now: float | datetime | None = None,
) -> None:
    """Return if the delivery is genuine and recent; raise if it is not.

    body: as it came in, before any JSON parsing; a string is taken as UTF-8. headers: a mapping or
    name and value pairs, names in any case, as bytes, or as WSGI spells them (HTTP_X_TR_...).
    api_key: the key, or several while one replaces another; the signature may be made with any.
    tolerance: seconds the timestamp may lie before or after now; the vendor's example has 300. None
    takes a delivery of any age, so that whoever has recorded one can repeat it for ever. now: Unix
    seconds or an aware datetime in place of the clock.

    Raises SignatureMissingError without both headers, SignatureMismatchError, TimestampError for
    a timestamp that is no whole number or not within the tolerance, and InvalidArgumentError, which
    is no WebhookError, for arguments that could not verify anything.
    """
    content, keys, moment = as_bytes(body), _keys(api_key), _seconds(now)
    if tolerance is not None and not (isinstance(tolerance, int | float) and tolerance >= 0):
        raise InvalidArgumentError("tolerance", "seconds, 0 or more, or None for no limit")
    signature, timestamp = _find(headers, SIGNATURE_HEADER, TIMESTAMP_HEADER)
    if not signature or not timestamp:
        missing = TIMESTAMP_HEADER if signature else SIGNATURE_HEADER
        raise SignatureMissingError(f"the delivery has no header {missing}")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise TimestampError(f"{TIMESTAMP_HEADER} is not a number of Unix seconds")
    # Every key is tried, so that the time taken does not tell which one fits.
    matches = [
        hmac.compare_digest(_utf8(sign(content, api_key=key, timestamp=timestamp)), _utf8(signature))
        for key in keys
    ]
    if not any(matches):
        raise SignatureMismatchError("the signature is not the one the API key makes over this body")
    if tolerance is not None and not abs(moment - int(timestamp)) <= tolerance:
        raise TimestampError(f"the delivery was signed more than {tolerance:g} seconds from now")


def as_bytes(body: Body) -> bytes:
    """The raw body; raises UnexpectedArgumentError for one that has been parsed already."""
    if isinstance(body, str):
        return _utf8(body)
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    raise UnexpectedArgumentError(
        "body", f"pass the raw body, the bytes as they came in, not {type(body).__name__}"
    )


def _utf8(text: str) -> bytes:
    # A lone surrogate would raise an error that holds the text.
    return text.encode("utf-8", "surrogatepass")


def _keys(api_key: str | Sequence[str]) -> list[str]:
    several = isinstance(api_key, Iterable) and not isinstance(api_key, str)
    keys: list[Any] = list(api_key) if several else [api_key]
    if keys and all(isinstance(key, str) and key.strip() for key in keys):
        return keys
    raise InvalidArgumentError("api_key", "a key as text, or a list of them, none of them empty")


def _seconds(now: float | datetime | None) -> float:
    if now is None:
        return time.time()
    if isinstance(now, datetime) and now.utcoffset() is not None:
        return now.timestamp()
    if isinstance(now, int | float):
        return now
    raise InvalidArgumentError("now", "Unix seconds, or a datetime with a time zone")


def _find(headers: Any, *names: str) -> list[str | None]:
    """The first header of each name, whichever way the name is spelled."""
    found: dict[str, str] = {}
    try:
        for key, value in headers.items() if hasattr(headers, "items") else headers:
            name = _text(key).lower().replace("_", "-").removeprefix("http-")
            if name in names:
                found.setdefault(name, _text(value).strip())
    except (TypeError, ValueError):
        raise UnexpectedArgumentError("headers", "a mapping, or pairs of a name and a value") from None
    return [found.get(name) for name in names]


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
