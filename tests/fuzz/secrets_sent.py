"""What the requests of the campaigns contain, and the check that no error shows any of it."""

from __future__ import annotations

import pickle
import re
import traceback

from textrequest_ext import TextRequestError

KEY = "fuzz-Key_8842-Zq7731"
SENDER = "15555550100"
NUMBER = "15555550123"
TEXT = "Zebrafinch Quokkawallaby müßiggängerisch 你好世界朋友 Xylophonist"
# Parts, because the service may cut a text off. casefold() also covers capitals.
_WORDS = [word[:6].casefold() for word in TEXT.split()]
_KEYS = [KEY.casefold()[at : at + 8] for at in range(len(KEY) - 7)]
_NUMBERS = [SENDER[1:], NUMBER[1:]]
_SEPARATORS = re.compile(r"[\s().+-]")


def quotes() -> list[str]:
    """What a service may write into an error, or any other text."""
    number = f"+1 ({NUMBER[1:4]}) {NUMBER[4:7]}-{NUMBER[7:]}"
    return [
        *(TEXT, TEXT.upper(), TEXT[:17], TEXT[4:40], TEXT.encode("ascii", "xmlcharrefreplace").decode()),
        *(NUMBER, NUMBER[1:], number, SENDER, f"{number[3:]};ext=5"),
        *(KEY, KEY.upper(), KEY[:12], f"key={KEY}", f"<b>{KEY}</b>"),
        f"Message '{TEXT}' to {NUMBER} was refused for the key {KEY}.",
    ]


def found_in(text: str, *, text_was_sent: bool = True) -> str | None:
    """The first secret in a text, or None. A word is one only if the request contained it."""
    folded = text.casefold()
    digits = _SEPARATORS.sub("", text)
    for part in (*(_WORDS if text_was_sent else ()), *_KEYS):
        if part in folded:
            return part
    return next((number for number in _NUMBERS if number in digits), None)


def check_error(error: TextRequestError, *, text_was_sent: bool = True) -> None:
    """Fail if the error shows anything that was sent, or cannot be pickled."""
    pickled = pickle.dumps(error)
    restored = pickle.loads(pickled)
    assert type(restored) is type(error)
    assert str(restored) == str(error)
    shown = {
        "str": str(error),
        "repr": repr(error),
        "args": repr(error.args),
        "pickle": pickled.decode("utf-8", "replace"),
        "escaped pickle": repr(pickled),
        "report": "".join(traceback.format_exception_only(error)),
        **{
            name: str(value)
            for name, value in vars(error).items()
            if name not in ("body", "content", "response")
        },
    }
    for name, text in shown.items():
        secret = found_in(text, text_was_sent=text_was_sent)
        assert secret is None, f"{name} of {type(error).__name__} shows {secret!r}: {text[:500]!r}"
