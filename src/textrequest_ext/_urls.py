"""URLs."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_http_url(value: object) -> bool:
    """Whether the value is an http or https URL with a host, and nothing that no URL contains."""
    if not isinstance(value, str) or any(character <= " " or character == "\x7f" for character in value):
        return False
    try:
        parts = urlsplit(value)
        value.encode()
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
