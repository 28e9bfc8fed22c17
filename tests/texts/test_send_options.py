"""max_segments and smart of the methods that send, with both clients."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from textrequest_ext import (
    InvalidArgumentError,
    LocationRequestError,
    MessageTooLongError,
    UnexpectedArgumentError,
)
from unit.conftest import ClientHarness

RESPONSE = {"message_id": "m1", "status": "sending"}
METHODS = ["send", "send_to_contact", "request_location"]


def send(harness: ClientHarness, method: str, body: Any, **options: Any) -> Any:
    client = harness.client_returning(httpx.Response(200, json=RESPONSE))
    first = "5555550100" if method == "send" else 121
    return harness.run(getattr(client.messages, method)(first, "5555550123", body, **options))


def sent_body(harness: ClientHarness) -> str:
    """The body of the one message that was sent."""
    (request,) = harness.requests
    payload = json.loads(request.content)
    assert {"max_segments", "smart"}.isdisjoint(payload)
    return payload["body"]


@pytest.mark.parametrize("method", METHODS)
def test_max_segments_refuses_before_sending(harness: ClientHarness, method: str) -> None:
    with pytest.raises(MessageTooLongError) as caught:
        send(harness, method, "a" * 161, max_segments=1)
    assert caught.value.argument == "body"
    assert str(caught.value).startswith("body: has 2 segments in GSM-7, and max_segments is 1")
    assert harness.requests == []


@pytest.mark.parametrize("method", METHODS)
def test_max_segments_permits_what_fits(harness: ClientHarness, method: str) -> None:
    text = "a" * 120 + "[LocationRequest]"
    send(harness, method, text, max_segments=1)
    assert sent_body(harness) == text


def test_the_tag_that_is_added_counts(harness: ClientHarness) -> None:
    with pytest.raises(MessageTooLongError):
        send(harness, "request_location", "a" * 150, max_segments=1)


def test_the_error_says_how_the_text_would_fit(harness: ClientHarness) -> None:
    with pytest.raises(MessageTooLongError) as caught:
        send(harness, "send", "“" + "a" * 100 + "”", max_segments=1)
    assert str(caught.value) == (
        "body: has 2 segments in UCS-2, and max_segments is 1; 2 different characters are not in GSM-7, "
        "see segments(body).ucs2_characters; with smart=True, they are replaced and the text fits"
    )
    with pytest.raises(MessageTooLongError) as caught:
        send(harness, "send", "😀" + "a" * 100, max_segments=1)
    assert "; 1 character is not in GSM-7, " in str(caught.value)
    assert "smart" not in str(caught.value)
    assert "😀" not in str(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_smart_replaces_before_the_segments_are_counted(
    harness: ClientHarness, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "textrequest_ext")
    send(harness, method, "“" + "a" * 100 + "…” e\u0301 [LocationRequest]", smart=True, max_segments=1)
    assert sent_body(harness) == '"' + "a" * 100 + '..." é [LocationRequest]'
    (message,) = [text for text in caplog.messages if text.startswith("smart")]
    assert message == (
        "smart: 4 characters of the body were replaced: U+201C, U+201D, U+2026, combining accents"
    )


@pytest.mark.parametrize("options", [{}, {"smart": False}, {"smart": None, "max_segments": None}])
def test_nothing_is_replaced_unless_requested(harness: ClientHarness, options: dict[str, Any]) -> None:
    send(harness, "send", "“a”", **options)
    assert sent_body(harness) == "“a”"


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True])
def test_invalid_max_segments(harness: ClientHarness, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="max_segments: must be an int of at least 1"):
        send(harness, "send", "Hi", max_segments=value)
    assert harness.requests == []


def test_invalid_smart(harness: ClientHarness) -> None:
    with pytest.raises(UnexpectedArgumentError, match="smart: must be a bool, not str"):
        send(harness, "send", "Hi", smart="yes")


@pytest.mark.parametrize("options", [{"smart": True}, {"max_segments": 1}])
def test_a_body_that_is_not_a_str(harness: ClientHarness, options: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedArgumentError, match="body: must be a str, not bytes"):
        send(harness, "send", b"Hi", **options)


def test_the_other_checks_apply_to_the_changed_body(harness: ClientHarness) -> None:
    with pytest.raises(LocationRequestError):
        send(harness, "send", "Where?", smart=True, location_callback="https://example.com/location")
    with pytest.raises(MessageTooLongError, match="at most 1600 characters"):
        send(harness, "send", "“" + "a" * 1600, smart=True)
