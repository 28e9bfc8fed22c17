"""Checks of arguments. Each raises ValueError with a message that names the argument."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from textrequest_ext.sandbox._account.phone_numbers import normalize
from textrequest_ext.sandbox._account.timestamps import parse_utc
from textrequest_ext.sandbox._contract import is_uri


def require_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name}: {value!r} is not text")


def require_api_key(value: object) -> None:
    if not isinstance(value, str) or not value.strip() or not (value.isascii() and value.isprintable()):
        raise ValueError("api_key: must be text that can be the value of a header, and not be empty")


def require_whole_number(name: str, value: object, maximum: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: {value!r} is not a whole number")
    if maximum is not None and not 0 <= value <= maximum:
        raise ValueError(f"{name}: {value} is not between 0 and {maximum}")


def require_instance(name: str, value: object, kind: type, description: str) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{name}: {value!r} is not {description}")


def require_function(name: str, value: object) -> None:
    if not callable(value):
        raise ValueError(f"{name}: {value!r} is not a function")


def require_optional_text(name: str, value: object) -> None:
    if value is not None:
        require_text(name, value)


def require_urls(name: str, values: Sequence[object]) -> list[str]:
    """Returns the values as a list. A single text is not a list of URLs."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ValueError(f"{name}: {values!r} is not a list of URLs")
    urls = []
    for value in values:
        if not isinstance(value, str) or not is_uri(value):
            raise ValueError(f"{name}: {value!r} is not a URL")
        urls.append(value)
    return urls


def require_number_within(name: str, value: object, limit: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit:
        return float(value)
    raise ValueError(f"{name}: {value!r} is not a number between -{limit} and {limit}")


def require_timeout(value: object) -> float:
    """Returns a timeout in seconds."""
    maximum = threading.TIMEOUT_MAX
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= maximum:
        return float(value)
    raise ValueError(f"timeout: {value!r} is not a number of seconds between 0 and {maximum:.0f}")


def require_timestamp(name: str, value: object) -> None:
    if value is None:
        return
    try:
        if isinstance(value, str):
            parse_utc(value)
            return
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name}: {value!r} is not an ISO 8601 timestamp")


def require_phone_number(name: str, value: object) -> str:
    """Returns the number as 11 digits."""
    number = normalize(value) if isinstance(value, str) else None
    if number is None:
        raise ValueError(f"{name}: {value!r} is not a North American number of 10 or 11 digits")
    return number
