"""Typographic characters that are replaced to save segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrequest_ext import Replacement, SmartText, UnexpectedArgumentError, segments, smart_text
from textrequest_ext._texts.segments import GSM7_BASIC, GSM7_EXTENSION
from textrequest_ext._texts.smart import REPLACEMENTS


def test_quotes_dashes_ellipses_and_spaces_are_replaced_and_reported() -> None:
    text = "“It\u2019s\u00a05\u202fp.m. \u2013 or 6…”"
    assert smart_text(text) == SmartText(
        '"It\'s 5 p.m. - or 6..."',
        (
            Replacement(0, "“", '"'),
            Replacement(3, "\u2019", "'"),
            Replacement(5, "\u00a0", " "),
            Replacement(7, "\u202f", " "),
            Replacement(13, "\u2013", "-"),
            Replacement(19, "…", "..."),
            Replacement(20, "”", '"'),
        ),
    )
    assert segments(smart_text(text).body).encoding == "GSM-7"


def test_a_combining_accent_becomes_a_letter_that_gsm7_has() -> None:
    assert smart_text("Cafe\u0301, A\u030angstro\u0308m") == SmartText(
        "Café, Ångström",
        (Replacement(3, "e\u0301", "é"), Replacement(7, "A\u030a", "Å"), Replacement(14, "o\u0308", "ö")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        'It\'s "plain" - and [GSM]…'[:-1],
        "“quoted” 😀",  # an emoji needs UCS-2 anyway
        "“Fran\u00e7ois”",  # ç is not in GSM-7, and is not misspelled
        "“Franc\u0327ois”",
        "…" * 60,  # 1 segment in UCS-2, 2 in GSM-7
        "👨\u200d👩\u200d👧",
    ],
)
def test_a_text_that_would_gain_nothing_is_not_changed(text: str) -> None:
    assert smart_text(text) == SmartText(text)


def test_every_replacement_is_from_ucs2_to_gsm7() -> None:
    for original, replacement in REPLACEMENTS.items():
        assert segments(original).encoding == "UCS-2", hex(ord(original))
        assert segments(replacement).encoding == "GSM-7", hex(ord(original))
        assert smart_text(f"a{original}b").body == f"a{replacement}b"


@given(
    st.text(
        st.one_of(
            st.sampled_from(GSM7_BASIC + GSM7_EXTENSION),
            st.sampled_from("".join(REPLACEMENTS)),
            st.sampled_from("e\u0301"),
        )
    )
)
def test_the_changes_describe_the_difference(text: str) -> None:
    result = smart_text(text)
    rebuilt, position = "", 0
    for change in result.changes:
        assert text.startswith(change.original, change.index)
        rebuilt += text[position : change.index] + change.replacement
        position = change.index + len(change.original)
    assert rebuilt + text[position:] == result.body
    assert (result.changes == ()) == (result.body == text)
    assert segments(result.body).segments <= segments(text).segments
    assert smart_text(result.body) == SmartText(result.body)


def test_other_types_are_refused() -> None:
    with pytest.raises(UnexpectedArgumentError, match="body: must be a str"):
        smart_text(None)  # type: ignore[arg-type]
