"""max_segments and smart of send_many: the rules of a single send, for every message of a run."""

from __future__ import annotations

import inspect
import typing
from pathlib import Path
from typing import Any

import pytest

from sending.simulated_service import Sender, SimulatedService
from sending.test_journal import blocking, outcomes, path, query, set_outcome
from sending.test_send_many import number, run_many
from textrequest_ext import InvalidArgumentError, JournalError, MessageTooLongError, OutgoingMessage
from textrequest_ext._sending.settings import Settings
from textrequest_ext.resources.messages import Messages
from unit.conftest import ClientHarness

__all__ = ["blocking", "path"]

CURLY = "It\u2019s “ready”…"
PLAIN = 'It\'s "ready"...'
# Three segments each: no character is split, neither a pair of septets nor one of surrogates.
LONG = ["]" * 153, "a" * 152 + "]" + "b" * 152, "a" * 66 + "😀" + "b" * 66]


def texts(*bodies: str) -> list[OutgoingMessage]:
    return [OutgoingMessage(number(index), body) for index, body in enumerate(bodies)]


def test_a_message_with_more_segments_is_not_sent(sender: Sender) -> None:
    results = run_many(sender, texts("Hello", *LONG, "a" * 306), max_segments=2)
    assert outcomes(results) == ["sent", "invalid", "invalid", "invalid", "sent"]
    assert [type(result.error) for result in results[1:4]] == [MessageTooLongError] * 3
    assert results[1].reason == "body: has 3 segments in GSM-7, and max_segments is 2"
    assert str(results[3].reason).startswith("body: has 3 segments in UCS-2, and max_segments is 2; ")
    assert [row.body for row in sender.service.rows] == ["Hello", "a" * 306]
    assert outcomes(run_many(sender, texts(*LONG), max_segments=3)) == ["sent"] * 3


def test_smart_replaces_before_the_segments_are_counted(sender: Sender) -> None:
    body = "a" * 80 + CURLY
    results = run_many(sender, texts(CURLY, body, "Zoë\u2019s ç"), smart=True, max_segments=1)
    assert outcomes(results) == ["sent"] * 3
    assert [row.body for row in sender.service.rows] == [PLAIN, "a" * 80 + PLAIN, "Zoë\u2019s ç"]
    assert [result.message.body for result in results] == [CURLY, body, "Zoë\u2019s ç"]


def test_nothing_is_replaced_without_the_option(sender: Sender) -> None:
    results = run_many(sender, texts(CURLY, "a" * 80 + CURLY), max_segments=1)
    assert outcomes(results) == ["sent", "invalid"]
    assert str(results[1].reason).endswith("with smart=True, they are replaced and the text fits")
    assert [row.body for row in sender.service.rows] == [CURLY]


@pytest.mark.parametrize(
    ("options", "argument"), [({"max_segments": 0}, "max_segments"), ({"smart": "yes"}, "smart")]
)
def test_an_invalid_option_is_an_error_of_the_call(sender: Sender, options: Any, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        run_many(sender, texts("Hello"), **options)
    assert caught.value.argument == argument


def test_the_journal_has_the_text_that_was_sent(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), texts(CURLY, *LONG), journal=path, smart=True, max_segments=2)
    assert outcomes(first) == ["sent", "invalid", "invalid", "invalid"]
    assert query(path, "SELECT body FROM messages") == [(PLAIN,)]
    second = run_many(Sender(service), texts(CURLY), journal=path, smart=True)
    assert [(result.outcome, result.earlier) for result in second] == [("sent", True)]
    with pytest.raises(JournalError, match="another message at index 0"):
        run_many(Sender(service), texts(CURLY), journal=path)


def test_what_was_sent_before_the_limit_is_looked_up(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), texts(CURLY + "a" * 200, "Hello"), journal=path, smart=True)
    for result in first:
        set_outcome(path, result.key, "started")
    # One is in the list, one is only in the journal.
    options: dict[str, Any] = {"journal": path, "smart": True, "max_segments": 1, "settle": 20}
    assert outcomes(run_many(Sender(service), texts(CURLY + "a" * 200), **options)) == ["sent", "sent"]


def test_what_is_too_long_by_now_is_not_sent_again(harness: ClientHarness, path: Path) -> None:
    service = SimulatedService(harness)
    first = run_many(Sender(service), texts(LONG[0]), journal=path)
    set_outcome(path, first[0].key, "started")
    service.rows.clear()
    options: dict[str, Any] = {"journal": path, "max_segments": 2, "if_unknown": "resend", "settle": 20}
    (second,) = run_many(Sender(service), texts(LONG[0]), **options)
    assert (second.outcome, type(second.error)) == ("not_sent", MessageTooLongError)
    assert service.rows == []
    assert outcomes(run_many(Sender(service), texts(LONG[0]), **options)) == ["invalid"]
    assert outcomes(run_many(Sender(service), texts(LONG[0]), journal=path)) == ["sent"]


def test_the_signatures_have_the_options_and_their_defaults() -> None:
    defaults = vars(Settings())
    for overload in typing.get_overloads(Messages.send_many):
        parameters = dict(inspect.signature(overload).parameters)
        for name in ("self", "dashboard_id", "messages"):
            del parameters[name]
        assert {name: one.default for name, one in parameters.items()} == defaults
        assert list(parameters) == list(Settings.__annotations__)
