"""Replace personal data in a recording: phone numbers, names, texts and URLs.

Within one cassette, equal values get equal placeholders, so that its requests and responses stay consistent.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote

PHONE_NUMBER = re.compile(r"(?<![0-9A-Za-z-])(?:\+?1)?[2-9]\d{9}(?![0-9A-Za-z-])")
FICTIONAL = re.compile(r"^1?55555501\d\d$")
TEXT_FIELDS = frozenset(
    [
        "first_name",
        "last_name",
        "display_name",
        "name",
        "note",
        "notes",
        "body",
        "message",
        "description",
        "suppressed_reason",
        "recipient",
        "reviewer_name",
        "review_message",
        "response_message",
        "resopnse_message",
        "sender_name",
        "response_by_username",
        "customer_friendly_name",
        "keyword_value",
        "response",
        "tag",
        "reference_number",
        "campaign_name",
    ]
)
URL_FIELDS = frozenset(["target_url", "url", "base_link", "status_callback", "location_callback", "email"])


class Scrubber:
    """The placeholders of one cassette, numbered in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def number(self, digits: str) -> str:
        """A fictional phone number with the same number of digits."""
        national = digits[-10:]
        if FICTIONAL.match(national):
            return digits
        placeholder = self._numbers.setdefault(national, f"55555501{len(self._numbers) % 100:02d}")
        return digits[: len(digits) - 10] + placeholder

    def text(self, text: str) -> str:
        """The text with its phone numbers replaced."""
        return PHONE_NUMBER.sub(lambda match: self.number(match.group()), text)

    def url(self, url: str) -> str:
        """The path and query of a URL with the phone numbers replaced; the encoding is kept."""
        return re.sub(
            r"[^/?&=:#]+",
            lambda part: quote(self.text(unquote(part.group())), safe="[],+@!$'()*;~.-_%"),
            url,
        )

    def value(self, value: Any, key: str = "") -> Any:
        """A JSON value with the personal data replaced."""
        if isinstance(value, dict):
            return {name: self.value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str) and value:
            if key in URL_FIELDS or value.startswith(("http://", "https://")):
                return value if "example.com" in value else f"https://example.com/{self._placeholder(value)}"
            if key in TEXT_FIELDS:
                return self._placeholder(value)
            return self.text(value)
        return value

    def _placeholder(self, value: str) -> str:
        return self._texts.setdefault(value, f"word-{len(self._texts) + 1}")

    def body(self, body: bytes) -> bytes:
        """A request or response body. In a body that is not JSON, only phone numbers are replaced."""
        try:
            value = json.loads(body)
        except ValueError:
            return self.text(body.decode("utf-8", "replace")).encode()
        return json.dumps(self.value(value), separators=(",", ":")).encode()
