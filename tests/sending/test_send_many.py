"""messages.send_many: outcomes, order, limits and callbacks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from sending.simulated_service import DASHBOARD, Sender, SimulatedService
from textrequest_ext import (
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    OutgoingMessage,
    SendResult,
    UnexpectedArgumentError,
)
from textrequest_ext._sending.runs import Run
from textrequest_ext._sending.settings import Settings
from unit.conftest import ClientHarness


def number(index: int) -> str:
    return f"1555555{index:04}"


def messages(count: int, **fields: Any) -> Iterator[OutgoingMessage]:
    return (OutgoingMessage(number(index), f"Reminder {index}", **fields) for index in range(count))


def run_many(sender: Sender, *arguments: Any, **options: Any) -> list[SendResult]:
    """The results of send_many, with one message in flight at a time unless an option says otherwise."""
    options = {"concurrency": 1, "opted_out": (), **options}
    run = sender.client.messages.send_many(DASHBOARD, *arguments, **options)
    if not hasattr(run, "__aiter__"):
        return list(run)

    async def collect() -> list[SendResult]:
        return [result async for result in run]

    results: list[SendResult] = sender.service.harness.run(collect())
    return results


def test_every_message_has_a_result(sender: Sender) -> None:
    given = list(messages(5))
    results = run_many(sender, given)
    assert [result.index for result in results] == [0, 1, 2, 3, 4]
    assert [result.outcome for result in results] == ["sent"] * 5
    assert [result.message for result in results] == given
    assert [result.message_id for result in results] == [f"m{index}" for index in range(5)]
    assert all(result.response is not None and not result.earlier for result in results)
    assert len({result.key for result in results}) == 5
    assert [row.body for row in sender.service.rows] == [f"Reminder {index}" for index in range(5)]


def test_nothing_is_requested_before_the_first_result(sender: Sender) -> None:
    run = sender.client.messages.send_many(DASHBOARD, messages(5))
    assert sender.service.paths == []
    assert run is not None


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("rejected", "rejected"),
        (httpx.Response(400, json={"message": "no"}), "rejected"),
        (httpx.Response(200, json={"delivery_status": "error", "delivery_error": "30050"}), "opted_out"),
        (httpx.Response(429), "not_sent"),
        (httpx.Response(302), "not_sent"),
        ("dropped after", "sent"),
        ("dropped before", "not_sent"),
        (httpx.Response(503), "not_sent"),
    ],
    ids=str,
)
def test_outcomes_of_a_send(sender: Sender, outcome: Any, expected: str) -> None:
    sender.service.outcomes = [outcome]
    first, second = run_many(sender, messages(2))
    assert (first.outcome, second.outcome) == (expected, "sent")
    assert (first.reason is None) == (expected == "sent")
    assert sender.service.sent(number(0)) == (expected == "sent")


def test_an_unknown_outcome_is_reported_without_a_look_up(sender: Sender) -> None:
    sender.service.outcomes = ["dropped after"]
    first, _ = run_many(sender, messages(2), if_unknown="report")
    assert first.outcome == "unknown"
    assert first.error is not None
    assert len(sender.service.paths) == 2


def test_what_was_not_sent_is_sent_again_if_asked_for(sender: Sender) -> None:
    sender.service.outcomes = ["dropped before"]
    (result,) = run_many(sender, messages(1), if_unknown="resend", settle=3)
    assert result.outcome == "sent"
    assert sender.service.sent(number(0)) == 1


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (OutgoingMessage("123", "Hi", key="a"), "phone_number"),
        (OutgoingMessage("5555550123", "x" * 1601, key="a"), "body"),
        (OutgoingMessage("5555550123", None, key="a"), "body"),  # type: ignore[arg-type]
        (OutgoingMessage("5555550123", "\ud800", key="a"), "body"),
        (OutgoingMessage("5555550123", "Hi", key="\ud800"), "key"),
        (OutgoingMessage("5555550123", "Hi", key=""), "key"),
        (OutgoingMessage("5555550123", "Hi", key=5), "key"),  # type: ignore[arg-type]
        (OutgoingMessage("5555550123", "Hi", time_zone="Atlantis/Capital"), "time_zone"),
        (OutgoingMessage("5555550123", "Hi", time_zone="../../etc/passwd"), "time_zone"),
        (OutgoingMessage("5555550123", "Hi", time_zone=5), "time_zone"),  # type: ignore[arg-type]
        (OutgoingMessage("5555550123", "Hi", sender_name="x" * 42), "sender_name"),
        (OutgoingMessage("5555550123", "Hi", mms_media=5), "mms_media"),  # type: ignore[arg-type]
        (OutgoingMessage("5555550123", "Hi", mms_media=""), "mms_media"),
        (OutgoingMessage("5555550123", "Hi", mms_media=[5]), "mms_media"),  # type: ignore[list-item]
        (OutgoingMessage("5555550123", "Hi", sender_name=b"x"), "sender_name"),  # type: ignore[arg-type]
        (OutgoingMessage("5555550123", "Hi", location_callback="https://example.com/"), "location_callback"),
        ({"phone_number": "5555550123", "body": "Hi"}, "message"),
        (None, "message"),
    ],
)
def test_an_invalid_message_is_a_result(sender: Sender, message: Any, reason: str) -> None:
    first, second = run_many(sender, [message, OutgoingMessage("5555550142", "Hello")])
    assert (first.outcome, second.outcome) == ("invalid", "sent")
    assert isinstance(first.error, InvalidArgumentError)
    assert first.reason is not None
    assert first.reason.startswith(reason)
    assert first.message is message


def test_options_of_a_message_are_sent(sender: Sender) -> None:
    options: dict[str, Any] = {
        "sender_name": "Ann",
        "status_callback": "https://example.com/status",
        "location_callback": "https://example.com/location",
        "mms_media": ("https://media.example.com/1.png",),
    }
    run_many(sender, [OutgoingMessage("5555550123", "Where? [LocationRequest]", **options)])
    payload = sender.service.payloads[0]
    assert payload == {
        "body": "Where? [LocationRequest]",
        **options,
        "mms_media": ["https://media.example.com/1.png"],
    }


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_an_async_iterable_is_read(mode: str) -> None:
    async def source() -> AsyncIterator[OutgoingMessage]:
        for message in messages(3):
            yield message

    assert len(run_many(Sender(SimulatedService(ClientHarness(mode))), source())) == 3


def test_the_blocking_client_needs_an_iterable() -> None:
    client = SimulatedService(ClientHarness("blocking")).client()

    async def source() -> AsyncIterator[OutgoingMessage]:
        yield OutgoingMessage("5555550123", "Hi")

    with pytest.raises(UnexpectedArgumentError, match="messages"):
        client.messages.send_many(DASHBOARD, source())


def test_results_are_reported_before_they_are_returned(sender: Sender) -> None:
    reported: list[int] = []
    results = run_many(sender, messages(4), on_result=lambda result: reported.append(result.index))
    assert reported == [result.index for result in results]


def test_an_error_of_the_callback_ends_the_run(sender: Sender) -> None:
    def fail(result: SendResult) -> None:
        raise LookupError("callback")

    with pytest.raises(LookupError, match="callback"):
        run_many(sender, messages(50), on_result=fail)
    assert len(sender.service.rows) <= 2


def test_an_error_of_the_list_ends_the_run(sender: Sender) -> None:
    def source() -> Iterator[OutgoingMessage]:
        yield from messages(3)
        raise LookupError("list")

    reported: list[int] = []
    with pytest.raises(LookupError, match="list"):
        run_many(sender, source(), on_result=lambda result: reported.append(result.index), concurrency=8)
    assert sorted(reported) == [0, 1, 2], "messages in flight are finished and reported"


def test_a_refused_api_key_ends_the_run(sender: Sender) -> None:
    sender.service.outcomes = ["ok", httpx.Response(401)]
    reported: list[str] = []
    with pytest.raises(AuthenticationError):
        run_many(sender, messages(50), on_result=lambda result: reported.append(result.outcome))
    assert reported == ["sent", "not_sent"]


def test_results_show_neither_texts_nor_numbers(sender: Sender) -> None:
    sender.service.outcomes = ["ok", "dropped after", "rejected", httpx.Response(400, json={"message": "x"})]
    results = run_many(sender, messages(4), if_unknown="report")
    assert len({result.outcome for result in results}) == 3
    for result in results:
        assert "Reminder" not in repr(result)
        assert number(result.index)[1:] not in repr(result)


def test_threads_can_share_the_results() -> None:
    sender = Sender(SimulatedService(ClientHarness("blocking")))
    run = sender.client.messages.send_many(DASHBOARD, messages(60), opted_out=())
    indices: list[int] = []

    def read() -> None:
        for result in run:
            indices.append(result.index)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(indices) == list(range(60))


def test_tasks_cannot_share_the_results() -> None:
    sender = Sender(SimulatedService(ClientHarness("asyncio")))

    async def main() -> None:
        run = sender.client.messages.send_many(DASHBOARD, messages(5), opted_out=())
        async with run:
            outcomes = await asyncio.gather(anext(run), anext(run), return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [SendResult, ConfigurationError]

    asyncio.run(main())


def test_the_callback_is_called_in_the_thread_that_reads_the_results() -> None:
    sender = Sender(SimulatedService(ClientHarness("blocking")))
    threads: set[int] = set()
    run_many(sender, messages(20), concurrency=8, on_result=lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


class LateThreads:
    """Workers that begin after the run was stopped."""

    def __init__(self) -> None:
        self.works: list[Callable[[], object]] = []

    def start(self, work: Callable[[], object]) -> None:
        self.works.append(work)

    def wait(self, seconds: float | None = None) -> None:
        raise KeyboardInterrupt

    def finish(self, jobs: dict[str, Any]) -> None:
        assert not jobs, "what has not begun is given up before"


def test_a_message_that_was_given_up_is_not_sent() -> None:
    sender = Sender(SimulatedService(ClientHarness("blocking")))
    threads: Any = LateThreads()
    reported: list[SendResult] = []
    settings = Settings(opted_out=(), on_result=reported.append)
    run = Run(sender.client, DASHBOARD, iter(messages(3)), settings, threads)
    with pytest.raises(KeyboardInterrupt):
        sender.client._run_flow(run.next_result())
    sender.client._run_flow(run.stop())
    for work in threads.works:
        work()
    assert sender.service.paths == []
    assert [result.outcome for result in reported] == ["not_sent"] * 3
