"""How many rows a pager requests, and what the number of a page means."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from textrequest_api.api.messages import messages_list
from textrequest_api.types import Operation
from textrequest_ext import BadRequestError, InvalidArgumentError, UnexpectedResponseError
from unit.conftest import ClientHarness
from unit.pagination_support import ListService, ids


def requested(harness: ClientHarness) -> list[tuple[int, int | None]]:
    """Number and size of every page that was requested."""
    return [
        (
            int(request.url.params["page"]),
            int(size) if (size := request.url.params.get("page_size")) else None,
        )
        for request in harness.requests
    ]


def pager_of(harness: ClientHarness, rows: int, max_page_size: int = 1000, **arguments: Any) -> Any:
    service = ListService(rows, max_page_size=max_page_size)
    return harness.client(service.respond).messages.list(121, **arguments)


def test_first_requests_one_row(harness: ClientHarness) -> None:
    pager = pager_of(harness, 5000)
    assert harness.run(pager.first()).message_id == "0"
    assert harness.run(pager.limit(50).concurrent(8).first()).message_id == "0"
    assert requested(harness) == [(0, 1), (0, 1)]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_whole_iteration_requests_pages_of_1000(harness: ClientHarness, concurrency: int) -> None:
    assert len(harness.collect(pager_of(harness, 2500).concurrent(concurrency))) == 2500
    assert sorted(requested(harness)) == [(0, 1000), (1, 1000), (2, 1000)]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, [(0, 1)]),
        (250, [(0, 250)]),
        (1000, [(0, 1000)]),
        (1001, [(0, 1000), (1, 1000)]),
        (2500, [(0, 1000), (1, 1000), (2, 1000)]),
    ],
)
def test_limit_requests_no_more_rows_than_needed(
    harness: ClientHarness, limit: int, expected: list[tuple[int, int]], concurrency: int
) -> None:
    pager = pager_of(harness, 9000).concurrent(concurrency).limit(limit)
    assert ids(harness.collect(pager)) == list(range(limit))
    assert sorted(requested(harness)) == expected


@pytest.mark.parametrize("concurrency", [1, 4])
def test_given_page_size_is_kept(harness: ClientHarness, concurrency: int) -> None:
    pager = pager_of(harness, 95, page_size=30).concurrent(concurrency)
    assert len(harness.collect(pager)) == 95
    assert ids(harness.collect(pager.limit(5))) == [0, 1, 2, 3, 4]
    assert harness.run(pager.first()).message_id == "0"
    assert sorted(requested(harness)[:4]) == [(0, 30), (1, 30), (2, 30), (3, 30)]
    assert requested(harness)[4:] == [(0, 30), (0, 30)]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("limit", [None, 250])
def test_reduced_page_size_is_used_from_the_second_request_on(
    harness: ClientHarness, limit: int | None, concurrency: int
) -> None:
    pager = pager_of(harness, 330, max_page_size=100).concurrent(concurrency)
    pager = pager if limit is None else pager.limit(limit)
    assert ids(harness.collect(pager)) == list(range(limit or 330))
    first, *others = requested(harness)
    assert first == (0, limit or 1000)
    assert sorted(others) == [(n, 100) for n in range(1, 4 if limit is None else 3)]


@pytest.mark.parametrize("max_page_size", [1000, 100])
@pytest.mark.parametrize("limit", [1, 7, 250])
def test_starting_page_means_the_same_rows_with_every_limit(
    harness: ClientHarness, limit: int, max_page_size: int
) -> None:
    pager = pager_of(harness, 5000, max_page_size).starting_at(3)
    rows = list(range(3 * max_page_size, 5000))
    assert ids(harness.collect(pager)) == rows
    assert ids(harness.collect(pager.limit(limit))) == rows[:limit]
    assert harness.run(pager.first()).message_id == str(rows[0])


@pytest.mark.parametrize("max_page_size", [1000, 100])
@pytest.mark.parametrize("limit", [None, 150, 2100])
def test_number_of_a_page_is_what_starting_at_takes(
    harness: ClientHarness, limit: int | None, max_page_size: int
) -> None:
    pager = pager_of(harness, 2200, max_page_size)
    pager = pager if limit is None else pager.limit(limit)
    for page in harness.collect_pages(pager):
        resumed = harness.collect_pages(pager.starting_at(page.number))[0]
        assert resumed.number == page.number
        assert ids(resumed.items)[: len(page.items)] == ids(page.items)


def test_page_argument_counts_pages_of_1000(harness: ClientHarness) -> None:
    assert ids(harness.collect(pager_of(harness, 2100, page=2))) == list(range(2000, 2100))
    assert ids(harness.collect(pager_of(harness, 2100, page=2, page_size=None))) == list(range(2000, 2100))
    assert ids(harness.collect(pager_of(harness, 2100, page=2, page_size=10)))[0] == 20


def test_size_and_page_of_extra_query(harness: ClientHarness) -> None:
    assert ids(harness.collect(pager_of(harness, 95, extra_query={"page_size": 30, "page": 1}))) == list(
        range(30, 95)
    )
    assert requested(harness) == [(1, 30), (2, 30), (3, 30)]


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["7", True, -1, 1.5, 2**63])
def test_invalid_number_of_extra_query_raises(harness: ClientHarness, name: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name}: must be an integer"):
        pager_of(harness, 1, extra_query={name: value})


def unsized() -> Operation[..., Any]:
    """`messages.list` without the parameter page_size, as an operation of a later document may be."""

    def build(dashboard_id: int, *, page: int = 0) -> dict[str, Any]:
        """Build the request."""
        request = messages_list.operation.build(dashboard_id, page=page)
        request["params"].pop("page_size", None)
        return request

    parameters = tuple(one for one in messages_list.operation.parameters if one.name != "page_size")
    return messages_list.operation.replace(build=build, parameters=parameters)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_operation_without_page_size(harness: ClientHarness, concurrency: int) -> None:
    client = harness.client(ListService(250, default=100).respond)
    pager = client.paginate(unsized(), 121).concurrent(concurrency)
    assert ids(harness.collect(pager)) == list(range(250))
    assert ids(harness.collect(pager.limit(120))) == list(range(120))
    assert ids(harness.collect(pager.limit(100).unique("message_id"))) == list(range(100))
    assert ids(harness.collect(pager.starting_at(2))) == list(range(200, 250))
    assert harness.run(pager.first()).message_id == "0"
    assert harness.run(pager.count()) == 250
    assert {size for _, size in requested(harness)} == {None}


def test_error_of_an_operation_without_page_size_names_its_page(harness: ClientHarness) -> None:
    service = ListService(250, default=100)
    service.reports_size = False
    service.failing = {1: 400}
    pager = harness.client(service.respond).paginate(unsized(), 121)
    with pytest.raises(BadRequestError) as caught:
        harness.collect(pager.limit(150))
    assert caught.value.page == 1


def test_limit_of_unique_items_continues_after_duplicates(harness: ClientHarness) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        page, size = (int(request.url.params[name]) for name in ("page", "page_size"))
        rows = [n // 2 for n in range(40)][page * size : (page + 1) * size]
        meta = {"page": page, "page_size": size, "total_items": 40}
        return httpx.Response(200, json={"items": [{"message_id": str(n)} for n in rows], "meta": meta})

    pager = harness.client(handler).messages.list(121).unique("message_id").limit(10)
    assert ids(harness.collect(pager)) == list(range(10))
    assert requested(harness) == [(0, 10), (1, 10)]


@pytest.mark.parametrize("size", [True, 0, -5, 2.0, "100", 10**30, None])
@pytest.mark.parametrize("concurrency", [1, 3])
def test_invalid_reported_size_is_ignored(harness: ClientHarness, size: Any, concurrency: int) -> None:
    service = ListService(25, max_page_size=10)

    def handler(request: httpx.Request) -> httpx.Response:
        content = json.loads(service.respond(request).content)
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "page_size": size}})

    pager = harness.client(handler).messages.list(121).concurrent(concurrency)
    assert ids(harness.collect(pager)) == list(range(25))
    assert [page.size for page in harness.collect_pages(pager)] == [None] * 3


@pytest.mark.parametrize("size", [500, 10**15])
def test_reported_size_that_contradicts_the_page_is_not_used(harness: ClientHarness, size: int) -> None:
    # 10 items on the first page, 25 in total: the pages cannot have 500 items.
    service = ListService(25, max_page_size=10)

    def handler(request: httpx.Request) -> httpx.Response:
        content = json.loads(service.respond(request).content)
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "page_size": size}})

    assert ids(harness.collect(harness.client(handler).messages.list(121))) == list(range(25))
    assert {size for _, size in requested(harness)} == {1000}


INVALID_TOTALS = [-5, True, False, 2.5, "25", 10**30, [25], None]


@pytest.mark.parametrize("total", INVALID_TOTALS)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_invalid_total_is_ignored(harness: ClientHarness, total: Any, concurrency: int) -> None:
    service = ListService(25)

    def handler(request: httpx.Request) -> httpx.Response:
        content = json.loads(service.respond(request).content)
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "total_items": total}})

    pager = harness.client(handler).messages.list(121, page_size=10).concurrent(concurrency)
    assert harness.run(pager.count()) == 25
    assert type(harness.run(pager.count())) is int
    assert harness.run(pager.limit(7).count()) == 7
    assert ids(harness.collect(pager)) == list(range(25))
    assert [page.total for page in harness.collect_pages(pager)] == [None] * 3


def test_total_below_the_items_on_the_page_is_not_the_count(harness: ClientHarness) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        page, size = (int(request.url.params[name]) for name in ("page", "page_size"))
        rows = range(25)[page * size : (page + 1) * size]
        meta = {"page": page, "page_size": size, "total_items": 0}
        return httpx.Response(200, json={"items": [{"message_id": str(n)} for n in rows], "meta": meta})

    assert harness.run(harness.client(handler).messages.list(121).count()) == 25


@pytest.mark.parametrize("status", [200, 204])
def test_count_of_an_empty_list_is_one_request(harness: ClientHarness, status: int) -> None:
    service = ListService(0)
    service.empty_status = status
    assert harness.run(harness.client(service.respond).messages.list(121).count()) == 0
    assert requested(harness) == [(0, 1)]


@pytest.mark.parametrize("number", [True, -1, "0", 10**30])
def test_invalid_reported_number_is_ignored(harness: ClientHarness, number: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        meta = {"page": number, "page_size": 2, "total_items": 3}
        items = [{"message_id": str(n)} for n in range(3)[page * 2 : page * 2 + 2]]
        return httpx.Response(200, json={"items": items, "meta": meta})

    pages = harness.collect_pages(harness.client(handler).messages.list(121))
    assert [(page.number, len(page.items)) for page in pages] == [(0, 2), (1, 1)]
    assert [type(page.number) for page in pages] == [int, int]


def test_size_that_changes_during_the_iteration_raises(harness: ClientHarness) -> None:
    service = ListService(300, max_page_size=100)

    def handler(request: httpx.Request) -> httpx.Response:
        response = service.respond(request)
        service.max_page_size = 50
        return response

    with pytest.raises(UnexpectedResponseError, match="50 items instead of 100"):
        harness.collect(harness.client(handler).messages.list(121))


@pytest.mark.parametrize("method", ["limit", "starting_at", "concurrent"])
@pytest.mark.parametrize(
    "value",
    [2**63, 10**5000, -(10**5000), "1", None],
    ids=["too large", "huge", "huge and negative", "text", "None"],
)
def test_numbers_a_service_cannot_count_are_refused(harness: ClientHarness, method: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=method):
        getattr(pager_of(harness, 1), method)(value)


def test_unique_without_such_an_attribute_raises(harness: ClientHarness) -> None:
    with pytest.raises(InvalidArgumentError, match="unique: items have no attribute 'colour'"):
        harness.collect(pager_of(harness, 3).unique("colour"))
    with pytest.raises(InvalidArgumentError, match=r"unique: .*hashable"):
        harness.collect(pager_of(harness, 3).unique(lambda item: []))


def test_wait_for_delivery_searches_the_1000_newest_messages(harness: ClientHarness) -> None:
    service = ListService(2000)
    client = harness.client(service.respond)
    found = harness.run(client.messages.wait_for_delivery(121, "999", timeout=0))
    assert found.message_id == "999"
    assert requested(harness) == [(number, 100) for number in range(10)]
    assert harness.run(client.messages.wait_for_delivery(121, "1000", timeout=0)) is None
