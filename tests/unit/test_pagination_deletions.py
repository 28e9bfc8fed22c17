"""Rows that are deleted while a pager iterates: the following ones move to earlier pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrequest_ext import UnexpectedResponseError
from unit.conftest import ClientHarness
from unit.pagination_support import MODES, ListService, ids

Request = tuple[int, list[int]]
HARNESSES = [ClientHarness(mode) for mode in MODES]


def delete_at(service: ListService, deletions: dict[int, list[int]]) -> None:
    """Delete rows before the n-th request is responded to."""
    count = 0

    def on_request(number: int) -> None:
        nonlocal count
        for row in deletions.get(count, ()):
            if row in service.rows:
                service.rows.remove(row)
        count += 1

    service.on_request = on_request


def pager_of(harness: ClientHarness, service: ListService, size: int | None = 10) -> Any:
    return harness.client(service.respond).messages.list(121, page_size=size)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_deleting_140_of_1000_rows_loses_none_of_the_others(harness: ClientHarness, concurrency: int) -> None:
    service = ListService(1000)
    delete_at(service, {50: list(range(140))})
    items = ids(harness.collect(pager_of(harness, service).concurrent(concurrency)))
    assert len(items) == len(set(items))
    assert items == sorted(items)
    assert set(items) >= set(range(140, 1000))


@pytest.mark.parametrize("empty_status", [200, 204])
def test_deletions_that_empty_the_last_page(harness: ClientHarness, empty_status: int) -> None:
    service = ListService(15)
    service.empty_status = empty_status
    delete_at(service, {1: [0, 1, 2, 3, 4]})
    assert ids(harness.collect(pager_of(harness, service))) == list(range(15))


@pytest.mark.parametrize("concurrency", [1, 3])
def test_caller_that_deletes_every_row_it_reads(harness: ClientHarness, concurrency: int) -> None:
    service = ListService(300)
    pager = pager_of(harness, service).concurrent(concurrency)
    read = []
    if harness.mode == "blocking":
        for item in pager:
            read.append(int(item.message_id))
            service.rows.remove(read[-1])
    else:

        async def delete_all() -> None:
            async for item in pager:
                read.append(int(item.message_id))
                service.rows.remove(read[-1])

        harness.run(delete_all())
    assert read == list(range(300))
    assert service.rows == []


def test_caller_that_deletes_more_rows_than_are_remembered(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.items.MAX_REMEMBERED", 40)
    service = ListService(300)
    pager = pager_of(harness, service).prefetch(False)
    read = []

    def handle(item: Any) -> None:
        read.append(int(item.message_id))
        if read[-1] >= 55:
            service.rows.remove(read[-1])

    if harness.mode == "blocking":
        for item in pager:
            handle(item)
    else:

        async def delete_all() -> None:
            async for item in pager:
                handle(item)

        harness.run(delete_all())
    assert read == list(range(300))
    assert service.rows == list(range(55))


@pytest.mark.parametrize("name", ["id", "phone_number", "payment_id", "message_id", "anything"])
def test_rows_are_recognized_by_their_id_or_all_their_values(harness: ClientHarness, name: str) -> None:
    service = ListService(60)
    service.id_name = name
    delete_at(service, {3: list(range(7))})
    client = harness.client(service.respond)
    pager, value = {
        "id": (client.groups.list(121, page_size=10), lambda item: item.id),
        "phone_number": (client.contacts.list(121, page_size=10), lambda item: int(item.phone_number)),
        "payment_id": (client.payments.list(121, page_size=10), lambda item: item.payment_id),
        "message_id": (
            client.messages.list_scheduled(121, page_size=10),
            lambda item: int(item["message_id"]),
        ),
        "anything": (client.messages.list_scheduled(121, page_size=10), lambda item: item["anything"]),
    }[name]
    assert [value(item) for item in harness.collect(pager)] == list(range(60))


@pytest.mark.parametrize(
    ("method", "name"), [("list", "message_id"), ("list_scheduled", "message_id"), ("list_scheduled", "id")]
)
def test_row_that_changed_is_recognized_by_its_id(harness: ClientHarness, method: str, name: str) -> None:
    service, version = ListService(60), iter(range(1_000_000))
    service.id_name = name
    delete_at(service, {3: list(range(7))})

    def handler(request: httpx.Request) -> httpx.Response:
        import json

        content = json.loads(service.respond(request).content)
        for item in content["items"]:
            item["body"] = f"version {next(version)}"
        return httpx.Response(200, json=content)

    pager = getattr(harness.client(handler).messages, method)(121, page_size=10)
    items = harness.collect(pager)
    assert [int(getattr(item, name) if method == "list" else item[name]) for item in items] == list(range(60))


def test_rows_without_an_id(harness: ClientHarness) -> None:
    service = ListService(60)
    delete_at(service, {3: list(range(7))})

    def handler(request: httpx.Request) -> httpx.Response:
        import json

        content = json.loads(service.respond(request).content)
        content["items"] = [
            {"message_id": ("", None)[int(item["message_id"]) % 2], "body": item["message_id"]}
            for item in content["items"]
        ]
        return httpx.Response(200, json=content)

    items = harness.collect(harness.client(handler).messages.list(121, page_size=10))
    assert [int(item.body) for item in items] == list(range(60))


def test_ids_that_are_not_hashable(harness: ClientHarness) -> None:
    service = ListService(60)
    service.id_name = "id"
    service.id_of = lambda row: [row]  # type: ignore[method-assign]
    delete_at(service, {3: list(range(7))})
    items = harness.collect(harness.client(service.respond).groups.list(121, page_size=10))
    assert [item.id for item in items] == [[row] for row in range(60)]


@pytest.mark.parametrize("start", [1, 2])
def test_deletions_before_the_starting_page(harness: ClientHarness, start: int) -> None:
    service = ListService(95)
    delete_at(service, {2: list(range(15))})
    items = ids(harness.collect(pager_of(harness, service).starting_at(start)))
    assert items == list(range(start * 10, 95))


def test_deletion_of_every_row_since_the_starting_page_raises(harness: ClientHarness) -> None:
    service = ListService(95)
    delete_at(service, {2: list(range(10, 30))})
    with pytest.raises(UnexpectedResponseError, match="deleted") as caught:
        harness.collect(pager_of(harness, service).starting_at(1).prefetch(False))
    assert caught.value.page == 0


def test_deletion_of_every_row_that_is_remembered_raises(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.items.MAX_REMEMBERED", 20)
    service = ListService(95)
    delete_at(service, {4: list(range(15, 40))})
    with pytest.raises(UnexpectedResponseError, match="cannot be found"):
        harness.collect(pager_of(harness, service))


def test_caller_that_deletes_every_row_and_more_than_are_remembered(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.items.MAX_REMEMBERED", 40)
    test_caller_that_deletes_every_row_it_reads(harness, 1)


def test_rows_that_cannot_be_recognized_raise(harness: ClientHarness) -> None:
    service, version = ListService(95), iter(range(1_000_000))
    service.id_name = "anything"
    service.id_of = lambda row: next(version)  # type: ignore[method-assign]
    delete_at(service, {4: [3]})
    with pytest.raises(UnexpectedResponseError, match="cannot be found"):
        harness.collect(harness.client(service.respond).messages.list_scheduled(121, page_size=10))


def test_deletion_of_the_whole_list_ends_it(harness: ClientHarness) -> None:
    service = ListService(95)
    delete_at(service, {2: list(range(95))})
    assert ids(harness.collect(pager_of(harness, service))) == list(range(20))
    service = ListService(95)
    delete_at(service, {2: list(range(95))})
    assert ids(harness.collect(pager_of(harness, service).starting_at(1))) == list(range(10, 30))


def test_deletions_after_the_current_page_cost_requests_and_no_rows(harness: ClientHarness) -> None:
    service = ListService(95)
    delete_at(service, {3: [70, 80]})
    assert ids(harness.collect(pager_of(harness, service))) == [n for n in range(95) if n not in (70, 80)]
    requested = [int(request.url.params["page"]) for request in harness.requests]
    # Page 2 is looked at again, and page 4 was requested before the deletion was noticed on page 3.
    assert sorted(requested) == [0, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9]


def test_deletions_with_a_limit(harness: ClientHarness) -> None:
    service = ListService(95)
    delete_at(service, {2: list(range(5))})
    assert ids(harness.collect(pager_of(harness, service).limit(33))) == list(range(33))


def test_deletions_with_unique(harness: ClientHarness) -> None:
    service = ListService(95)
    delete_at(service, {2: list(range(5))})
    assert ids(harness.collect(pager_of(harness, service).unique("message_id"))) == list(range(95))


def test_page_that_is_requested_again_has_only_new_rows(harness: ClientHarness) -> None:
    service = ListService(45)
    delete_at(service, {2: list(range(5))})
    pages = harness.collect_pages(pager_of(harness, service).prefetch(False))
    assert [(page.number, ids(page.items)) for page in pages] == [
        (0, list(range(10))),
        (1, list(range(10, 20))),
        (1, list(range(20, 25))),
        (2, list(range(25, 35))),
        (3, list(range(35, 45))),
    ]


def test_total_that_counts_the_remaining_rows_is_no_endless_loop(harness: ClientHarness) -> None:
    service = ListService(95)

    def handler(request: httpx.Request) -> httpx.Response:
        import json

        content = json.loads(service.respond(request).content)
        remaining = 95 - 10 * content["meta"]["page"]
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "total_items": remaining}})

    items = harness.collect(harness.client(handler).messages.list(121, page_size=10))
    assert ids(items) == list(range(95))


def test_total_that_always_falls_costs_one_request_a_page(harness: ClientHarness) -> None:
    service, total = ListService(95), iter(range(1_000_000, 0, -1))

    def handler(request: httpx.Request) -> httpx.Response:
        import json

        content = json.loads(service.respond(request).content)
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "total_items": next(total)}})

    items = harness.collect(harness.client(handler).messages.list(121, page_size=10))
    assert ids(items) == list(range(95))
    # The last page is past the end, since the total says more; page 2 was requested before the first fall of
    # the total was noticed on page 1.
    assert len(harness.requests) == 1 + 2 * 10 + 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 60),
    size=st.integers(1, 12),
    start=st.sampled_from([0, 0, 0, 1, 2]),
    concurrency=st.integers(1, 4),
    prefetch=st.booleans(),
    deletions=st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 60), max_size=25), max_size=4),
    reports_size=st.booleans(),
    empty_status=st.sampled_from([200, 204]),
)
def test_no_row_that_is_left_is_lost_or_returned_twice(
    harness: ClientHarness,
    rows: int,
    size: int,
    start: int,
    concurrency: int,
    prefetch: bool,
    deletions: dict[int, list[int]],
    reports_size: bool,
    empty_status: int,
) -> None:
    service = ListService(rows)
    service.empty_status = empty_status
    service.reports_size = reports_size
    delete_at(service, deletions)
    pager = pager_of(harness, service, size).starting_at(start).concurrent(concurrency).prefetch(prefetch)
    try:
        items = ids(harness.collect(pager))
    except UnexpectedResponseError:
        assert start, "only an iteration that starts later can lose its place"
        return
    assert items == sorted(set(items))
    # Rows deleted before the first page was requested move those of the starting page.
    first = [row for row in range(rows) if row not in deletions.get(0, ())][start * size :]
    assert set(items) <= set(first)
    assert set(items) >= set(first) & set(service.rows)
