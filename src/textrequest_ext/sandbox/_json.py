"""JSON: decodes request bodies strictly and encodes responses as the service does."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 100
MAX_DIGITS = 19  # enough for every 64-bit integer
_TOO_DEEP = f"is not JSON that can be decoded: more than {MAX_DEPTH} levels deep"


class _LimitError(ValueError):
    """A value is JSON and exceeds a limit."""


def decode(body: bytes) -> Any:
    """Decodes a request body. Its values can be encoded as JSON again, unlike those of json.loads().

    Raises ValueError with a message that continues "the body": for invalid JSON, NaN, Infinity, a number out
    of range, a lone surrogate, and more than 100 levels.
    """
    try:
        # json.loads() accepts encoded surrogates in bytes.
        text = body.decode(json.detect_encoding(body))
        value = json.loads(
            text, parse_constant=_reject_constant, parse_float=_parse_float, parse_int=_parse_int
        )
        if text.count("[") + text.count("{") > MAX_DEPTH and _is_too_deep(value):
            raise _LimitError(_TOO_DEEP)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # fails for a lone surrogate
    except _LimitError:
        raise
    except RecursionError:
        raise _LimitError(_TOO_DEEP) from None
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None
    return value


def encode(value: Any) -> bytes:
    """The value as compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True)
class EncodedObject:
    """An object as the dict that is validated and the bytes that are sent, both built from the same state."""

    payload: dict[str, Any]
    body: bytes

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> EncodedObject:
        return cls(payload, encode(payload))


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _LimitError(f"has a number that cannot be stored: {text} is out of range")
    return value


def _parse_int(text: str) -> int:
    if len(text.removeprefix("-")) > MAX_DIGITS:
        raise _LimitError(
            f"has a number that cannot be stored: {text[:10]}… has more than {MAX_DIGITS} digits"
        )
    return int(text)


def _is_too_deep(value: Any) -> bool:
    containers = [value]
    for _ in range(MAX_DEPTH):
        containers = [
            child
            for container in containers
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
        if not containers:
            return False
    return True
