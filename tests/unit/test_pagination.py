"""Pagination over a simulated list: order and number of the items, and that it always ends."""

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
from unit.conftest import ClientHarness


@dataclass
class ListEndpoint:
    """Simulates a list of the service, including responses that it should not return."""

    rows: int
    max_page_size: int = 1000
    total: Any = "correct"  # "correct", a fixed number, or None for a response without it
    empty_status: int = 200  # the status of an empty page: 200 or 204
    new_rows: int = 0  # rows added at the end after the first request, one less after each further one
    reports_size: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            page = int(request.url.params.get("page", 0))
            size = min(int(request.url.params.get("page_size", 100)), self.max_page_size)
            items = [{"message_id": str(n)} for n in range(self.rows)[page * size : (page + 1) * size]]
            total = self.rows if self.total == "correct" else self.total
            self.rows += self.new_rows
            self.new_rows -= 1 if self.new_rows else 0
        if not items and self.empty_status == 204:
            return httpx.Response(204)
        meta = {"page": page, "total_items": total} | ({"page_size": size} if self.reports_size else {})
        return httpx.Response(200, json={"items": items, "meta": meta})


def ids(items: list[Any]) -> list[int]:
    return [int(item.message_id) for item in items]


HARNESSES = [ClientHarness("blocking"), ClientHarness("asyncio"), ClientHarness("trio")]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 60),
    size=st.integers(1, 30),
    max_page_size=st.integers(1, 30),
    limit=st.one_of(st.none(), st.integers(0, 70)),
    start=st.integers(0, 4),
    concurrency=st.integers(1, 5),
    total=st.one_of(st.just("correct"), st.none(), st.integers(0, 90)),
    empty_status=st.sampled_from([200, 204]),
    reports_size=st.booleans(),
)
def test_items_and_their_order_match_the_service(
    harness: ClientHarness,
    rows: int,
    size: int,
    max_page_size: int,
    limit: int | None,
    start: int,
    concurrency: int,
    total: Any,
    empty_status: int,
    reports_size: bool,
) -> None:
    endpoint = ListEndpoint(rows, max_page_size, total, empty_status, reports_size=reports_size)
    pager = (
        harness.client(endpoint).messages.list(121, page_size=size).starting_at(start).concurrent(concurrency)
    )
    if limit is not None:
        pager = pager.limit(limit)
    expected = list(range(rows))[start * min(size, max_page_size) :]
    assert ids(harness.collect(pager)) == (expected if limit is None else expected[:limit])
    assert ids(harness.collect(pager)) == (expected if limit is None else expected[:limit]), (
        "a second iteration returns the same items"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 40),
    new_rows=st.integers(1, 6),
    size=st.integers(1, 10),
    concurrency=st.integers(1, 4),
)
def test_rows_added_during_iteration_are_returned_once(
    harness: ClientHarness, rows: int, new_rows: int, size: int, concurrency: int
) -> None:
    endpoint = ListEndpoint(rows, new_rows=new_rows)
    pager = harness.client(endpoint).messages.list(121, page_size=size).concurrent(concurrency)
    numbers = ids(harness.collect(pager))
    assert numbers[:rows] == list(range(rows))
    assert numbers == sorted(set(numbers))


def test_later_requests_use_the_reported_page_size(harness: ClientHarness) -> None:
    pager = harness.client(ListEndpoint(25, max_page_size=10)).messages.list(121, page_size=5000)
    assert len(harness.collect(pager)) == 25
    requested = [
        (request.url.params["page"], request.url.params["page_size"]) for request in harness.requests
    ]
    assert requested == [("0", "5000"), ("1", "10"), ("2", "10")]


def test_no_request_after_a_short_last_page(harness: ClientHarness) -> None:
    assert len(harness.collect(harness.client(ListEndpoint(1500)).messages.list(121))) == 1500
    assert len(harness.requests) == 2


def test_pager_is_lazy_and_stops_at_the_limit(harness: ClientHarness) -> None:
    pager = harness.client(ListEndpoint(1000)).messages.list(121, page_size=10)
    pager.limit(5).concurrent(3).unique("message_id")
    assert harness.requests == []
    assert ids(harness.collect(pager.limit(25))) == list(range(25))
    assert len(harness.requests) == 3
    assert harness.collect(pager.limit(0)) == []
    assert len(harness.requests) == 3


def test_page_attributes(harness: ClientHarness) -> None:
    pages = harness.collect_pages(harness.client(ListEndpoint(25)).messages.list(121, page_size=10, page=1))
    assert [(page.number, page.size, page.total, len(page.items)) for page in pages] == [
        (1, 10, 25, 10),
        (2, 10, 25, 5),
    ]
    assert isinstance(pages[0], Page)


def test_first_and_count(harness: ClientHarness) -> None:
    client = harness.client(ListEndpoint(25))
    pager = client.messages.list(121, page_size=10)
    assert harness.run(pager.first()).message_id == "0"
    assert harness.run(pager.count()) == 25
    assert len(harness.requests) == 2
    assert harness.run(pager.limit(7).count()) == 7
    assert harness.run(pager.starting_at(1).count()) == 15
    assert harness.run(pager.unique("message_id").count()) == 25
    assert harness.run(harness.client(ListEndpoint(25, total=None)).messages.list(121).count()) == 25
    assert harness.run(harness.client(ListEndpoint(0, empty_status=204)).messages.list(121).first()) is None
    assert harness.run(pager.limit(0).first()) is None
    assert harness.run(pager.limit(0).count()) == 0


def test_unique_drops_duplicates_before_the_limit(harness: ClientHarness) -> None:
    rows = [[1, 2, 3], [3, 4, 5], [5, 6]]

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        items = [{"message_id": str(n)} for n in (rows[page] if page < 3 else [])]
        return httpx.Response(
            200, json={"items": items, "meta": {"page": page, "page_size": 3, "total_items": 8}}
        )

    pager = harness.client(handler).messages.list(121)
    assert ids(harness.collect(pager)) == [1, 2, 3, 3, 4, 5, 5, 6]
    assert ids(harness.collect(pager.unique("message_id"))) == [1, 2, 3, 4, 5, 6]
    assert ids(harness.collect(pager.unique(lambda item: item.message_id).limit(4))) == [1, 2, 3, 4]


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize(
    "meta",
    [
        {"page": 0, "page_size": 3, "total_items": 900},  # always reports page 0
        {"page_size": 3, "total_items": 900},  # ignores the page parameter, reports no page
        {},
    ],
)
def test_duplicate_page_raises(harness: ClientHarness, meta: dict[str, int], concurrency: int) -> None:
    items = [{"message_id": str(n)} for n in range(3)]
    client = harness.client(lambda request: httpx.Response(200, json={"items": items, "meta": meta}))
    with pytest.raises(UnexpectedResponseError, match="cannot be read to its end"):
        harness.collect(client.messages.list(121).concurrent(concurrency))
    # The pages after the one with the mistake are requested before that is parsed.
    assert len(harness.requests) <= 1 + 2 * concurrency


def test_page_with_the_items_of_the_previous_page_raises(harness: ClientHarness) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        meta = {"page": int(request.url.params["page"]), "page_size": 1, "total_items": 900}
        return httpx.Response(200, json={"items": [{"message_id": "same"}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="same items as the page before"):
        harness.collect(harness.client(handler).messages.list(121))


def test_list_that_never_ends_raises(monkeypatch: pytest.MonkeyPatch, harness: ClientHarness) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.rules.MAX_PAGES_PAST_TOTAL", 20)

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        meta = {"page": page, "page_size": 1, "total_items": 5}
        return httpx.Response(200, json={"items": [{"message_id": str(page)}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="never ends"):
        harness.collect(harness.client(handler).messages.list(121))
    assert len(harness.requests) == 27


@pytest.mark.parametrize("meta", [{}, {"page_size": 1}, {"page_size": 5, "total_items": None}])
def test_list_that_never_ends_without_a_total_raises(
    monkeypatch: pytest.MonkeyPatch, harness: ClientHarness, meta: dict[str, Any]
) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.rules.MAX_PAGES_PAST_TOTAL", 20)

    def handler(request: httpx.Request) -> httpx.Response:
        page = request.url.params["page"]
        return httpx.Response(200, json={"items": [{"message_id": page}], "meta": meta})

    with pytest.raises(UnexpectedResponseError, match="never ends"):
        harness.collect(harness.client(handler).messages.list(121, page=100))
    assert len(harness.requests) == 22


def test_starting_past_the_end_returns_no_items(harness: ClientHarness) -> None:
    assert harness.collect(harness.client(ListEndpoint(5)).messages.list(121).starting_at(1_000_000)) == []


def test_whole_page_is_parsed_before_its_first_item(harness: ClientHarness) -> None:
    items = [{"message_id": "1"}, {"message_id": "2", "message_timestamp_utc": "no date"}]
    client = harness.client(lambda request: httpx.Response(200, json={"items": items, "meta": {}}))
    with pytest.raises(UnexpectedResponseError, match=r"items\[1\]\.message_timestamp_utc"):
        harness.run(client.messages.list(121).first())


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
def test_invalid_argument_of_a_pager_raises(harness: ClientHarness, change: Any, argument: str) -> None:
    with pytest.raises(InvalidArgumentError, match=argument):
        change(harness.client(ListEndpoint(1)).messages.list(121))


def test_threads_end_when_iteration_stops_early() -> None:
    client = TextRequest("key", transport=httpx.MockTransport(ListEndpoint(10_000)))
    for _ in client.messages.list(121, page_size=10).concurrent(8):
        break
    gc.collect()
    for thread in threading.enumerate():
        if thread.name.startswith("textrequest-pager"):
            thread.join()  # its request is not cancelled
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("textrequest-pager")]


def test_requests_are_cancelled_when_iteration_stops_early() -> None:
    in_flight, cancelled = 0, 0
    endpoint = ListEndpoint(10_000)

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
        return endpoint(request)

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


def test_failed_page_cancels_the_other_requests() -> None:
    endpoint = ListEndpoint(10_000)

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params["page"] == "1":
            return httpx.Response(400)
        await asyncio.sleep(0 if request.url.params["page"] == "0" else 60)
        return endpoint(request)

    async def main() -> None:
        async with AsyncTextRequest("key", transport=httpx.MockTransport(handler)) as client:
            with pytest.raises(Exception, match="status 400"):
                await client.messages.list(121, page_size=10).concurrent(8).collect()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


@pytest.mark.parametrize("mode", ["blocking", "asyncio", "trio"])
def test_pages_are_fetched_concurrently(mode: str) -> None:
    in_flight, maximum, lock, endpoint = 0, 0, threading.Lock(), ListEndpoint(100)

    def begin() -> None:
        nonlocal in_flight, maximum
        with lock:
            in_flight += 1
            maximum = max(maximum, in_flight)

    def end() -> None:
        nonlocal in_flight
        with lock:
            in_flight -= 1

    def handle(request: httpx.Request) -> httpx.Response:
        begin()
        time.sleep(0.002)
        end()
        return endpoint(request)

    async def handle_async(request: httpx.Request) -> httpx.Response:
        begin()
        await (trio.sleep(0.002) if mode == "trio" else asyncio.sleep(0.002))
        end()
        return endpoint(request)

    harness = ClientHarness(mode)
    if mode == "blocking":
        client: Any = TextRequest("key", transport=httpx.MockTransport(handle))
    else:
        client = AsyncTextRequest("key", transport=httpx.MockTransport(handle_async))
    assert ids(harness.collect(client.messages.list(121, page_size=5).concurrent(4))) == list(range(100))
    assert 2 <= maximum <= 4
