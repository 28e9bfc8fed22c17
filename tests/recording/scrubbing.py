"""Take out of a recording what must not be kept: keys, numbers, names, texts, and where it came from.

The same value becomes the same stand-in throughout one cassette, so that a recording still fits together.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote

NUMBER = re.compile(r"(?<![0-9A-Za-z-])(?:\+?1)?[2-9]\d{9}(?![0-9A-Za-z-])")
OURS = re.compile(r"^1?55555501\d\d$")
WORDS = frozenset(
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
ADDRESSES = frozenset(["target_url", "url", "base_link", "status_callback", "location_callback", "email"])


class Scrubber:
    """Stand-ins for one cassette, in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def number(self, digits: str) -> str:
        """A number of the fictional range, with as many digits."""
        plain = digits[-10:]
        if OURS.match(plain):
            return digits
        stand_in = self._numbers.setdefault(plain, f"55555501{len(self._numbers) % 100:02d}")
        return digits[: len(digits) - 10] + stand_in

    def text(self, text: str) -> str:
        """The text with its phone numbers replaced."""
        return NUMBER.sub(lambda found: self.number(found.group()), text)

    def address(self, address: str) -> str:
        """The path and query of an address, percent-encoded as they came, with numbers replaced."""
        return re.sub(
            r"[^/?&=:#]+",
            lambda part: quote(self.text(unquote(part.group())), safe="[],+@!$'()*;~.-_%"),
            address,
        )

    def value(self, value: Any, key: str = "") -> Any:
        """A JSON value with everything personal replaced."""
        if isinstance(value, dict):
            return {name: self.value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str) and value:
            if key in ADDRESSES or value.startswith(("http://", "https://")):
                return value if "example.com" in value else f"https://example.com/{self._word(value)}"
            if key in WORDS:
                return self._word(value)
            return self.text(value)
        return value

    def _word(self, value: str) -> str:
        return self._words.setdefault(value, f"word-{len(self._words) + 1}")

    def content(self, content: bytes) -> bytes:
        """A body: JSON by its fields, anything else by its numbers."""
        try:
            value = json.loads(content)
        except ValueError:
            return self.text(content.decode("utf-8", "replace")).encode()
        return json.dumps(self.value(value), separators=(",", ":")).encode()
