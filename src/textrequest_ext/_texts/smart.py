"""Typographic characters that are replaced to make a text fit into GSM-7."""

from __future__ import annotations

import re
from dataclasses import dataclass

from textrequest_ext._texts.segments import segments

# Only characters whose replacement does not change what a text says. Letters with accents that GSM-7 does
# not have are no such characters: without the accent, a name is misspelled.
REPLACEMENTS = {
    **dict.fromkeys(
        "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02c8\u00b4\u0060\u2039\u203a", "'"
    ),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2022", "-"),
    **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
    **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
    **dict.fromkeys("\x85\u2028", "\n"),
    "\u2029": "\n\n",
    # Invisible: zero width space, word joiner, byte order mark, soft hyphen. Not the joiners, which change
    # the letters and emoji around them.
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
    "\u2024": ".",
    "\u2025": "..",
    "\u2026": "...",
    "\u2044": "/",
}
# A letter with combining marks, as some systems write the accented letters that GSM-7 has as one character.
_CANDIDATES = re.compile(f"[A-Za-z][\u0300-\u036f]+|[{re.escape(''.join(REPLACEMENTS))}]")


@dataclass(frozen=True, slots=True)
class Replacement:
    """One change of a text. index: its position in the original text. original: what was there, one
    character or a letter with combining marks. replacement: what is there now; it may be empty."""

    index: int
    original: str
    replacement: str


@dataclass(frozen=True, slots=True)
class SmartText:
    """A text in GSM-7 where that was possible. body: the text. changes: what was replaced, in order."""

    body: str
    changes: tuple[Replacement, ...] = ()


def smart_text(body: str) -> SmartText:
    """Replace typographic characters that force UCS-2, so that the text takes fewer segments.

    Curly quotes, long dashes, ellipses, bullets, non-breaking and other special spaces, and tabs get their
    plain equivalents; a letter and its combining accent become one character if GSM-7 has it. Nothing else
    is changed. The body is returned as it is if other characters, such as emoji, force UCS-2 anyway, or if
    the change would not keep or lower the number of segments.

    Raises UnexpectedArgumentError if the body is not a str.
    """
    before = segments(body)
    if not before.ucs2_characters:
        return SmartText(body)
    changed = _CANDIDATES.sub(lambda match: _replacement(match[0]), body)
    after = segments(changed)
    if after.ucs2_characters or after.segments > before.segments:
        return SmartText(body)
    found = _CANDIDATES.finditer(body)
    return SmartText(changed, tuple(Replacement(one.start(), one[0], _replacement(one[0])) for one in found))


def _replacement(original: str) -> str:
    if len(original) == 1:
        return REPLACEMENTS[original]
    from unicodedata import normalize

    return normalize("NFC", original)
