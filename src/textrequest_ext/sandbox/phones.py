"""Phone numbers as the service takes and echoes them: 10 or 11 digits in, 11 digits out (live)."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?:\+?1)?([0-9]{10})")


def normalized(text: str) -> str | None:
    """The number as 11 digits, or None if it is not a North American number.

    A plus sign is taken only before the country code; punctuation is not taken.
    """
    found = _NUMBER.fullmatch(text)
    return f"1{found[1]}" if found else None
