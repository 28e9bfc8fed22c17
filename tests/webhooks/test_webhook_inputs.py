"""Only exceptions of this package are raised, whatever the request or the arguments are."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhook_payloads import API_KEY, PAYLOADS

from textrequest_ext.errors import (
    InvalidArgumentError,
    PayloadError,
    TextRequestError,
    TimestampError,
    WebhookError,
)
from textrequest_ext.webhooks import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Event,
    LocationReceived,
    UnknownEvent,
    parse,
    receive,
    sign,
    verify,
)

NOW = 1_750_000_000
HUGE = 10**5000  # more digits than Python converts to text


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def read(payload: Any, event: str | None = None) -> Event:
    return parse(json.dumps(payload), event=event)


# --- Any delivery ------------------------------------------------------------------------------

# Parts of timestamps in any order: parsers of dates fail on some of them in unexpected ways.
TIMES = st.lists(
    st.sampled_from(["2026", "-", "05", "May", "0001", "9999", "T", ":", "10:00", "+99:00", "Z", "CET", "m"])
    | st.just("1" * 60)
).map("".join)
DEEP = st.integers(1, 3000).map(lambda levels: "[" * levels + "]" * levels)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just("\ud800"), TIMES
).map(json.dumps) | st.sampled_from(["NaN", "-Infinity", "1e999", "9" * 5000, "[]", "{}", "[{}]"])


def an_object(fields: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in fields.items()) + "}"


def altered(value: Any) -> st.SearchStrategy[str]:
    """JSON of the value, with other values in the place of some that it holds."""
    if isinstance(value, dict):
        return st.fixed_dictionaries({key: altered(inner) | LEAVES for key, inner in value.items()}).map(
            an_object
        )
    return st.just(json.dumps(value)) | DEEP


KEYS = sorted({key for payload in PAYLOADS.values() for key in payload} | {"errorCode", "new"})
OBJECTS = st.sampled_from(sorted(PAYLOADS)).flatmap(lambda name: altered(PAYLOADS[name])) | st.dictionaries(
    st.sampled_from(KEYS), LEAVES, max_size=6
).map(an_object)
BODIES: st.SearchStrategy[Any] = (
    OBJECTS
    | OBJECTS.map(lambda text: text.encode("utf-8", "surrogatepass")[:-1])
    | st.binary(max_size=30)
    | st.text(max_size=30)
)
EVENT_NAMES = st.sampled_from([None, *PAYLOADS, "brand_new"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=BODIES, event=EVENT_NAMES)
def test_a_body_is_an_event_or_a_payload_error(body: Any, event: str | None) -> None:
    with suppress(PayloadError):
        found = parse(body, event=event)
        assert isinstance(found, Event)
        if isinstance(found, LocationReceived):
            assert found.looks_swapped in (True, False)


TEXTS = st.sampled_from(["\ud800", "é" * 44, "9" * 5000, str(NOW)]) | st.text(max_size=9)
HEADER_VALUES = TEXTS | st.binary(max_size=9) | st.sampled_from([None, HUGE, 1.5, [], Unprintable(), NOW])
HEADER_NAMES = st.sampled_from(
    [SIGNATURE_HEADER, TIMESTAMP_HEADER, b"X-TR-Webhook-Timestamp", "HTTP_X_TR_WEBHOOK_SIGNATURE", "other", 7]
)
HEADERS = (
    st.dictionaries(HEADER_NAMES, HEADER_VALUES)
    | st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES))
    | HEADER_VALUES
)


@settings(max_examples=150, deadline=None)
@given(body=BODIES, headers=HEADERS, event=EVENT_NAMES)
def test_headers_raise_only_exceptions_of_this_package(body: Any, headers: Any, event: str | None) -> None:
    with pytest.raises((WebhookError, InvalidArgumentError)):
        receive(body, headers, api_key=API_KEY, event=event, now=NOW)


# --- Inputs that raised other exceptions before -------------------------------------------------


@pytest.mark.parametrize("date", ["-" + "1" * 60 + "m", "9" * 5000, "\ud800", "1e999"])
def test_a_payload_with_an_unreadable_timestamp_is_an_unknown_event(date: str) -> None:
    payload = {"conversation": {"messageDirection": "R", "date": date}}
    assert read(payload) == UnknownEvent(event="msg_received", raw=payload)


@pytest.mark.parametrize("key", ["error_code", "status", "message_id"])
@pytest.mark.parametrize("levels", [10, 900, 980, 5000, 100_000])
def test_deep_values_are_decoded_or_a_payload_error(key: str, levels: int) -> None:
    nested = "[" * levels + "]" * levels
    body = '{"message_id": 1, "status": 1, "' + key + '": ' + nested + "}"
    with suppress(PayloadError):
        assert isinstance(parse(body), Event)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("-122.1", "47.5"), ([], 47.5), (-122.1, {}), (True, "x")]
)
def test_coordinates_that_are_not_numbers_do_not_look_swapped(latitude: Any, longitude: Any) -> None:
    event = read({"Latitude": latitude, "Longitude": longitude})
    assert isinstance(event, LocationReceived)
    assert (event.latitude, event.longitude, event.looks_swapped) == (latitude, longitude, False)


@pytest.mark.parametrize("value", [Unprintable(), HUGE, [[]]], ids=["unprintable", "huge", "a list"])
def test_a_header_value_of_a_strange_type(value: Any) -> None:
    with pytest.raises(TextRequestError) as caught:
        verify(b"{}", {SIGNATURE_HEADER: value, TIMESTAMP_HEADER: str(NOW)}, api_key=API_KEY)
    assert not isinstance(caught.value, TimestampError)


class Failing:
    """A mapping or an iterable whose methods fail."""

    def items(self) -> Any:
        raise RuntimeError("broken")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("broken")


class FailingZone(tzinfo):
    def utcoffset(self, moment: datetime | None) -> timedelta:
        raise RuntimeError("broken")


def released() -> memoryview:
    view = memoryview(b"{}")
    view.release()
    return view


UNUSABLE: dict[str, tuple[str, Any]] = {
    "broken headers": ("headers", Failing()),
    "broken keys": ("api_key", Failing()),
    "a released body": ("body", released()),
    "a broken time zone": ("now", datetime(2026, 5, 2, tzinfo=FailingZone())),
    "a huge time": ("now", HUGE),
    "a time that is no number": ("now", math.nan),
    "an infinite time": ("now", math.inf),
    "a huge tolerance": ("tolerance", HUGE),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_an_argument_that_cannot_be_used_is_named(case: str) -> None:
    argument, value = UNUSABLE[case]
    arguments: dict[str, Any] = {"body": b"{}", "headers": {}, "api_key": API_KEY, argument: value}
    with pytest.raises(InvalidArgumentError) as caught:
        verify(**arguments)
    assert caught.value.argument == argument


UNSIGNABLE: dict[str, tuple[str, Any]] = {
    "a huge timestamp": ("timestamp", HUGE),
    "no timestamp": ("timestamp", None),
    "a fraction": ("timestamp", 1.5),
    "a released body": ("body", released()),
    "a parsed body": ("body", {}),
}


@pytest.mark.parametrize("case", UNSIGNABLE)
def test_what_cannot_be_signed_is_named(case: str) -> None:
    argument, value = UNSIGNABLE[case]
    arguments: dict[str, Any] = {"body": b"{}", "api_key": API_KEY, "timestamp": NOW, argument: value}
    with pytest.raises(InvalidArgumentError) as caught:
        sign(**arguments)
    assert caught.value.argument == argument


def test_text_is_signed_as_utf_8() -> None:
    body, timestamp = '{"message":"Café ✓"}', int(time.time())
    signature = sign(body, api_key=API_KEY, timestamp=timestamp)
    assert signature == sign(body.encode(), api_key=API_KEY, timestamp=timestamp)
    verify(body, {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: timestamp}, api_key=API_KEY)


def test_a_header_that_is_none_is_missing() -> None:
    headers = {SIGNATURE_HEADER: None, TIMESTAMP_HEADER: str(NOW)}
    with pytest.raises(TextRequestError, match=f"no header {SIGNATURE_HEADER}"):
        verify(b"{}", headers, api_key=API_KEY, now=datetime.fromtimestamp(NOW, UTC))
