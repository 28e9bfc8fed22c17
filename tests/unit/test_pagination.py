"""Paging against a simulated list: order and count are the service's, and every walk ends."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrequest_ext import (
    AsyncTextRequest,
    InvalidArgumentError,
    Page,
    TextRequest,
    UnexpectedResponseError,
)
from unit.conftest import World


@dataclass
class Listing:
    """A list of the service: its rows, and the ways it may misbehave."""

    rows: int
    clamp: int = 1000
    total: Any = "true"  # "true", a fixed number, or None for an answer without it
    nothing: int = 200  # the status of an empty page: 200 or 204
    arriving: int = 0  # rows added at the end after every request
    tells_size: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            page = int(request.url.params.get("page", 0))
            size = min(int(request.url.params.get("page_size", 100)), self.clamp)
            items = [{"message_id": str(n)} for n in range(self.rows)[page * size : (page + 1) * size]]
            total = self.rows if self.total == "true" else self.total
            self.rows += self.arriving
            self.arriving -= 1 if self.arriving else 0
        if not items and self.nothing == 204:
            return httpx.Response(204)
        meta = {"page": page, "total_items": total} | ({"page_size": size} if self.tells_size else {})
        return httpx.Response(200, json={"items": items, "meta": meta})


def ids(items: list[Any]) -> list[int]:
    return [int(item.message_id) for item in items]


KINDS = [World("blocking"), World("asyncio"), World("trio")]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    world=st.sampled_from(KINDS),
    rows=st.integers(0, 60),
    size=st.integers(1, 30),
    clamp=st.integers(1, 30),
    limit=st.one_of(st.none(), st.integers(0, 70)),
    start=st.integers(0, 4),
    at_once=st.integers(1, 5),
    total=st.one_of(st.just("true"), st.none(), st.integers(0, 90)),
    nothing=st.sampled_from([200, 204]),
    tells_size=st.booleans(),
)
def test_order_and_count_equal_the_services(
    world: World,
    rows: int,
    size: int,
    clamp: int,
    limit: int | None,
    start: int,
    at_once: int,
    total: Any,
    nothing: int,
    tells_size: bool,
) -> None:
    listing = Listing(rows, clamp, total, nothing, tells_size=tells_size)
    pager = world.client(listing).messages.list(121, page_size=size).starting_at(start).concurrent(at_once)
    if limit is not None:
        pager = pager.limit(limit)
    expected = list(range(rows))[start * min(size, clamp) :]
    assert ids(world.items(pager)) == (expected if limit is None else expected[:limit])
    assert ids(world.items(pager)) == (expected if limit is None else expected[:limit]), (
        "a pager can be walked again"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    world=st.sampled_from(KINDS),
    rows=st.integers(0, 40),
    arriving=st.integers(1, 6),
    size=st.integers(1, 10),
    at_once=st.integers(1, 4),
)
def test_rows_that_arrive_at_the_end_while_walking_are_neither_lost_nor_doubled(
    world: World, rows: int, arriving: int, size: int, at_once: int
) -> None:
    listing = Listing(rows, arriving=arriving)
    pager = world.client(listing).messages.list(121, page_size=size).concurrent(at_once)
    walked = ids(world.items(pager))
    assert walked[:rows] == list(range(rows))
    assert walked == sorted(set(walked))


def test_a_size_that_is_clamped_is_what_later_requests_ask_for(world: World) -> None:
    pager = world.client(Listing(25, clamp=10)).messages.list(121, page_size=5000)
    assert len(world.items(pager)) == 25
    asked = [(request.url.params["page"], request.url.params["page_size"]) for request in world.requests]
    assert asked == [("0", "5000"), ("1", "10"), ("2", "10")]


def test_a_short_last_page_costs_no_further_request(world: World) -> None:
    assert len(world.items(world.client(Listing(150)).messages.list(121))) == 150
    assert len(world.requests) == 2


def test_making_a_pager_sends_nothing_and_a_limit_stops_early(world: World) -> None:
    pager = world.client(Listing(1000)).messages.list(121, page_size=10)
    pager.limit(5).concurrent(3).unique("message_id")
    assert world.requests == []
    assert ids(world.items(pager.limit(25))) == list(range(25))
    assert len(world.requests) == 3
    assert world.items(pager.limit(0)) == []
    assert len(world.requests) == 3


def test_pages_say_what_they_are(world: World) -> None:
    pages = world.pages(world.client(Listing(25)).messages.list(121, page_size=10, page=1))
    assert [(page.number, page.size, page.total, len(page.items)) for page in pages] == [
        (1, 10, 25, 10),
        (2, 10, 25, 5),
    ]
    assert isinstance(pages[0], Page)


def test_first_and_count(world: World) -> None:
    client = world.client(Listing(25))
    pager = client.messages.list(121, page_size=10)
    assert world.run(pager.first()).message_id == "0"
    assert world.run(pager.count()) == 25
    assert len(world.requests) == 2
    assert world.run(pager.limit(7).count()) == 7
    assert world.run(pager.starting_at(1).count()) == 15
    assert world.run(pager.unique("message_id").count()) == 25
    assert world.run(world.client(Listing(25, total=None)).messages.list(121).count()) == 25
    assert world.run(world.client(Listing(0, nothing=204)).messages.list(121).first()) is None
    assert world.run(pager.limit(0).first()) is None
    assert world.run(pager.limit(0).count()) == 0


def test_unique_drops_rows_that_shifted_and_a_limit_counts_what_is_left(world: World) -> None:
    rows = [[1, 2, 3], [3, 4, 5], [5, 6]]

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        items = [{"message_id": str(n)} for n in (rows[page] if page < 3 else [])]
        return httpx.Response(
            200, json={"items": items, "meta": {"page": page, "page_size": 3, "total_items": 8}}
        )

    pager = world.client(handler).messages.list(121)
    assert ids(world.items(pager)) == [1, 2, 3, 3, 4, 5, 5, 6]
    assert ids(world.items(pager.unique("message_id"))) == [1, 2, 3, 4, 5, 6]
    assert ids(world.items(pager.unique(lambda item: item.message_id).limit(4))) == [1, 2, 3, 4]


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize(
    "meta",
    [
        {"page": 0, "page_size": 3, "total_items": 900},  # always says page 0
        {"page_size": 3, "total_items": 900},  # ignores paging and does not say so
        {},
    ],
)
def test_a_duplicate_page_is_an_error(world: World, meta: dict[str, int], at_once: int) -> None:
    items = [{"message_id": str(n)} for n in range(3)]
    client = world.client(lambda request: httpx.Response(200, json={"items": items, "meta": meta}))
    with pytest.raises(UnexpectedResponseError, match="cannot be read to its end"):
        world.items(client.messages.list(121).concurrent(at_once))
    assert len(world.requests) <= 1 + at_once


def test_the_same_items_under_the_next_number_are_an_error(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        meta = {"page": int(request.url.params["page"]), "page_size": 1, "total_items": 900}
        return httpx.Response(200, json={"items": [{"message_id": "same"}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="same items as the page before"):
        world.items(world.client(handler).messages.list(121))


def test_a_list_that_never_ends_is_an_error(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.rules.MAX_PAGES_PAST_TOTAL", 20)

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        meta = {"page": page, "page_size": 1, "total_items": 5}
        return httpx.Response(200, json={"items": [{"message_id": str(page)}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="never ends"):
        world.items(world.client(handler).messages.list(121))
    assert len(world.requests) == 27


@pytest.mark.parametrize("meta", [{}, {"page_size": 1}, {"page_size": 5, "total_items": None}])
def test_a_list_without_a_total_ends_too(
    monkeypatch: pytest.MonkeyPatch, world: World, meta: dict[str, Any]
) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.rules.MAX_PAGES_PAST_TOTAL", 20)

    def handler(request: httpx.Request) -> httpx.Response:
        page = request.url.params["page"]
        return httpx.Response(200, json={"items": [{"message_id": page}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="never ends"):
        world.items(world.client(handler).messages.list(121, page=100))
    assert len(world.requests) == 22


def test_starting_far_past_the_end_finds_nothing(world: World) -> None:
    assert world.items(world.client(Listing(5)).messages.list(121).starting_at(1_000_000)) == []


def test_a_whole_page_is_checked_before_its_first_item(world: World) -> None:
    items = [{"message_id": "1"}, {"message_id": "2", "message_timestamp_utc": "no date"}]
    client = world.client(lambda request: httpx.Response(200, json={"items": items, "meta": {}}))
    with pytest.raises(UnexpectedResponseError, match=r"items\[1\]\.message_timestamp_utc"):
        world.run(client.messages.list(121).first())


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        (lambda pager: pager.limit(-1), "limit"),
        (lambda pager: pager.limit(1.5), "limit"),
        (lambda pager: pager.starting_at(-1), "starting_at"),
        (lambda pager: pager.concurrent(0), "concurrent"),
        (lambda pager: pager.concurrent(True), "concurrent"),
        (lambda pager: pager.unique(4), "unique"),
    ],
)
def test_wrong_settings_of_a_pager_are_named(world: World, change: Any, argument: str) -> None:
    with pytest.raises(InvalidArgumentError, match=argument):
        change(world.client(Listing(1)).messages.list(121))


def test_stopping_early_leaves_no_thread() -> None:
    client = TextRequest("key", transport=httpx.MockTransport(Listing(10_000)))
    for _ in client.messages.list(121, page_size=10).concurrent(8):
        break
    gc.collect()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("textrequest-pager")]


def test_stopping_early_cancels_what_is_in_flight() -> None:
    in_flight, cancelled = 0, 0
    listing = Listing(10_000)

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal in_flight, cancelled
        in_flight += 1
        try:
            await asyncio.sleep(0 if request.url.params["page"] in "01" else 60)
        except asyncio.CancelledError:
            cancelled += 1
            raise
        finally:
            in_flight -= 1
        return listing(request)

    async def main() -> None:
        async with AsyncTextRequest("key", transport=httpx.MockTransport(slow)) as client:
            seen = 0
            async for _ in client.messages.list(121, page_size=10).concurrent(8):
                seen += 1
                if seen == 15:
                    break
            assert in_flight > 0
            await asyncio.sleep(0.01)
            assert in_flight == 0
            assert cancelled > 0
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_failure_of_one_page_ahead_cancels_the_others() -> None:
    listing = Listing(10_000)

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params["page"] == "1":
            return httpx.Response(400)
        await asyncio.sleep(0 if request.url.params["page"] == "0" else 60)
        return listing(request)

    async def main() -> None:
        async with AsyncTextRequest("key", transport=httpx.MockTransport(handler)) as client:
            with pytest.raises(Exception, match="status 400"):
                await client.messages.list(121, page_size=10).concurrent(8).collect()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["blocking", "asyncio", "trio"])
def test_pages_are_fetched_at_once(kind: str) -> None:
    flying, most, lock, listing = 0, 0, threading.Lock(), Listing(100)

    def begin() -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)

    def end() -> None:
        nonlocal flying
        with lock:
            flying -= 1

    def blocking(request: httpx.Request) -> httpx.Response:
        begin()
        time.sleep(0.002)
        end()
        return listing(request)

    async def awaiting(request: httpx.Request) -> httpx.Response:
        begin()
        await (trio.sleep(0.002) if kind == "trio" else asyncio.sleep(0.002))
        end()
        return listing(request)

    world = World(kind)
    if kind == "blocking":
        client: Any = TextRequest("key", transport=httpx.MockTransport(blocking))
    else:
        client = AsyncTextRequest("key", transport=httpx.MockTransport(awaiting))
    assert ids(world.items(client.messages.list(121, page_size=5).concurrent(4))) == list(range(100))
    assert 2 <= most <= 4
