"""Remove personal data and secrets from what the service says, before an error shows it."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import httpx

from textrequest_ext.errors import without_secrets

_WORD = re.compile(r"\w+")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_NOT_SPACES = re.compile(r"\S+")
MAX_LENGTH = 300
# Shorter words are part of ordinary language; a part of a longer one can be recognized.
_MIN_LENGTH = 3
_MIN_PART = 4
_LONG_PART = 6
# Words with so many characters, or letters and digits, of the key in a row are masked.
_KEY_PART = 8
# Only the first 300 characters of what is left are shown.
_MAX_READ = 20_000
# A shorter value in a path or a query is an id or a page number.
_MIN_DIGITS = 7


class Mask:
    """Masks the API key, phone numbers, and every word that the request sent.

    The service quotes what it rejects: whole, cut off, in capitals, encoded for HTML, URLs or JSON.
    """

    def __init__(self, request: httpx.Request, api_key: str) -> None:
        self._key_forms = _forms(api_key)
        self._key_cuts = set(_parts(api_key.lower(), _KEY_PART))
        self._key_parts = {
            part for form in _letters_and_digits_of(api_key) for part in _parts(form, _KEY_PART)
        }
        self._words = {word for text in _texts_of(request) for word in _words(text)}
        self._parts = {part for word in self._words for part in _parts(word)}

    def __call__(self, text: str) -> str:
        """The text on one line, masked, at most 300 characters."""
        text = self._without_key(text[:_MAX_READ])
        plain = self._without_key(" ".join(_decoded(text).split()))
        if self._words:
            plain = _WORD.sub(self._masked, plain)
            plain = re.sub(r"\[text\](?:\W+\[text\])+", "[text]", plain)
        return without_secrets(plain)[:MAX_LENGTH]

    def _without_key(self, text: str) -> str:
        for form in self._key_forms:
            text = form.sub("[key]", text)
        # The comparison omits what separates the parts of a key, as in sk_l-ive1-2345.
        places = [at for at, character in enumerate(text) if character.isascii() and character.isalnum()]
        plain = "".join(text[at] for at in places).lower()
        shown = {
            place
            for at, part in enumerate(_parts(plain, _KEY_PART))
            if part in self._key_parts
            for place in places[at : at + _KEY_PART]
        }

        def masked(word: re.Match[str]) -> str:
            is_cut = any(part in self._key_cuts for part in _parts(word[0].lower(), _KEY_PART))
            return "[key]" if is_cut or not shown.isdisjoint(range(*word.span())) else word[0]

        return re.sub(r"\[key\](?:\s+\[key\])+", "[key]", _NOT_SPACES.sub(masked, text))

    def _masked(self, match: re.Match[str]) -> str:
        word = match[0].casefold()
        if len(word) < _MIN_LENGTH:
            return match[0]
        sent = (
            word in self._words
            or any(
                word in other or other in word
                for other in self._words
                if min(len(word), len(other)) >= _MIN_PART
            )
            or not self._parts.isdisjoint(_parts(word))
        )
        return "[text]" if sent else match[0]


def _parts(word: str, length: int = _LONG_PART) -> Iterator[str]:
    """All parts of a long word: one of them in another word is no coincidence."""
    return (word[at : at + length] for at in range(len(word) - length + 1))


def _letters_and_digits_of(api_key: str) -> Iterator[str]:
    """The key, in hex and in base64 too, without other characters and in lower case."""
    key = api_key.encode()
    yield from (_plain(api_key), key.hex())
    for before in range(3):  # what stands before a key decides how it looks in base64
        encoded = base64.b64encode(bytes(before) + key).decode()
        yield _plain(encoded[4 if before else 0 : -4])


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).lower()


def _forms(api_key: str) -> list[re.Pattern[str]]:
    """The forms in which a key can be quoted."""
    encoded = base64.b64encode(api_key.encode()).decode().rstrip("=")
    forms = (api_key, html.escape(api_key), quote(api_key, safe=""), json.dumps(api_key)[1:-1], encoded)
    return [re.compile(re.escape(form), re.IGNORECASE) for form in dict.fromkeys(forms)]


def _decoded(text: str) -> str:
    """The text without the encodings of HTML, URLs and JSON, in one form of Unicode."""
    text = _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    text = html.unescape(html.unescape(unquote(text)))
    return unicodedata.normalize("NFC", text)


def _texts_of(request: httpx.Request) -> Iterator[str]:
    """What a request contains: the texts of a JSON body, and the values in the query and the path."""
    if isinstance(request.stream, httpx.ByteStream):
        with suppress(ValueError, RecursionError):
            yield from _texts(json.loads(request.content))
    for value in request.url.params.values():
        if not value.isdigit() or len(value) >= _MIN_DIGITS:
            yield value
    template = getattr(request.extensions.get("textrequest_api"), "path", "")
    known = set(template.split("/"))
    for part in request.url.path.split("/"):
        if part not in known and len(part) >= _MIN_DIGITS:
            yield part


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
    for word in _WORD.findall(_decoded(text)):
        if len(word) >= _MIN_LENGTH:
            yield word.casefold()
