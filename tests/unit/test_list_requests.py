"""Which requests a list makes, and what it makes of their responses: by page, by offset and by cursor."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from textrequest_api.api.contacts import contacts_get, contacts_list
from textrequest_api.types import ListPages
from textrequest_ext import InvalidArgumentError, UnexpectedResponseError
from unit.conftest import ClientHarness

# The query of the operation is that of the contract; what its parameters mean is that of the list.
BY_OFFSET = ListPages("offset", "page", total=("meta", "total"), limit="page_size", maximum=3)
BY_CURSOR = ListPages("cursor", "page", next=("meta", "next"), total=("meta", "total"))
ROWS = 7


def parse(response: httpx.Response) -> Any:
    content = response.json()
    return SimpleNamespace(items=content["items"], meta=SimpleNamespace(**content.get("meta", {})))


def operation(pages: ListPages | None, **changes: Any) -> Any:
    return contacts_list.operation.replace(pages=pages, parse=parse, **changes)


def without(name: str) -> Any:
    """The parameters of the operation without the one of this name."""
    return tuple(one for one in contacts_list.operation.parameters if one.name != name)


def queries(harness: ClientHarness) -> list[dict[str, str]]:
    return [dict(request.url.params) for request in harness.requests]


@pytest.mark.parametrize("total", [ROWS, None, "seven", -1])
def test_a_list_by_offset(harness: ClientHarness, total: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["page"]), int(request.url.params["page_size"])
        rows = list(range(ROWS))[offset : offset + limit]
        return httpx.Response(200, json={"items": rows, "meta": {"total": total}})

    client = harness.client(handler)
    pages = harness.collect_pages(client.paginate(operation(BY_OFFSET), 121))
    assert [page.items for page in pages if page.items] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [page.number for page in pages if page.items] == [0, 3, 6]
    assert {page.total for page in pages} == {total if total == ROWS else None}
    # Without a number that can be the total, only an empty page is certain to be the last one.
    offsets = ["0", "3", "6"] if total == ROWS else ["0", "3", "6", "7"]
    assert [query["page"] for query in queries(harness)] == offsets
    assert {query["page_size"] for query in queries(harness)} == {"3"}


def test_the_offset_and_the_size_that_were_given(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json={"items": [5], "meta": {"total": 6}}))
    assert harness.collect(client.paginate(operation(BY_OFFSET), 121, page=5, page_size=2)) == [5]
    assert queries(harness) == [{"page": "5", "page_size": "2"}]


def test_a_list_by_cursor(harness: ClientHarness) -> None:
    client = harness.client_returning(
        httpx.Response(200, json={"items": [0, 1], "meta": {"next": "b c", "total": 3}}),
        httpx.Response(200, json={"items": [2], "meta": {"next": ""}}),
    )
    pages = harness.collect_pages(client.paginate(operation(BY_CURSOR), 121))
    assert [(page.items, page.number, page.total) for page in pages] == [([0, 1], 0, 3), ([2], 1, None)]
    assert queries(harness) == [{}, {"page": "b c"}]


def test_a_list_by_cursor_begins_at_a_given_one(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(204))
    pager = client.paginate(operation(BY_CURSOR), 121, extra_query={"page": "middle"})
    assert harness.collect(pager) == []
    assert queries(harness) == [{"page": "middle"}]


def test_the_size_of_a_page_is_not_sent_where_it_has_no_effect(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json={"items": [0, 1]}), httpx.Response(204))
    unsized = operation(None, parameters=without("page_size"))
    assert harness.collect(client.paginate(unsized, 121)) == [0, 1]
    assert [query.keys() for query in queries(harness)] == [{"page"}] * len(queries(harness))


def test_an_operation_that_is_not_paginated(harness: ClientHarness) -> None:
    client = harness.client_returning()
    for unpaged in (contacts_get.operation, operation(None, parameters=without("page"))):
        arguments = (121, "5555550123") if unpaged is contacts_get.operation else (121,)
        with pytest.raises(InvalidArgumentError, match=r"is not paginated; use call\(\)"):
            client.paginate(unpaged, *arguments)


def test_a_page_without_items(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json={"items": None}))
    with pytest.raises(UnexpectedResponseError, match="the page has no items"):
        harness.collect(client.paginate(operation(None), 121))
