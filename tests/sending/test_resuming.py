"""A run with the journal of an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from sending.simulated_service import DASHBOARD, PERSON, Sender, SimulatedService
from sending.test_journal import blocking, outcomes, path, query, set_outcome
from sending.test_send_many import messages, number, run_many
from textrequest_ext import ConfigurationError, JournalError, OutgoingMessage
from textrequest_ext._sending.journal import Entry, Journal
from unit.conftest import ClientHarness

__all__ = ["blocking", "path"]


def test_a_second_run_sends_nothing_again(sender: Sender, path: Path) -> None:
    first = run_many(sender, messages(4), journal=path)
    second = run_many(sender, messages(6), journal=path)
    assert outcomes(second) == ["sent"] * 6
    assert [result.earlier for result in second] == [True] * 4 + [False] * 2
    assert [result.message_id for result in second[:4]] == [result.message_id for result in first]
    assert [result.key for result in second[:4]] == [result.key for result in first]
    assert len(sender.service.rows) == 6


def test_what_was_not_sent_is_sent_by_the_next_run(sender: Sender, path: Path) -> None:
    sender.service.outcomes = ["dropped before", "rejected"]
    assert outcomes(run_many(sender, messages(3), journal=path, opted_out=[number(2)])) == [
        "not_sent",
        "rejected",
        "opted_out",
    ]
    assert outcomes(run_many(sender, messages(3), journal=path)) == ["sent", "rejected", "sent"]
    assert [sender.service.sent(number(index)) for index in range(3)] == [1, 0, 1]


@pytest.mark.parametrize("outcome", ["started", "unknown"])
@pytest.mark.parametrize("reached", [True, False])
@pytest.mark.parametrize("if_unknown", ["reconcile", "resend", "report"])
def test_what_is_unknown_is_looked_up_by_the_next_run(
    harness: ClientHarness, path: Path, outcome: str, reached: bool, if_unknown: str
) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), messages(2), journal=path)
    set_outcome(path, first[0].key, outcome)
    service.rows = service.rows if reached else service.rows[1:]
    # Another process: it knows nothing but the journal.
    second = run_many(Sender(service), messages(2), journal=path, if_unknown=if_unknown, settle=20)
    expected = "sent" if reached or if_unknown == "resend" else "not_sent"
    assert outcomes(second) == ["unknown" if if_unknown == "report" else expected, "sent"]
    assert service.sent(number(0)) == (reached or if_unknown == "resend")
    assert query(path, "SELECT outcome FROM messages ORDER BY position") == [(second[0].outcome,), ("sent",)]


def test_a_message_that_was_rejected_while_its_process_was_killed_is_rejected(
    harness: ClientHarness, path: Path
) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), messages(2), journal=path)
    set_outcome(path, first[0].key, "started")
    service.rows[0].status = "error"
    second = run_many(Sender(service), messages(2), journal=path)
    assert outcomes(second) == ["rejected", "sent"]
    assert query(path, "SELECT outcome FROM messages ORDER BY position") == [("rejected",), ("sent",)]


def test_a_started_message_may_still_be_on_its_way(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness, lag=15)
    first = run_many(Sender(service), messages(1), journal=path)
    set_outcome(path, first[0].key, "started")
    for row in service.rows:
        row.at, row.visible = service.now + 3, service.now + 18
    second = run_many(Sender(service), messages(1), journal=path, if_unknown="resend", settle=20)
    assert outcomes(second) == ["sent"]
    assert service.sent(number(0)) == 1


def test_equal_messages_of_a_killed_run_are_kept_apart(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness)
    given = [OutgoingMessage(PERSON, "Knock knock") for _ in range(3)]
    first = run_many(Sender(service), given, journal=path)
    assert len({result.key for result in first}) == 3
    # The second was finished. Of the others, one was recorded: which one cannot be known.
    for at in (0, 2):
        set_outcome(path, first[at].key, "started")
    del service.rows[2]
    second = run_many(Sender(service), given, journal=path, if_unknown="resend", settle=5)
    assert outcomes(second) == ["unknown", "sent", "unknown"]
    # None was recorded: both are sent.
    del service.rows[0]
    third = run_many(Sender(service), given, journal=path, if_unknown="resend", settle=5)
    assert outcomes(third) == ["sent", "sent", "sent"]
    assert service.sent() == 3


def test_a_started_message_that_is_not_in_the_list_any_more_is_looked_up_too(
    harness: ClientHarness, path: Path
) -> None:
    service = SimulatedService(harness)
    given = [OutgoingMessage(number(at), f"Reminder {at}", key=f"k{at}") for at in range(3)]
    run_many(Sender(service), given, journal=path)
    set_outcome(path, "k1", "started")
    second = run_many(Sender(service), [given[0], given[2]], journal=path)
    assert [(result.key, result.outcome) for result in second] == [
        ("k0", "sent"),
        ("k2", "sent"),
        ("k1", "sent"),
    ]
    assert second[2].message == given[1]


def test_a_message_that_is_not_in_the_list_any_more_is_not_sent(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness)
    given = [OutgoingMessage(number(at), f"Reminder {at}", key=f"k{at}") for at in range(2)]
    run_many(Sender(service), given, journal=path)
    set_outcome(path, "k1", "started")
    service.rows.pop()
    options = {"if_unknown": "resend", "hours": (time(8), time(20)), "time_zone": None, "settle": 5}
    second = run_many(
        Sender(service), [replace(given[0], time_zone="Europe/London")], journal=path, **options
    )
    assert [(result.key, result.outcome) for result in second] == [("k0", "sent"), ("k1", "not_sent")]
    assert len(service.rows) == 1


def test_runs_without_a_journal_do_not_share_keys(sender: Sender) -> None:
    run_many(sender, [OutgoingMessage(PERSON, "Hi", key="a")])
    sender.service.outcomes = ["dropped before"]
    (result,) = run_many(sender, [OutgoingMessage(PERSON, "Hi", key="a")])
    assert result.outcome == "not_sent", "the first message belongs to another run"


def test_a_key_may_be_used_once_in_a_later_run_too(sender: Sender, path: Path) -> None:
    given = [OutgoingMessage(PERSON, "Hi", key="a")]
    sender.service.outcomes = ["dropped before"]
    assert outcomes(run_many(sender, given, journal=path)) == ["not_sent"]
    assert outcomes(run_many(sender, given * 2, journal=path)) == ["sent", "invalid"]
    assert outcomes(run_many(sender, given * 2, journal=path)) == ["sent", "invalid"]


def test_a_derived_key_depends_on_the_place(sender: Sender, path: Path) -> None:
    run_many(sender, messages(3), journal=path)
    with pytest.raises(JournalError, match="index 0"):
        run_many(sender, list(messages(3))[1:], journal=path)
    assert len(sender.service.rows) == 3


@pytest.mark.parametrize(
    "changed",
    [
        OutgoingMessage("5555550199", "One", key="a"),
        OutgoingMessage("5555550101", "Uno", key="a"),
        OutgoingMessage("5555550101", "One", key="a", sender_name="Ann"),
    ],
)
def test_a_key_stands_for_one_content(sender: Sender, path: Path, changed: OutgoingMessage) -> None:
    given = OutgoingMessage("5555550101", "One", key="a")
    run_many(sender, [given], journal=path)
    with pytest.raises(JournalError, match="key 'a'") as caught:
        run_many(sender, [changed], journal=path)
    assert isinstance(caught.value, ConfigurationError)
    same = OutgoingMessage("(555) 555-0101", "One", key="a", time_zone="Europe/London")
    assert run_many(sender, [same], journal=path)[0].earlier
    assert len(sender.service.rows) == 1


def test_a_journal_is_of_one_dashboard(blocking: Sender, path: Path) -> None:
    given = OutgoingMessage("5555550101", "One", key="a")
    run_many(blocking, [given], journal=path)
    with pytest.raises(JournalError, match="another content"):
        list(blocking.client.messages.send_many(DASHBOARD + 1, [given], journal=path, opted_out=()))


def test_messages_in_flight_are_finished_before_a_conflict_is_raised(sender: Sender, path: Path) -> None:
    run_many(sender, [OutgoingMessage("5555550101", "One", key="a")], journal=path)
    given = [*messages(3), OutgoingMessage("5555550101", "Changed", key="a")]
    reported: list[str] = []
    with pytest.raises(JournalError):
        run_many(
            sender,
            given,
            journal=path,
            concurrency=8,
            on_result=lambda result: reported.append(result.outcome),
        )
    # A thread that had not begun yet does not send.
    assert len(reported) == 3
    assert set(reported) <= {"sent", "not_sent"}
    assert len(sender.service.rows) == 1 + reported.count("sent")
    assert query(path, "SELECT count(*) FROM messages WHERE outcome = 'sent'") == [
        (len(sender.service.rows),)
    ]


def test_an_outcome_that_cannot_be_written_is_returned(
    sender: Sender, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Journal, *values: object) -> None:
        raise JournalError("journal: disk I/O error")

    monkeypatch.setattr(Journal, "finish", fail)
    reported: list[str] = []
    with pytest.raises(JournalError, match="disk"):
        run_many(sender, messages(9), journal=path, on_result=lambda result: reported.append(result.outcome))
    assert reported == ["sent"]
    assert len(sender.service.rows) == 1
    monkeypatch.undo()
    assert outcomes(run_many(sender, messages(2), journal=path)) == ["sent", "sent"]
    assert len(sender.service.rows) == 2


def test_an_earlier_message_that_cannot_be_looked_up_stays_unknown(
    harness: ClientHarness, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), messages(1), journal=path)
    set_outcome(path, first[0].key, "started")

    def fail(self: Journal, message_id: str) -> bool:
        raise JournalError("journal: disk I/O error")

    monkeypatch.setattr(Journal, "knows", fail)
    reported: list[str] = []
    with pytest.raises(JournalError, match="disk"):
        run_many(
            Sender(service),
            messages(5),
            journal=path,
            on_result=lambda result: reported.append(result.outcome),
        )
    assert reported == ["unknown"]
    assert service.sent(number(0)) == 1


def test_a_message_in_flight_belongs_to_its_run(path: Path) -> None:
    entry = Entry("a", 0, 0, DASHBOARD, PERSON, "Hi", "{}")
    for run in (1, 2):
        journal = Journal(path)
        assert journal.run == run
        journal.start(entry)
        assert journal.leftovers() == []
        found = journal.find("a")
        assert found is not None
        assert (found.outcome, found.run) == ("started", run)
        journal.close()
