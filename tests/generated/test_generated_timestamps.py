"""Timestamps of any format become aware datetimes; an invalid one is an error with the name of the field."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrequest_api._decoding import decode_datetime
from textrequest_api._encoding import encode_datetime
from textrequest_api.models import Message

BASE = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def read(text: Any) -> datetime:
    moment = Message.from_dict({"message_timestamp_utc": text}).message_timestamp_utc
    assert moment is not None
    assert moment.utcoffset() is not None
    return moment


@pytest.mark.parametrize("zone", ["", "Z", "+00:00", "+02:00", "-05:30"])
@pytest.mark.parametrize("digits", range(8))
def test_any_number_of_fraction_digits_and_any_zone(digits: int, zone: str) -> None:
    fraction = "1250403"[:digits]
    hours, minutes = (int(zone[:3]), int(zone[0] + zone[4:])) if len(zone) == 6 else (0, 0)

    moment = read(f"2026-03-14T15:09:26{'.' if digits else ''}{fraction}{zone}")

    expected = BASE.replace(microsecond=int(fraction.ljust(7, "0")[:6])) - timedelta(
        hours=hours, minutes=minutes
    )
    assert moment == expected


@pytest.mark.parametrize(
    "text",
    [
        "3/14/2026 3:09:26 PM",
        "Sat, 14 Mar 2026 15:09:26 GMT",
        "March 14, 2026 15:09:26 UTC",
        "14 Mar 2026 17:09:26 +0200",
        "2026-03-14 15:09:26",
        "2026-03-14 15:09:26 UTC",
        "2026-03-14T15:09:26z",
        "2026-03-14T15:09:26 Z",
    ],
)
def test_other_formats_are_decoded(text: str) -> None:
    assert read(text) == BASE


def test_a_date_is_midnight() -> None:
    assert read("2026-03-14") == datetime(2026, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["CET", "EST", "PDT", *time.tzname])
def test_the_name_of_a_zone_is_not_guessed(zone: str) -> None:
    if zone in ("UTC", "GMT"):
        assert read(f"March 14, 2026 15:09:26 {zone}") == BASE
        return
    with pytest.raises(ValueError, match=r"^message_timestamp_utc: not a timestamp$"):
        read(f"March 14, 2026 15:09:26 {zone}")


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "2026-13-45", "15:09", "Monday", "March 2026", "-" + "1" * 60 + "m", "9" * 5000),
        *(1773500966, True, [], {}, ["Z"]),
    ],
)
def test_an_invalid_timestamp_is_an_error_with_the_name_of_the_field(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^message_timestamp_utc: not a (complete )?timestamp$"):
        read(value)


@given(st.datetimes(timezones=st.timezones()))
def test_an_encoded_datetime_is_decoded_to_the_same_time(moment: datetime) -> None:
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    text = encode_datetime(moment, "moment")

    assert text.endswith("Z")
    assert decode_datetime(text, "moment") == expected


@given(st.text(max_size=40) | st.none() | st.integers() | st.lists(st.integers()))
def test_any_input_is_decoded_or_raises_value_error(value: Any) -> None:
    try:
        moment = decode_datetime(value, "moment")
    except ValueError as error:
        assert str(error).startswith("moment: not a ")
    else:
        assert moment.utcoffset() is not None
