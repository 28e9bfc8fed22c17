"""parse_phone_number, with and without the extra `phonenumbers`."""

from __future__ import annotations

import subprocess
import sys
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrequest_ext import ConfigurationError, InvalidArgumentError, PhoneNumberError, parse_phone_number


@pytest.mark.parametrize(
    "text",
    [
        "5555550123",
        "15555550123",
        "+1 555 555 0123",
        "(555) 555-0123",
        "555.555.0123",
        "tel:+1-555-555-0123",
        "(555) 555-0\u200b123",
        "\uff15\uff15\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13",  # full-width digits
        "011 1 555 555 0123",
    ],
)
def test_usual_forms(text: str) -> None:
    assert parse_phone_number(text) == "15555550123"


def test_letters_are_those_of_a_keypad() -> None:
    assert parse_phone_number("1-555-KLM-PLUS") == "15555567587"
    assert parse_phone_number("1-800-FLOWERS") == "18003569377"


@pytest.mark.parametrize(
    "text", ["(555) 555-0123 ext. 4", "555-555-0123 x4", "+15555550123;ext=4", "5555550123 #4"]
)
def test_an_extension_is_refused_or_dropped(text: str) -> None:
    with pytest.raises(PhoneNumberError, match="has an extension, which cannot receive texts"):
        parse_phone_number(text)
    assert parse_phone_number(text, drop_extension=True) == "15555550123"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a phone number: it has too few digits"),
        ("Ann", "is not a phone number: it has too few digits"),
        ("555-0123", "has no area code: 7 digits, and 10 are needed"),
        ("555555012", "is too short: 9 digits without the country code, and 10 are needed"),
        ("55555501234", "is too long: 11 digits without the country code, and 10 are needed"),
        ("02055550123", "is too long: 11 digits without the country code, and 10 are needed"),
        ("1" * 300, "is too long"),
        ("5555550123 / 5555550124", "is too long"),
        ("+999 123", "has a country code that does not exist"),
        ("+44 20 7946 0958", "has the country code 44; the service sends to North American numbers only"),
        ("155 555 5012", "has an impossible area code: it begins with 1"),
        ("555 055 5012", "has an impossible exchange after the area code: it begins with 0"),
    ],
)
def test_the_reason_is_clear_and_does_not_contain_the_number(text: str, reason: str) -> None:
    with pytest.raises(PhoneNumberError) as caught:
        parse_phone_number(text)
    assert str(caught.value) == f"phone_number: {reason}"
    assert caught.value.argument == "phone_number"
    if len(text) > 7:
        assert text not in "".join(traceback.format_exception(caught.value))


def test_assigned_numbers() -> None:
    assert parse_phone_number("(202) 555-0123", assigned=True) == "12025550123"
    with pytest.raises(PhoneNumberError, match="is not in use: no such area code"):
        parse_phone_number("(555) 555-0123", assigned=True)


def test_regions() -> None:
    assert parse_phone_number("(204) 555-0123", "CA") == "12045550123"
    assert parse_phone_number("+1 555 555 0123", "GB") == "15555550123"
    with pytest.raises(PhoneNumberError, match="has the country code 44"):
        parse_phone_number("020 7946 0958", "GB")
    for region in ("us", "USA", "", None, 1):
        with pytest.raises(InvalidArgumentError, match="region: must be the two-letter code"):
            parse_phone_number("5555550123", region)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, 5555550123, b"5555550123"])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(PhoneNumberError, match="must be a str"):
        parse_phone_number(value)


@pytest.mark.parametrize("option", ["drop_extension", "assigned"])
def test_an_option_that_is_no_flag_is_refused(option: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{option}: must be True or False"):
        parse_phone_number("5555550123", **{option: "no"})  # type: ignore[arg-type]


@given(st.one_of(st.text(), st.from_regex(r"[+0-9a-z() #x;=,/-]{1,30}", fullmatch=True)))
def test_every_text_gives_eleven_digits_or_a_phone_number_error(text: str) -> None:
    try:
        number = parse_phone_number(text, drop_extension=True)
    except PhoneNumberError:
        return
    assert len(number) == 11
    assert number.isascii()
    assert number.isdigit()
    assert number[0] == "1"


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'textrequest-ext\[phonenumbers\]'"):
        parse_phone_number("5555550123")


def test_the_extra_is_imported_with_the_first_call() -> None:
    script = (
        "import sys; from textrequest_ext import TextRequest, parse_phone_number; TextRequest('key').contacts; "
        "assert 'phonenumbers' not in sys.modules; parse_phone_number('5555550123'); "
        "assert 'phonenumbers' in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
