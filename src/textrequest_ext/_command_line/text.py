"""Text for a terminal: without control characters, and with phone numbers masked."""

from __future__ import annotations

import re

# Texts come from strangers: an escape sequence would control the terminal, a change of direction hide something.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"\+?\d(?:[\s().-]*\d){9,}")


def one_line(text: str) -> str:
    """The text in one line, without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def without_numbers(text: str) -> str:
    """The text with the last four digits of its phone numbers."""
    return _NUMBER.sub(lambda match: f"***{''.join(filter(str.isdigit, match[0]))[-4:]}", text)
