"""Whether a recorded message is the one that was sent.

The service stores a text in its own form: it replaces the tag for a location with a link, and may
change spaces, quotation marks or characters that a text message cannot contain. A text that differs by
such changes is the same one. A text that differs more, but might still be the result of a change that
is not documented, is similar: it proves nothing, and prevents that "not sent" is taken as proven.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from textrequest_ext._location import LOCATION_REQUEST_TAG

# A pattern with more links takes too long to match.
MAX_TAGS = 3
# Shared words, as a fraction of all words of both texts, from which texts are similar.
SIMILAR_WORDS = 0.5

_URL = re.compile(r"\S*://\S+")
_WORDS = re.compile(r"[0-9a-z]+")
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f"),
    }
)


Match = Literal["same", "similar", "other"]
"""How a recorded text compares to the text that was sent."""


class SentText:
    """A text as it was sent, to compare recorded texts with.

    media: the number of media attached. link_appended: whether the service was asked to append a link
    for sharing a location.
    """

    def __init__(self, body: str, *, media: int = 0, link_appended: bool = False) -> None:
        self.body = body
        self._media = media
        self._link_appended = link_appended and LOCATION_REQUEST_TAG not in body

    def compare(self, body: str | None, media: Sequence[str] | None = None) -> Match:
        """Compare a recorded body, None if it is hidden, and the media recorded with it."""
        if body is None:
            return "similar"  # redacted: it may be any text
        recorded = normalized(body)
        if self._is_same(recorded):
            return "same" if len(media or ()) == self._media else "similar"
        return "similar" if _similar(self._normalized, recorded) else "other"

    def equals(self, other: SentText) -> bool:
        """Whether both texts would be recorded in the same form."""
        return (self._normalized, self._link_appended) == (other._normalized, other._link_appended)

    @cached_property
    def _normalized(self) -> str:
        return normalized(self.body)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = self._normalized.split(LOCATION_REQUEST_TAG)
        if not 1 < len(parts) <= MAX_TAGS + 1:
            return None
        return re.compile(r"\w+://\S+".join(map(re.escape, parts)))

    def _is_same(self, recorded: str) -> bool:
        if self._link_appended:
            rest = recorded.removeprefix(self._normalized)
            return rest != recorded and _URL.search(rest) is not None
        if recorded == self._normalized:
            return True
        return self._pattern is not None and self._pattern.fullmatch(recorded) is not None


def normalized(text: str) -> str:
    """The text in one form: entities decoded, typographic characters as ASCII, one space between words."""
    import html
    import unicodedata

    plain = unicodedata.normalize("NFKC", html.unescape(text).translate(_TYPOGRAPHY))
    return " ".join(plain.translate(_TYPOGRAPHY).split())


def _similar(sent: str, recorded: str) -> bool:
    """Whether a recorded text might be the sent one, changed in a way that is not documented.

    Links are ignored: a service may shorten them. So are all characters but ASCII letters and digits,
    which a service may replace.
    """
    from difflib import SequenceMatcher

    texts = [_URL.sub(" ", text.replace(LOCATION_REQUEST_TAG, " ")).lower() for text in (sent, recorded)]
    ours, theirs = ("".join(_WORDS.findall(text)) for text in texts)
    letters = sum(character.isalnum() for character in texts[0])
    if len(ours) * 2 <= letters:
        return True  # what remains of the sent text is too little to compare
    if ours.startswith(theirs) or theirs.startswith(ours):
        return True  # cut off, or with an addition
    words = [_WORDS.findall(text) for text in texts]
    return SequenceMatcher(None, words[0], words[1], autojunk=False).ratio() >= SIMILAR_WORDS
