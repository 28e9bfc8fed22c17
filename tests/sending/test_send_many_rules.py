"""messages.send_many: who is texted when, the limits, and the options."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from sending.simulated_service import DASHBOARD, START, Sender, SimulatedService
from sending.test_send_many import messages, number, run_many
from textrequest_ext import (
    InvalidArgumentError,
    OutgoingMessage,
)
from textrequest_ext._sending.settings import permits
from unit.conftest import ClientHarness


def test_who_opted_out_is_asked_once_and_not_texted(sender: Sender) -> None:
    sender.service.opted_out = (number(1), number(3), "not a number")
    results = run_many(sender, messages(5), opted_out=None)
    assert [result.outcome for result in results] == ["sent", "opted_out", "sent", "opted_out", "sent"]
    assert sender.service.paths.count(f"GET /dashboards/{DASHBOARD}/contacts") == 1


def test_who_opted_out_can_be_given(sender: Sender) -> None:
    results = run_many(sender, messages(3), opted_out=["(555) 555-0001"])
    assert [result.outcome for result in results] == ["sent", "opted_out", "sent"]
    assert len(sender.service.paths) == 2


def test_who_opts_out_during_the_run_is_not_texted_again(sender: Sender) -> None:
    rejected = httpx.Response(200, json={"delivery_status": "error", "delivery_error": "30050"})
    sender.service.outcomes = [rejected]
    given = [OutgoingMessage("5555550123", text) for text in ("One", "Two")]
    assert [result.outcome for result in run_many(sender, given)] == ["opted_out", "opted_out"]
    assert len(sender.service.paths) == 1


def test_without_the_list_of_opt_outs_nothing_is_sent(sender: Sender) -> None:
    sender.service.failing_lookups = 1
    with pytest.raises(Exception, match="503"):
        run_many(sender, messages(2), opted_out=None)
    assert sender.service.rows == []


def test_hours_are_those_of_the_recipient(sender: Sender) -> None:
    local = datetime.fromtimestamp(START, UTC).astimezone(ZoneInfo("America/New_York"))
    assert local.hour == 3, "the simulated service starts at 3:00 in New York, 8:00 in London"
    given = [
        OutgoingMessage("5555550101", "Hi", time_zone="Europe/London"),
        OutgoingMessage("5555550102", "Hi", time_zone="America/New_York"),
        OutgoingMessage("5555550103", "Hi", time_zone=timezone(timedelta(hours=1))),
        OutgoingMessage("5555550104", "Hi"),
    ]
    results = run_many(sender, given, hours=(time(8), time(20)))
    assert [result.outcome for result in results] == ["sent", "outside_hours", "sent", "invalid"]
    assert "time_zone" in (results[3].reason or "")
    (result,) = run_many(sender, given[3:], hours=(time(8), time(20)), time_zone="America/New_York")
    assert result.outcome == "outside_hours"


@pytest.mark.parametrize(
    ("hours", "clock", "expected"),
    [
        ((time(9), time(20)), time(9), True),
        ((time(9), time(20)), time(19, 59, 59), True),
        ((time(9), time(20)), time(20), False),
        ((time(9), time(20)), time(8, 59), False),
        ((time(22), time(6)), time(23), True),
        ((time(22), time(6)), time(5), True),
        ((time(22), time(6)), time(6), False),
    ],
)
def test_hours_include_their_start_and_may_include_midnight(
    hours: tuple[time, time], clock: time, expected: bool
) -> None:
    zone = ZoneInfo("America/Denver")
    for day in (datetime(2027, 1, 15), datetime(2027, 7, 15)):
        moment = datetime.combine(day, clock, zone).timestamp()
        assert permits(hours, zone, moment) is expected


def test_hours_are_checked_again_before_the_request(sender: Sender) -> None:
    # Eight in the morning in London; the delay between two messages is longer than the hours.
    given = [OutgoingMessage(number(index), "Hi", time_zone="Europe/London") for index in range(2)]
    results = run_many(sender, given, hours=(time(8), time(8, 30)), per_second=1 / 3600)
    assert [result.outcome for result in results] == ["sent", "outside_hours"]


def test_messages_are_paced(sender: Sender) -> None:
    starts: list[float] = []
    sender.service.on_send = lambda: starts.append(sender.service.elapsed)
    run_many(sender, messages(5), per_second=0.5)
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert all(gap == pytest.approx(2.0, abs=0.2) for gap in gaps)


def test_messages_that_are_not_sent_are_not_paced(sender: Sender) -> None:
    run_many(sender, messages(50), per_second=0.5, opted_out=[number(index) for index in range(49)])
    assert sender.service.elapsed < 2


def test_the_list_is_read_as_it_is_needed(sender: Sender) -> None:
    ahead: list[int] = []

    def source() -> Iterator[OutgoingMessage]:
        for index, message in enumerate(messages(50)):
            ahead.append(index - len(sender.service.rows))
            yield message

    run_many(sender, source(), concurrency=4)
    # Up to four in flight, one ready, and up to four results that were not returned yet.
    assert max(ahead) <= 9


@pytest.mark.parametrize("mode", ["blocking", "asyncio"])
def test_memory_does_not_grow_with_the_list(mode: str) -> None:
    sender = Sender(SimulatedService(ClientHarness(mode)))
    hours = {"hours": (time(1), time(2)), "time_zone": "Europe/London", "opted_out": ()}

    def peak(count: int) -> int:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        run = sender.client.messages.send_many(DASHBOARD, messages(count), **hours)
        if mode == "blocking":
            assert sum(result.outcome == "outside_hours" for result in run) == count
        else:

            async def drain() -> int:
                return len([None async for result in run if result.outcome == "outside_hours"])

            assert sender.service.harness.run(drain()) == count
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(100)
        small, large = peak(300), peak(2500)
    finally:
        tracemalloc.stop()
    assert large < small + 100_000


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"concurrency": 257},
        {"concurrency": True},
        {"concurrency": 2.0},
        {"per_second": 0},
        {"per_second": float("nan")},
        {"per_second": float("inf")},
        {"per_second": 10**400},
        {"journal": "a\0b"},
        {"journal": "\ud800"},
        {"per_second": "5"},
        {"journal": 5},
        {"journal": ""},
        {"opted_out": "5555550123"},
        {"opted_out": ["123"]},
        {"opted_out": 5},
        {"hours": (time(9), time(9))},
        {"hours": (9, 20)},
        {"hours": (time(9, tzinfo=UTC), time(20))},
        {"hours": time(9)},
        {"time_zone": "Atlantis/Capital"},
        {"if_unknown": "raise"},
        {"settle": -1},
        {"on_result": 5},
        {"if_unkown": "resend"},
    ],
    ids=str,
)
def test_invalid_options_are_rejected_immediately(sender: Sender, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        sender.client.messages.send_many(DASHBOARD, messages(1), **options)


@pytest.mark.parametrize("dashboard", ["121", None, True, 0, -1, 2**63])
def test_an_invalid_dashboard_is_rejected_immediately(sender: Sender, dashboard: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="dashboard_id"):
        sender.client.messages.send_many(dashboard, messages(1))


def test_a_key_may_be_used_once_per_run(sender: Sender) -> None:
    given = [
        OutgoingMessage("5555550101", "Hi", key="a"),
        OutgoingMessage("5555550101", "Hi", key="a"),
        OutgoingMessage("5555550101", "Hi"),
        OutgoingMessage("5555550101", "Hi"),
    ]
    results = run_many(sender, given)
    assert [result.outcome for result in results] == ["sent", "invalid", "sent", "sent"]
    assert results[1].reason is not None
    assert results[1].reason.startswith("key")


def test_a_key_that_is_in_flight_is_not_sent_again(sender: Sender) -> None:
    # The second message is read before the row of the first one is written.
    given = [OutgoingMessage(number(index // 2), "Hi", key=str(index // 2)) for index in range(60)]
    results = run_many(sender, given, concurrency=8)
    by_index = sorted(results, key=lambda result: result.index)
    assert [result.outcome for result in by_index] == ["sent", "invalid"] * 30
    assert len(sender.service.rows) == 30
