"""Remove personal data and secrets from what the service says, before an error shows it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from textrequest_ext.errors import without_secrets

_WORD = re.compile(r"\w+")
MAX_LENGTH = 300
# Shorter words are part of ordinary language; a longer one can be recognized even if it is cut off.
_MIN_LENGTH = 3
_MIN_PREFIX = 4


class Mask:
    """Masks the API key, phone numbers, and every word that the request sent.

    The service quotes what it rejects: whole, cut off, in capitals, or with HTML entities.
    """

    def __init__(self, request: httpx.Request, api_key: str) -> None:
        self._api_key = re.compile(re.escape(api_key), re.IGNORECASE) if api_key else None
        self._words = {word for text in _texts(_body(request)) for word in _words(text)}

    def __call__(self, text: str) -> str:
        """The text on one line, masked, at most 300 characters."""
        plain = " ".join(html.unescape(text).split())
        if self._api_key is not None:
            plain = self._api_key.sub("[key]", plain)
        if self._words:
            plain = _WORD.sub(self._masked, plain)
            plain = re.sub(r"\[text\](?:\W+\[text\])+", "[text]", plain)
        return without_secrets(plain)[:MAX_LENGTH]

    def _masked(self, match: re.Match[str]) -> str:
        word = match[0].casefold()
        if len(word) < _MIN_LENGTH:
            return match[0]
        sent = word in self._words or (
            len(word) >= _MIN_PREFIX and any(longer.startswith(word) for longer in self._words)
        )
        return "[text]" if sent else match[0]


def _body(request: httpx.Request) -> Any:
    try:
        return json.loads(request.read())
    except (httpx.StreamError, ValueError, RuntimeError, RecursionError):
        return None


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(html.unescape(text)):
        if len(word) >= _MIN_LENGTH:
            yield word.casefold()
