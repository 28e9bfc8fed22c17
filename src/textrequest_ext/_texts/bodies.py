"""The options max_segments and smart of a send."""

from __future__ import annotations

import logging
from typing import Any

from textrequest_ext.errors import InvalidArgumentError, MessageTooLongError, UnexpectedArgumentError

logger = logging.getLogger("textrequest_ext")


def apply_text_options(body: str, options: Any) -> str:
    """The body to send. Removes max_segments and smart from the options of a send.

    Raises MessageTooLongError if the body has more segments than permitted, InvalidArgumentError for
    options that are not valid.
    """
    max_segments, smart = options.pop("max_segments", None), options.pop("smart", None)
    if smart is not None and not isinstance(smart, bool):
        raise UnexpectedArgumentError("smart", f"must be a bool, not {type(smart).__name__}")
    if smart:
        body = _smart_body(body)
    if max_segments is not None:
        _check_segments(body, max_segments)
    return body


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


def _check_segments(body: str, max_segments: Any) -> None:
    from textrequest_ext._texts.segments import segments
    from textrequest_ext._texts.smart import smart_text

    if not isinstance(max_segments, int) or isinstance(max_segments, bool) or max_segments < 1:
        raise InvalidArgumentError("max_segments", "must be an int of at least 1")
    counted = segments(body)
    if counted.segments <= max_segments:
        return
    reason = f"has {counted.segments} segments in {counted.encoding}, and max_segments is {max_segments}"
    if others := len(counted.ucs2_characters):
        reason += f"; {others} different characters are not in GSM-7, segments(body) has them"
        if segments(smart_text(body).body).segments <= max_segments:
            reason += "; with smart=True, they are replaced and the text fits"
    raise MessageTooLongError("body", reason)
