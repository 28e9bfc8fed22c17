"""What error.reconcile() cannot decide, and what it must not be misled by."""

from __future__ import annotations

import pytest

from sending.simulated_service import TEXT, Sender, SimulatedService
from textrequest_ext._sending import reconciling
from unit.conftest import ClientHarness


@pytest.mark.parametrize("skew", [-7200.0, -40.0, 40.0, 7200.0])
@pytest.mark.parametrize("outcome", ["dropped after", "dropped before"])
def test_the_clock_of_the_service_is_used(harness: ClientHarness, skew: float, outcome: str) -> None:
    sender = Sender(SimulatedService(harness, skew=skew))
    expected = {"dropped after": "sent", "dropped before": "not_sent"}[outcome]
    assert sender.reconcile(sender.fail(outcome)).outcome == expected


@pytest.mark.parametrize("skew", [-7200.0, -40.0, 90.0, 7200.0])
def test_without_the_clock_of_the_service_a_skewed_clock_makes_it_unknown(
    harness: ClientHarness, skew: float
) -> None:
    sender = Sender(SimulatedService(harness, skew=skew, sends_date=False))
    assert sender.reconcile(sender.fail("dropped after")).reason == reconciling.DOUBTFUL
    assert sender.reconcile(sender.fail("dropped before", "Another text")).outcome == "not_sent"


@pytest.mark.parametrize("suspended", [30.0, 4000.0])
def test_a_machine_that_was_suspended_knows_less(sender: Sender, suspended: float) -> None:
    error = sender.fail("dropped after")
    sender.service.suspended += suspended
    assert sender.reconcile(error).outcome == "sent"
    error = sender.fail("dropped after", "Another text")
    sender.service.rows[-1].at -= 600  # would be too early by far for a machine that was not suspended
    sender.service.suspended += suspended
    assert sender.reconcile(error).outcome == "unknown"


@pytest.mark.parametrize("clock_error", [-100.0, 100.0])
def test_a_clock_that_was_set_is_noticed(sender: Sender, clock_error: float) -> None:
    error = sender.fail("dropped after")
    sender.service.clock_error = clock_error
    assert sender.reconcile(error).outcome == "sent"
    error = sender.fail("dropped before", "Another text")
    sender.service.record("Another text", at=sender.service.now - 600)
    sender.service.clock_error = 0
    assert sender.reconcile(error).reason == reconciling.DOUBTFUL


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ("Where are you? [LocationRequest] Thanks", "Where are you? https://example.com/l/a1 Thanks"),
        ("Caf\u00e9  \u2018now\u2019\n", "Cafe\u0301 'now'"),
        ("Tom & Ann \u2013 4 o\u2019clock", "Tom &amp; Ann - 4 o'clock"),
    ],
)
def test_the_form_in_which_a_text_is_recorded_is_recognized(sender: Sender, body: str, stored: str) -> None:
    sender.service.stored = lambda text: stored
    assert sender.reconcile(sender.fail("dropped after", body)).outcome == "sent"


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (TEXT, None),
        (TEXT, TEXT[:20]),
        (" ".join(f"word{number}" for number in range(100)), "word0 word1 word2 wo"),
        (TEXT, TEXT + " Reply STOP to opt out."),
        ("\u4f60\u597d\uff0c\u660e\u5929\u89c1", "?????"),
        ("See https://example.com/a/very/long/path?of=a&link=1", "See https://example.net/x1"),
        (
            "\u0414\u043e\u0431\u0440\u044b\u0439 \u0434\u0435\u043d\u044c, Anna",
            "Dobryi den, Anna, vash stolik gotov",
        ),
        ("Ma\u00f1ana a las 10, Jos\u00e9, en la oficina", "Manana a las 10, Jose, en la oficina"),
    ],
)
def test_a_text_that_may_have_been_changed_is_unknown(sender: Sender, body: str, stored: str | None) -> None:
    sender.service.stored = lambda text: stored
    assert sender.reconcile(sender.fail("dropped after", body)).reason == reconciling.DOUBTFUL


def test_other_texts_do_not_matter(sender: Sender) -> None:
    sender.service.record("Please bring the form we sent you last week", at=sender.service.now + 1)
    sender.service.record(TEXT, direction="R")
    assert sender.reconcile(sender.fail("dropped before")).outcome == "not_sent"


def test_a_similar_text_of_this_client_is_not_taken_for_the_message(sender: Sender) -> None:
    first = sender.fail("dropped after", "Reminder: 10:00, Dr. Smith, room 4")
    second = sender.fail("dropped before", "Reminder: 11:00, Dr. Smith, room 4")
    assert sender.reconcile(second).outcome == "not_sent"
    assert sender.reconcile(first).outcome == "sent"


def test_a_message_with_other_media_is_unknown(sender: Sender) -> None:
    url = "https://media.example.com/1.png"
    error = sender.fail("dropped after", mms_media=[url])
    assert sender.reconcile(error).outcome == "sent"
    error = sender.fail("dropped after", "Another text", mms_media=[url])
    sender.service.rows[-1].media = []
    assert sender.reconcile(error).outcome == "unknown"


def test_a_message_without_an_id_or_a_time_is_unknown(sender: Sender) -> None:
    error = sender.fail("dropped after")
    sender.service.rows[-1].message_id = None
    assert sender.reconcile(error).reason == reconciling.DOUBTFUL


def test_a_record_without_an_accepted_message_lags(sender: Sender) -> None:
    sender.send("Another text", number="15555550142")
    sender.service.rows[-1].visible += 10_000
    assert sender.reconcile(sender.fail("dropped before")).reason == reconciling.LAGGING


def test_a_conversation_that_is_too_long_is_unknown(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "MAX_ROWS", 3)
    for number in range(3):
        sender.service.record(f"{number} apples")
    assert sender.reconcile(sender.fail("dropped after")).reason == reconciling.TOO_MANY_ROWS


def test_all_pages_of_a_conversation_are_read(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "PAGE_SIZE", 2)
    for number in range(5):
        sender.service.record(f"{number} apples", at=sender.service.now - 1000)
    assert sender.reconcile(sender.fail("dropped after")).outcome == "sent"


def test_failures_of_the_look_up_are_retried_until_the_record_has_settled(sender: Sender) -> None:
    error = sender.fail("dropped after")
    sender.service.failing_lookups = 3
    assert sender.reconcile(error).outcome == "sent"
    error = sender.fail("dropped after", "Another text")
    sender.service.failing_lookups = 1000
    result = sender.reconcile(error)
    assert result.outcome == "unknown"
    assert "ServerError" in result.reason


def test_a_forgotten_message_is_not_mistaken(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrequest_ext._sending.ledger.MAX_ACCEPTED", 1)
    error = sender.fail("dropped before")
    sender.send()
    sender.send("Another text", number="15555550142")
    sender.send("Another text", number="15555550143")
    assert sender.reconcile(error).reason == reconciling.FORGOTTEN
