"""JSON as the service writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


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
