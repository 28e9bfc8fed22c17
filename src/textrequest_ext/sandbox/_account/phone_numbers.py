"""Phone numbers: the service accepts 10 or 11 digits and returns 11 (live)."""

from __future__ import annotations

import re

_PHONE_NUMBER = re.compile(r"(?:\+?1)?([0-9]{10})")


def normalize(text: str) -> str | None:
    """Returns the number as 11 digits, or None if it is not a North American number.

    A plus sign is accepted before the country code only. Punctuation is not accepted.
    """
    match = _PHONE_NUMBER.fullmatch(text)
    return f"1{match[1]}" if match else None
