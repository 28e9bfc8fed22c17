"""The options max_segments and smart of a send."""

from __future__ import annotations

import logging
from typing import Any

from textrequest_ext.errors import InvalidArgumentError, MessageTooLongError, UnexpectedArgumentError

logger = logging.getLogger("textrequest_ext")


def text_to_send(body: str, max_segments: int | None, *, smart: bool | None) -> str:
    """The body to send.

    Raises MessageTooLongError if it has more segments than permitted, InvalidArgumentError for options
    that are not valid.
    """
    check_text_options(max_segments, smart=smart)
    if smart:
        body = _smart_body(body)
    if max_segments is not None:
        check_segments(body, max_segments)
    return body


def check_text_options(max_segments: Any, *, smart: Any) -> None:
    """Raise InvalidArgumentError for options that are not valid."""
    if smart is not None and not isinstance(smart, bool):
        raise UnexpectedArgumentError("smart", f"must be a bool, not {type(smart).__name__}")
    if max_segments is not None and (
        not isinstance(max_segments, int) or isinstance(max_segments, bool) or max_segments < 1
    ):
        raise InvalidArgumentError("max_segments", "must be an int of at least 1")


def _smart_body(body: str) -> str:
    from textrequest_ext._texts.smart import smart_text

    smart = smart_text(body)
    if smart.changes:
        # Not the text itself: only which kinds of characters were replaced.
        kinds = {f"U+{ord(one.original):04X}" for one in smart.changes if len(one.original) == 1}
        kinds |= {"combining accents" for one in smart.changes if len(one.original) > 1}
        logger.info(
            "smart: %d characters of the body were replaced: %s", len(smart.changes), ", ".join(sorted(kinds))
        )
    return smart.body


def check_segments(body: str, max_segments: int) -> None:
    """Raise MessageTooLongError if the body has more segments."""
    from textrequest_ext._texts.segments import segments
    from textrequest_ext._texts.smart import smart_text

    counted = segments(body)
    if counted.segments <= max_segments:
        return
    reason = f"has {counted.segments} segments in {counted.encoding}, and max_segments is {max_segments}"
    if others := len(counted.ucs2_characters):
        subject = "1 character is" if others == 1 else f"{others} different characters are"
        reason += f"; {subject} not in GSM-7, see segments(body).ucs2_characters"
        if segments(smart_text(body).body).segments <= max_segments:
            reason += "; with smart=True, they are replaced and the text fits"
    raise MessageTooLongError("body", reason)
