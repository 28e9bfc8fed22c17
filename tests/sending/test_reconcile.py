"""error.reconcile(): sent, not sent, or unknown, and never a wrong result."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import httpx
import pytest

from sending.simulated_service import DASHBOARD, FROM, PERSON, TEXT, Sender, SimulatedService
from textrequest_ext import (
    APIStatusError,
    ConfigurationError,
    InvalidArgumentError,
    SendOutcomeUnknownError,
    TextRequestError,
)
from textrequest_ext._sending import reconciling
from textrequest_ext._sending.ledger import Conversation, Ledger, ledger_of
from textrequest_ext._sending.texts import SentText
from unit.conftest import ClientHarness


def test_a_recorded_message_was_sent(sender: Sender) -> None:
    error = sender.fail("dropped after")
    result = sender.reconcile(error)
    assert result.outcome == "sent"
    assert result.message is not None
    assert (result.message.message_id, result.message.body) == ("m0", TEXT)
    assert sender.service.elapsed < 1, "no delay is needed"


def test_a_missing_message_was_not_sent_once_the_record_has_settled(sender: Sender) -> None:
    error = sender.fail("dropped before")
    ended = sender.service.elapsed
    result = sender.reconcile(error)
    assert (result.outcome, result.message) == ("not_sent", None)
    assert sender.service.elapsed - ended >= 60
    assert 5 < len(sender.service.paths) < 40
    assert sender.service.paths[-1] == f"GET /dashboards/{DASHBOARD}/contacts/{PERSON}/messages"


def test_settle_is_counted_from_the_attempt(sender: Sender) -> None:
    error = sender.fail("dropped before")
    sender.service.elapsed += 61
    requests = len(sender.service.paths)
    assert sender.reconcile(error).outcome == "not_sent"
    assert len(sender.service.paths) == requests + 1


@pytest.mark.parametrize("lag", [0.7, 20.0, 55.0])
def test_a_record_that_lags_is_polled(harness: ClientHarness, lag: float) -> None:
    sender = Sender(SimulatedService(harness, lag=lag))
    assert sender.reconcile(sender.fail("dropped after")).outcome == "sent"


def test_a_request_that_is_processed_late_is_found(sender: Sender) -> None:
    assert sender.reconcile(sender.fail("late")).outcome == "sent"


@pytest.mark.parametrize(
    "outcome",
    [*(httpx.Response(status) for status in (503, 408, 101, 302, 303)), httpx.Response(200, text="<html>")],
    ids=str,
)
def test_every_kind_of_unknown_outcome_can_be_looked_up(sender: Sender, outcome: httpx.Response) -> None:
    assert sender.reconcile(sender.fail(outcome)).outcome == "not_sent"


@pytest.mark.parametrize("status", [301, 307, 308, 400, 409, 499])
def test_a_status_that_refuses_a_send_leaves_nothing_unknown(sender: Sender, status: int) -> None:
    sender.service.outcomes.append(httpx.Response(status))
    with pytest.raises(APIStatusError) as caught:
        sender.send()
    assert not isinstance(caught.value, SendOutcomeUnknownError)


def test_the_dashboard_of_a_number_is_looked_up_once(sender: Sender) -> None:
    def fail(outcome: str) -> SendOutcomeUnknownError:
        sender.service.outcomes.append(outcome)
        with pytest.raises(SendOutcomeUnknownError) as caught:
            sender.service.harness.run(sender.client.messages.send("555-555-0100", PERSON, TEXT))
        return caught.value

    assert sender.reconcile(fail("dropped after")).outcome == "sent"
    assert sender.reconcile(fail("dropped before")).outcome == "not_sent"
    assert sender.service.paths.count("GET /dashboards") == 1


def test_without_a_dashboard_of_that_number_it_is_unknown(sender: Sender) -> None:
    sender.service.outcomes.append("dropped after")
    with pytest.raises(SendOutcomeUnknownError) as caught:
        sender.service.harness.run(sender.client.messages.send("5555550199", PERSON, TEXT))
    result = sender.reconcile(caught.value)
    assert (result.outcome, result.reason) == ("unknown", reconciling.NO_DASHBOARD)


def test_messages_of_this_client_are_accounted_for(sender: Sender) -> None:
    sender.send()
    error = sender.fail("dropped before")
    sender.send()
    assert sender.reconcile(error).outcome == "not_sent", "both recorded messages have another origin"
    error = sender.fail("dropped after")
    result = sender.reconcile(error)
    assert result.message is not None
    assert result.message.message_id == "m2"


def test_copies_of_a_client_share_what_is_accounted_for(sender: Sender) -> None:
    run = sender.service.harness.run
    run(sender.client.with_options(timeout=5).messages.send_to_contact(DASHBOARD, PERSON, TEXT))
    assert sender.reconcile(sender.fail("dropped before")).outcome == "not_sent"


def test_the_same_text_of_another_program_makes_it_unknown(sender: Sender) -> None:
    sender.service.record(TEXT)
    error = sender.fail("dropped after")
    assert sender.reconcile(error).reason == reconciling.SEVERAL
    sender.service.rows.pop()
    sender.service.rows[0].at -= 20  # before the attempt, but not by much
    assert sender.reconcile(error).reason == reconciling.DOUBTFUL
    sender.service.rows[0].at -= 300
    assert sender.reconcile(error).outcome == "not_sent"


def test_the_same_text_of_another_program_shortly_before_makes_it_unknown(sender: Sender) -> None:
    sender.service.record(TEXT, at=sender.service.now - 20)
    assert sender.reconcile(sender.fail("dropped after")).reason == reconciling.DOUBTFUL


def test_a_success_without_an_id_is_not_taken_for_another_send(sender: Sender) -> None:
    sender.service.outcomes.append(httpx.Response(200, json={"delivery_status": "sent"}))
    sender.service.record(TEXT)
    sender.send()
    assert sender.reconcile(sender.fail("dropped before")).reason == reconciling.IN_FLIGHT


def test_the_same_text_recorded_after_the_record_has_settled_makes_it_unknown(sender: Sender) -> None:
    error = sender.fail("dropped before")
    sender.service.elapsed += 600
    sender.service.record(TEXT)
    assert sender.reconcile(error).reason == reconciling.DOUBTFUL


def test_as_many_messages_as_unknown_sends_were_all_sent(sender: Sender) -> None:
    errors = [sender.fail("dropped after"), sender.fail("dropped after")]
    results = [sender.reconcile(error) for error in errors]
    assert [result.outcome for result in results] == ["sent", "sent"]
    assert [result.message and result.message.message_id for result in results] == ["m0", "m1"]


def test_fewer_messages_than_unknown_sends_make_all_unknown(sender: Sender) -> None:
    errors = [sender.fail("dropped after"), sender.fail("dropped before")]
    assert [sender.reconcile(error).reason for error in errors] == [reconciling.IN_FLIGHT] * 2


def test_none_of_several_equal_messages_was_sent(sender: Sender) -> None:
    errors = [sender.fail("dropped before"), sender.fail("dropped before")]
    assert [sender.reconcile(error).outcome for error in errors] == ["not_sent"] * 2


def test_an_equal_send_in_flight_is_waited_for(sender: Sender) -> None:
    ledger = ledger_of(sender.client)
    error = sender.fail("dropped after")
    in_flight = ledger.begin(Conversation(DASHBOARD, PERSON), SentText(TEXT))
    sender.service.record(TEXT)
    assert sender.reconcile(error, settle=5).reason == reconciling.IN_FLIGHT
    ledger.accept(in_flight, "m1")
    ledger.resolve(in_flight)
    assert sender.reconcile(error, settle=5).outcome == "sent"


def test_a_result_does_not_change(sender: Sender) -> None:
    error = sender.fail("dropped before")
    first = sender.reconcile(error)
    sender.send()
    assert sender.reconcile(error) is first


def test_a_message_is_the_result_of_one_attempt() -> None:
    ledger = Ledger()
    first, second = (ledger.begin(Conversation(DASHBOARD, PERSON), SentText(TEXT)) for _ in range(2))
    assert ledger.accept(first, "m0")
    assert not ledger.accept(second, "m0")
    assert ledger.accept(first, "m0")
    assert (ledger.is_of_another(first, "m0"), ledger.is_of_another(second, "m0")) == (False, True)


def test_the_number_of_unresolved_sends_is_limited(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrequest_ext._sending.ledger.MAX_UNRESOLVED", 2)
    errors = [sender.fail("dropped before", f"{number} apples") for number in range(4)]
    assert len(ledger_of(sender.client).unresolved_with(PERSON)) == 2
    assert sender.reconcile(errors[0]).outcome == "not_sent"


def test_what_is_certain_is_not_kept(sender: Sender) -> None:
    sender.send()
    sender.service.outcomes = ["rejected", httpx.Response(400), httpx.Response(429)]
    for _ in range(3):
        with pytest.raises(TextRequestError) as caught:
            sender.send()
        assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert ledger_of(sender.client).unresolved_with(PERSON) == []


def test_a_copied_error_cannot_be_looked_up(sender: Sender) -> None:
    error = sender.fail("dropped after")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        with pytest.raises(ConfigurationError, match="reconcile"):
            other.reconcile()


def test_an_error_of_another_operation_cannot_be_looked_up(service: SimulatedService) -> None:
    client = service.client()
    service.outcomes.append("dropped before")
    with pytest.raises(SendOutcomeUnknownError) as caught:
        service.harness.run(client.payments.send_reminder(DASHBOARD, 9034))
    with pytest.raises(ConfigurationError, match="reconcile"):
        caught.value.reconcile()


@pytest.mark.parametrize("settle", [-1, float("nan"), float("inf"), "60", True, None])
def test_invalid_seconds_are_rejected(sender: Sender, settle: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="settle"):
        sender.reconcile(sender.fail("dropped after"), settle=settle)


def test_nothing_personal_is_exposed(sender: Sender) -> None:
    error = sender.fail("dropped after")
    result = sender.reconcile(error)
    error.reconciliation = result
    attempts = ledger_of(sender.client).unresolved_with(PERSON)
    shown = [repr(error), str(error), repr(error.args), repr(result), repr(attempts), str(vars(error))]
    shown += ["".join(traceback.format_exception(error)), repr(pickle.dumps(error))]
    shown += [repr(pickle.dumps(result)), result.reason, repr(Conversation(DASHBOARD, PERSON))]
    for text in shown:
        assert "Ann" not in text
        assert PERSON[1:] not in text
        assert FROM[1:] not in text
