"""A delivery is accepted if its signature is valid for the bytes received, and its timestamp is recent."""

from __future__ import annotations

import hmac
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers as StarletteHeaders
from webhook_payloads import API_KEY
from werkzeug.datastructures import Headers as WerkzeugHeaders

from textrequest_ext import webhooks
from textrequest_ext.errors import (
    InvalidArgumentError,
    PayloadError,
    SignatureMismatchError,
    SignatureMissingError,
    TimestampError,
    UnexpectedArgumentError,
    WebhookError,
)
from textrequest_ext.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, receive, sign, verify

OTHER_KEY = "MADE-UP-KEY-FOR-TESTS"
NOW = 1_750_000_000
VECTORS = [
    (1619448468, b'{ "message": "hello" }', "ALmnG05rsIzeISr55hSf7+Sh1SjbDSLsbuLJE0mty1Y="),
    (1612186200, '{"message":"Café ✓"}'.encode(), "wm5FTAx4zGyq49uRpHy4NuNKm2w8QRTjw4yoZY7JWkM="),
    (1612186200, b"", "Tw5bLDsTZ/sHPSUe133z7GQp3tlRG4QzOAigjS0/Wsg="),
    (1619448468, b'{"message":"hello"}', "PLI72GGCi9VfCbIv1oiZMyY6ZhyQJyD56stB5OZlDKE="),
]


def signed(body: bytes, *, key: str = API_KEY, timestamp: int | str = NOW) -> dict[str, str]:
    signature = sign(body, api_key=key, timestamp=timestamp)
    return {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: str(timestamp)}


@pytest.mark.parametrize(("timestamp", "body", "signature"), VECTORS)
def test_known_signatures_are_computed_and_verified(timestamp: int, body: bytes, signature: str) -> None:
    assert sign(body, api_key=API_KEY, timestamp=timestamp) == signature
    assert sign(body, api_key=API_KEY, timestamp=str(timestamp)) == signature
    headers = {"x-tr-webhook-signature": signature, "x-tr-webhook-timestamp": str(timestamp)}
    verify(body, headers, api_key=API_KEY, now=timestamp)


def test_a_body_that_was_parsed_and_serialized_again_is_not_valid() -> None:
    (timestamp, _, signature), (_, rewritten, _) = VECTORS[0], VECTORS[3]
    with pytest.raises(SignatureMismatchError):
        verify(
            rewritten,
            {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: str(timestamp)},
            api_key=API_KEY,
            now=timestamp,
        )


@settings(deadline=None)
@given(body=st.binary(max_size=300), data=st.data())
def test_a_signed_body_is_valid_and_not_one_that_differs_by_a_byte(body: bytes, data: st.DataObject) -> None:
    headers = signed(body)
    verify(body, headers, api_key=API_KEY, now=NOW)
    at = data.draw(st.integers(0, len(body)))
    byte = data.draw(st.integers(0, 255))
    inserted = body[:at] + bytes([byte]) + body[at:]
    changed = body[:at] + bytes([byte]) + body[at + 1 :]
    removed = body[:at] + body[at + 1 :]
    for other in {inserted, changed, removed} - {body}:
        with pytest.raises(SignatureMismatchError):
            verify(other, headers, api_key=API_KEY, now=NOW)


@settings(deadline=None)
@given(at=st.integers(0, 43), letter=st.sampled_from("AZaz09+/=-_é "))
def test_an_altered_signature_is_not_valid(at: int, letter: str) -> None:
    headers = signed(b"{}")
    genuine = headers[SIGNATURE_HEADER]
    altered = genuine[:at] + letter + genuine[at + 1 :]
    for signature in {altered, genuine.rstrip("="), genuine + "=", genuine.swapcase()} - {genuine}:
        with pytest.raises(SignatureMismatchError):
            verify(b"{}", headers | {SIGNATURE_HEADER: signature}, api_key=API_KEY, now=NOW)


@pytest.mark.parametrize("offset", [-1, 1])
def test_the_timestamp_is_signed_too(offset: int) -> None:
    headers = signed(b"{}") | {TIMESTAMP_HEADER: str(NOW + offset)}
    with pytest.raises(SignatureMismatchError):
        verify(b"{}", headers, api_key=API_KEY, now=NOW)


def test_the_timestamp_is_signed_as_it_is_written() -> None:
    verify(b"{}", signed(b"{}", timestamp=f"0{NOW}"), api_key=API_KEY, now=NOW)
    with pytest.raises(SignatureMismatchError):
        verify(b"{}", signed(b"{}") | {TIMESTAMP_HEADER: f"0{NOW}"}, api_key=API_KEY, now=NOW)


# --- Keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [[API_KEY, OTHER_KEY], (OTHER_KEY, API_KEY), {OTHER_KEY, API_KEY}])
def test_a_signature_by_any_of_several_keys_is_valid(keys: Any) -> None:
    for key in (API_KEY, OTHER_KEY):
        verify(b"{}", signed(b"{}", key=key), api_key=keys, now=NOW)
    with pytest.raises(SignatureMismatchError):
        verify(b"{}", signed(b"{}", key="A-THIRD-MADE-UP-KEY"), api_key=keys, now=NOW)


def test_all_keys_are_compared_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []
    compare = hmac.compare_digest

    def spy(left: bytes, right: bytes) -> bool:
        compared.append(compare(left, right))
        return compared[-1]

    monkeypatch.setattr("textrequest_ext.webhooks._signature.hmac.compare_digest", spy)
    verify(b"{}", signed(b"{}"), api_key=[API_KEY, OTHER_KEY, OTHER_KEY], now=NOW)
    assert compared == [True, False, False]


@pytest.mark.parametrize(
    "key", ["", "  ", [], [""], [API_KEY, ""], [API_KEY, None], None, 7, b"key", {}, [b"key"]]
)
def test_an_empty_key_and_one_of_another_type_are_refused(key: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^api_key: ") as caught:
        verify(b"{}", signed(b"{}"), api_key=key, now=NOW)
    assert not isinstance(caught.value, WebhookError)
    assert API_KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["", " "])
def test_nothing_is_signed_with_an_empty_key(key: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^api_key: "):
        sign(b"{}", api_key=key, timestamp=NOW)


# --- Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [-300, -299.5, 0, 299.5, 300])
def test_a_timestamp_within_five_minutes_is_accepted(age: float) -> None:
    verify(b"{}", signed(b"{}"), api_key=API_KEY, now=NOW + age)


@pytest.mark.parametrize("age", [-86_400, -300.5, 300.5, 86_400])
def test_a_timestamp_outside_five_minutes_is_refused(age: float) -> None:
    with pytest.raises(TimestampError):
        verify(b"{}", signed(b"{}"), api_key=API_KEY, now=NOW + age)


def test_without_now_the_clock_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrequest_ext.webhooks._signature.time.time", lambda: NOW + 10.0)
    verify(b"{}", signed(b"{}"), api_key=API_KEY)
    with pytest.raises(TimestampError):
        verify(b"{}", signed(b"{}", timestamp=NOW - 291), api_key=API_KEY)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-7))])
def test_now_may_be_a_datetime_with_a_zone(zone: timezone) -> None:
    moment = datetime.fromtimestamp(NOW, zone)
    verify(b"{}", signed(b"{}"), api_key=API_KEY, now=moment + timedelta(seconds=300))
    with pytest.raises(TimestampError):
        verify(b"{}", signed(b"{}"), api_key=API_KEY, now=moment + timedelta(seconds=301))


@pytest.mark.parametrize("now", [datetime(2026, 5, 2), "1750000000"])
def test_now_without_a_time_zone_or_as_text_is_refused(now: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^now: "):
        verify(b"{}", signed(b"{}"), api_key=API_KEY, now=now)


def test_the_tolerance_can_be_smaller_or_none() -> None:
    headers = signed(b"{}")
    with pytest.raises(TimestampError):
        verify(b"{}", headers, api_key=API_KEY, tolerance=5, now=NOW + 6)
    verify(b"{}", headers, api_key=API_KEY, tolerance=None, now=NOW + 10**9)


@pytest.mark.parametrize("tolerance", [-1, float("nan"), "300"])
def test_a_tolerance_that_is_not_a_duration_is_refused(tolerance: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^tolerance: "):
        verify(b"{}", signed(b"{}"), api_key=API_KEY, tolerance=tolerance, now=NOW)


@pytest.mark.parametrize(
    "timestamp", ["soon", "-5", "1750000000.5", "1_750_000_000", "\uff11\uff17\uff15\uff10", "9" * 5000]
)
@pytest.mark.parametrize("tolerance", [300, None])
def test_a_signed_timestamp_that_is_not_a_whole_number_is_refused(
    timestamp: str, tolerance: float | None
) -> None:
    with pytest.raises(TimestampError):
        verify(b"{}", signed(b"{}", timestamp=timestamp), api_key=API_KEY, tolerance=tolerance, now=NOW)


def test_a_timestamp_in_milliseconds_is_refused() -> None:
    with pytest.raises(TimestampError):
        verify(b"{}", signed(b"{}", timestamp=NOW * 1000), api_key=API_KEY, now=NOW)


def test_an_old_forged_delivery_is_a_signature_mismatch() -> None:
    with pytest.raises(SignatureMismatchError):
        verify(b"{}", signed(b"{}", key=OTHER_KEY), api_key=API_KEY, now=NOW + 10**6)


# --- Headers -----------------------------------------------------------------------------------

PLAIN = signed(b"{}")
SPELLINGS: dict[str, Any] = {
    "lower case": PLAIN,
    "title case": {name.title(): value for name, value in PLAIN.items()},
    "upper case": {name.upper(): value for name, value in PLAIN.items()},
    "WSGI": {"wsgi.input": object()}
    | {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in PLAIN.items()},
    "pairs": [("host", "example.com"), *PLAIN.items()],
    "an iterator of pairs": None,
    "ASGI": [(name.encode(), value.encode()) for name, value in PLAIN.items()],
    "a mapping of bytes": {name.encode(): value.encode() for name, value in PLAIN.items()},
    "httpx": httpx.Headers(PLAIN),
    "starlette": StarletteHeaders(PLAIN),
    "werkzeug": WerkzeugHeaders(PLAIN),
    "blanks around": {name: f" {value} " for name, value in PLAIN.items()},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_headers_are_found_in_any_spelling(spelling: str) -> None:
    verify(b"{}", SPELLINGS[spelling] or iter(PLAIN.items()), api_key=API_KEY, now=NOW)


@pytest.mark.parametrize("missing", PLAIN)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_signature_or_timestamp_the_missing_header_is_named(missing: str, value: str | None) -> None:
    headers = {name: text for name, text in PLAIN.items() if name != missing}
    if value is not None:
        headers[missing] = value
    with pytest.raises(SignatureMissingError, match=missing):
        verify(b"{}", headers, api_key=API_KEY, now=NOW)


@pytest.mark.parametrize("headers", [None, 5, "x-tr-webhook-signature", [("a", "b", "c")]])
def test_headers_of_another_type_are_refused(headers: Any) -> None:
    with pytest.raises(UnexpectedArgumentError, match=r"^headers: "):
        verify(b"{}", headers, api_key=API_KEY, now=NOW)


# --- Bodies ------------------------------------------------------------------------------------


def test_a_body_may_be_bytes_of_any_type_or_text_in_utf_8() -> None:
    body = '{"message":"Café ✓"}'
    headers = signed(body.encode())
    for same in (body.encode(), bytearray(body.encode()), memoryview(body.encode()), body):
        verify(same, headers, api_key=API_KEY, now=NOW)


@pytest.mark.parametrize("body", [{"message": "secret words"}, None, ["secret words"], 5])
def test_a_parsed_body_is_refused_and_the_error_says_what_to_pass(body: Any) -> None:
    for take in (lambda: verify(body, PLAIN, api_key=API_KEY, now=NOW), lambda: webhooks.parse(body)):
        with pytest.raises(TypeError, match=r"^body: pass the raw body") as caught:
            take()
        assert "secret words" not in str(caught.value)


# --- Receiving ---------------------------------------------------------------------------------


def test_receive_verifies_before_it_parses() -> None:
    with pytest.raises(SignatureMismatchError):
        receive(b"not JSON", signed(b"{}"), api_key=API_KEY, now=NOW)
    with pytest.raises(PayloadError):
        receive(b"not JSON", signed(b"not JSON"), api_key=API_KEY, now=NOW)


def test_receive_passes_on_event_keys_and_tolerance() -> None:
    body = b'{"message_id": "m", "status": "sent"}'
    event = receive(
        body, signed(body), api_key=[OTHER_KEY, API_KEY], event="brand_new", tolerance=5, now=NOW + 5
    )
    assert event == webhooks.UnknownEvent(event="brand_new", raw={"message_id": "m", "status": "sent"})
    with pytest.raises(TimestampError):
        receive(body, signed(body), api_key=API_KEY, tolerance=5, now=NOW + 6)


@pytest.mark.parametrize(
    ("body", "headers", "now"),
    [
        (b'{"text": "gate code 4471", "to": "14235550142"', "genuine", NOW),
        (b"\xff gate code 4471 14235550142", "genuine", NOW),
        (b'["gate code 4471 14235550142"]', "genuine", NOW),
        (b'{"text": "gate code 4471 14235550142"}', "genuine", NOW + 999),
        (b'{"text": "gate code 4471 14235550142"}', "forged", NOW),
        (b'{"text": "gate code 4471 14235550142"}', "none", NOW),
        ('{"text": "gate code 4471 14235550142 \ud800"}', "forged", NOW),
    ],
)
def test_no_error_and_no_cause_of_it_holds_the_text_a_number_or_the_key(
    body: Any, headers: str, now: int
) -> None:
    sent = {"genuine": signed(body) if headers == "genuine" else {}, "forged": PLAIN, "none": {}}[headers]
    with pytest.raises(WebhookError) as caught:
        receive(body, sent, api_key=API_KEY, now=now)
    error: BaseException | None = caught.value
    assert error is not None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error))
    for secret in ("4471", "14235550142", API_KEY, sign(b"{}", api_key=API_KEY, timestamp=NOW)):
        assert secret not in shown
