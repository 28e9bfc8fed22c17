"""The encoding of a text message and its segments (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from textrequest_ext.errors import UnexpectedArgumentError

# The default alphabet in the order of its codes, 0x00 to 0x7F. 0x1B is the escape code and no character.
# 0x09 is the capital letter as in the standard; the mapping file of Unicode has the small one there.
GSM7_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# The extension table. Each of its characters is sent as two septets, the escape code first.
GSM7_EXTENSION = "\f^{}\\[~]|€"

_SEPTETS = {**dict.fromkeys(GSM7_BASIC, 1), **dict.fromkeys(GSM7_EXTENSION, 2)}
# Units in a single message, and in each segment of a longer one, which begins with a header of 6 bytes.
_GSM7_LIMITS = (160, 153)
_UCS2_LIMITS = (70, 67)


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is sent and billed.

    encoding: "GSM-7", or "UCS-2" if a character is not in the GSM alphabet. units: the length, in septets
    or UTF-16 code units; some characters take two. segments: the number of messages that are billed.
    ucs2_characters: the characters that are not in the GSM alphabet, each once, in order of appearance.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    ucs2_characters: tuple[str, ...] = ()


def segments(body: str) -> Segments:
    """How a text is sent: its encoding, length, number of segments, and the characters that force UCS-2.

    Counts as 3GPP TS 23.038 and 23.040 define it: one segment has up to 160 septets in GSM-7 or 70 units in
    UCS-2, each segment of a longer text 153 or 67. A character that takes two units is never split. An
    empty text is one segment. Carriers and the service may count differently; nothing is documented.

    Raises UnexpectedArgumentError if the body is not a str.
    """
    if not isinstance(body, str):
        raise UnexpectedArgumentError("body", f"must be a str, not {type(body).__name__}")
    others = tuple(character for character in dict.fromkeys(body) if character not in _SEPTETS)
    if others:
        units, count = _pack([1 + (character > "\uffff") for character in body], *_UCS2_LIMITS)
        return Segments("UCS-2", units, count, others)
    return Segments("GSM-7", *_pack([_SEPTETS[character] for character in body], *_GSM7_LIMITS))


def _pack(widths: Iterable[int], single: int, multiple: int) -> tuple[int, int]:
    """The sum of the widths of characters, and the number of segments they need."""
    units, count, used = 0, 1, 0
    for width in widths:
        units += width
        if used + width > multiple:
            count, used = count + 1, 0
        used += width
    return units, 1 if units <= single else count
