"""contacts.sync against the sandbox: opt-outs, progress bars, cancelled steps, and bounded memory."""

from __future__ import annotations

import asyncio
import io
import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import trio
from tqdm import tqdm
from tqdm.asyncio import tqdm as async_tqdm

from textrequest_ext import AsyncTextRequest, ContactSync, TextRequest
from textrequest_ext.sandbox import Sandbox
from unit.conftest import KEY

PERSON = "15555550123"


@pytest.fixture
def dashboard_id(textrequest_sandbox: Sandbox) -> int:
    return textrequest_sandbox.add_dashboard().id


def rows(count: int) -> list[dict[str, Any]]:
    return [{"phone_number": f"1{200 + index // 100:03}55501{index % 100:02}"} for index in range(count)]


def async_client(sandbox: Sandbox) -> AsyncTextRequest:
    return AsyncTextRequest(sandbox.api_key, base_url=sandbox.url)


@pytest.mark.parametrize("compare", [False, True])
def test_an_opt_out_survives(
    textrequest: TextRequest, textrequest_sandbox: Sandbox, dashboard_id: int, compare: bool
) -> None:
    contacts = textrequest.contacts
    contacts.upsert(dashboard_id, PERSON, is_suppressed=True, is_blocked=True, suppressed_reason="Asked to")
    textrequest_sandbox.receive_text(dashboard_id, PERSON, "STOP")
    before = contacts.get(dashboard_id, PERSON)
    assert before is not None
    assert before.opted_out_utc is not None
    row = {"phone_number": PERSON, "first_name": "Ann", "is_suppressed": False, "suppressed_reason": ""}
    (result,) = contacts.sync(dashboard_id, [{**row, "is_blocked": False}], compare=compare)
    assert result.outcome == "updated" if compare else result.ok
    assert set(result.not_sent) == {"is_suppressed", "is_blocked", "suppressed_reason"}
    after = contacts.get(dashboard_id, PERSON)
    assert after is not None
    assert after.first_name == "Ann"
    for name in ("opted_out_utc", "is_suppressed", "is_blocked", "suppressed_reason"):
        assert getattr(after, name) == getattr(before, name)


def test_outcomes(textrequest: TextRequest, textrequest_sandbox: Sandbox, dashboard_id: int) -> None:
    people = rows(250)
    assert [one.outcome for one in textrequest.contacts.sync(dashboard_id, people)] == ["created"] * 250
    assert len([one for one in textrequest_sandbox.requests if one.operation == "Contacts_bulk_update"]) == 3
    again = textrequest.contacts.sync(dashboard_id, people[:20], compare=True)
    assert [one.outcome for one in again] == ["unchanged"] * 20
    wrong = {"phone_number": PERSON, "groups": [999]}
    mixed = [*textrequest.contacts.sync(dashboard_id, [*people[:5], wrong, *people[5:9]])]
    assert [one.index for one in mixed if one.outcome == "invalid"] == [5]
    assert "The group id 999 is not valid" in str(mixed[5].reason)
    assert textrequest.contacts.list(dashboard_id).count() == 250


def test_progress_bars(textrequest: TextRequest, textrequest_sandbox: Sandbox, dashboard_id: int) -> None:
    people = rows(30)
    run = textrequest.contacts.sync(dashboard_id, people, chunk_size=10)
    with tqdm(run, total=len(people), file=io.StringIO()) as progress:
        assert len([one for one in progress if one.ok]) == 30
    assert progress.n == 30

    async def main() -> int:
        async with async_client(textrequest_sandbox) as client:
            run = client.contacts.sync(dashboard_id, people, chunk_size=10)
            return len([one async for one in async_tqdm(run, total=len(people), file=io.StringIO())])

    assert asyncio.run(main()) == 30


def test_a_cancelled_step_is_continued_under_asyncio(textrequest_sandbox: Sandbox, dashboard_id: int) -> None:
    async def main() -> list[int]:
        async with async_client(textrequest_sandbox) as client:
            run = client.contacts.sync(dashboard_id, rows(6), chunk_size=3)
            first = [(await anext(run)).index for _ in range(3)]
            textrequest_sandbox.fail(latency=30, times=1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(run), 0.2)
            assert run.position == 3
            return first + [result.index async for result in run]

    assert asyncio.run(main()) == list(range(6))


def test_a_cancelled_step_is_continued_under_trio(textrequest_sandbox: Sandbox, dashboard_id: int) -> None:
    async def main() -> list[int]:
        async with async_client(textrequest_sandbox) as client:
            run = client.contacts.sync(dashboard_id, rows(6), chunk_size=3)
            first = [(await anext(run)).index for _ in range(3)]
            textrequest_sandbox.fail(latency=30, times=1)
            with trio.move_on_after(0.2) as scope:
                await anext(run)
            assert scope.cancelled_caught
            return first + [result.index async for result in run]

    assert trio.run(main) == list(range(6))


def test_memory_does_not_grow_with_the_input() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.content, headers={"date": "Sat, 14 Mar 2026 15:09:26 GMT"})

    def people() -> Iterator[dict[str, str]]:
        for index in itertools.count():
            area, rest = divmod(index % 800_000, 1000)
            yield {"phone_number": f"1{200 + area:03}555{rest:04}", "note": "x" * 5000}

    def consume(run: ContactSync, count: int) -> int:
        """The memory in use after this many more results."""
        for _ in itertools.islice(run, count):
            pass
        return tracemalloc.get_traced_memory()[0]

    client = TextRequest(KEY, transport=httpx.MockTransport(respond))
    run = client.contacts.sync(121, people())
    consume(run, 200)
    tracemalloc.start()
    try:
        start = consume(run, 200)
        growth = consume(run, 2000) - start
    finally:
        tracemalloc.stop()
    assert growth < 1_000_000  # the notes alone are 10 MB
