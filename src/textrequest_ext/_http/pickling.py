"""Pickle a client as its settings."""

from __future__ import annotations

import base64
import json
import pickle
from typing import Any

from textrequest_ext.errors import ConfigurationError


def check_picklable(options: dict[str, Any]) -> None:
    """Raise ConfigurationError for the first option of a client that pickle rejects."""
    for name, value in options.items():
        try:
            pickle.dumps(value)
        except Exception as error:
            raise ConfigurationError(
                f"{name}: cannot be pickled, and neither can a client with it ({type(error).__name__}); "
                "use functions and classes of a module, or create the client in each process"
            ) from error


def encode_secrets(*values: Any) -> bytes:
    """Encode values of JSON so that a printed pickle does not show them. This is not encryption."""
    return base64.b85encode(json.dumps(values).encode())


def decode_secrets(encoded: bytes) -> list[Any]:
    """The values that `encode_secrets` encoded."""
    return json.loads(base64.b85decode(encoded))  # type: ignore[no-any-return]
