"""The error of a page says which page, and the iteration can be resumed from it."""

from __future__ import annotations

import pickle
import random
import traceback
from typing import Any

import httpx
import pytest

from textrequest_ext import (
    APIConnectionError,
    BadRequestError,
    RateLimitError,
    TextRequestError,
    UnexpectedResponseError,
)
from unit.conftest import ClientHarness
from unit.pagination_support import ListService, ids


def read(harness: ClientHarness, pager: Any, into: list[Any]) -> None:
    """Append the items of a pager one by one, so that those before an error are kept."""
    if harness.mode == "blocking":
        for item in pager:
            into.append(item)
        return

    async def iterate() -> None:
        async for item in pager:
            into.append(item)

    harness.run(iterate())


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("failing", [0, 1, 4])
def test_error_names_its_page_and_the_iteration_resumes(
    harness: ClientHarness, failing: int, concurrency: int
) -> None:
    service = ListService(95)
    service.failing = {failing: 400}
    pager = harness.client(service.respond).messages.list(121, page_size=20).concurrent(concurrency)
    items: list[Any] = []
    with pytest.raises(BadRequestError) as caught:
        read(harness, pager, items)
    assert caught.value.page == failing
    # On the first page, nothing was read yet, so there is nothing to resume.
    shown = "".join(traceback.format_exception(caught.value))
    for advice in (f"page {failing}", f"starting_at({failing})"):
        assert (advice in shown) == (failing > 0)
    assert len(items) == failing * 20
    read(harness, pager.starting_at(caught.value.page), items)
    assert ids(items) == list(range(95))


@pytest.mark.parametrize("max_page_size", [1000, 100])
@pytest.mark.parametrize("limit", [None, 2500, 250])
def test_iteration_resumes_without_a_given_page_size(
    harness: ClientHarness, limit: int | None, max_page_size: int
) -> None:
    service = ListService(4200, max_page_size=max_page_size)
    service.failing = {2: 400}
    pager = harness.client(service.respond).messages.list(121)
    limited = pager if limit is None else pager.limit(limit)
    items: list[Any] = []
    try:
        read(harness, limited, items)
    except BadRequestError as error:
        assert len(items) == 2 * max_page_size
        resumed = pager.starting_at(error.page)
        read(harness, resumed if limit is None else resumed.limit(limit - len(items)), items)
    else:
        assert (limit, max_page_size) == (250, 1000), "a single page is enough"
    assert ids(items) == list(range(4200))[:limit]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_every_row_once_under_many_faults(harness: ClientHarness, concurrency: int) -> None:
    service, dice = ListService(1000), random.Random(7)

    def handler(request: httpx.Request) -> httpx.Response:
        fault = dice.random()
        if fault < 0.1:
            return httpx.Response(400)
        if fault < 0.2:
            raise httpx.ReadError("connection reset")
        if fault < 0.3:
            return httpx.Response(200, text="<html>")
        return service.respond(request)

    pager = harness.client(handler, retries=0).messages.list(121, page_size=7).concurrent(concurrency)
    items: list[Any] = []
    page, failures = 0, 0
    while True:
        try:
            read(harness, pager.starting_at(page), items)
            break
        except TextRequestError as error:
            assert isinstance(error, BadRequestError | APIConnectionError | UnexpectedResponseError)
            assert error.page is not None
            page = error.page
            failures += 1
    assert failures > 20
    assert ids(items) == list(range(1000))


def test_error_of_a_page_that_is_refused_names_it(harness: ClientHarness) -> None:
    meta = {"page": 0, "page_size": 3, "total_items": 900}
    items = [{"message_id": str(n)} for n in range(3)]
    client = harness.client(lambda request: httpx.Response(200, json={"items": items, "meta": meta}))
    with pytest.raises(UnexpectedResponseError) as caught:
        harness.collect(client.messages.list(121))
    assert caught.value.page == 1


def test_error_of_another_call_has_no_page(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(400), httpx.Response(400))
    for method in (lambda: client.contacts.get(121, "5555550123"), client.contacts.list(121).count):
        with pytest.raises(BadRequestError) as caught:
            harness.run(method())
        assert caught.value.page is None


def test_page_survives_a_pickle(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(429), retries=0)
    with pytest.raises(RateLimitError) as caught:
        harness.collect(client.messages.list(121).starting_at(3))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.page == 3
    assert copy.__notes__ == caught.value.__notes__


def test_error_in_the_middle_of_pages_of_a_limit_loses_nothing(harness: ClientHarness) -> None:
    """A first page of `limit` rows with duplicates needs a second one; page 0 is the safe place to resume."""

    def handler(request: httpx.Request) -> httpx.Response:
        page, size = (int(request.url.params[name]) for name in ("page", "page_size"))
        if page == 1 and size == 10:
            return httpx.Response(400)
        rows = [n // 2 for n in range(40)][page * size : (page + 1) * size]
        meta = {"page": page, "page_size": size, "total_items": 40}
        return httpx.Response(200, json={"items": [{"message_id": str(n)} for n in rows], "meta": meta})

    pager = harness.client(handler).messages.list(121).unique("message_id")
    items: list[Any] = []
    with pytest.raises(BadRequestError) as caught:
        read(harness, pager.limit(10), items)
    read(harness, pager.starting_at(caught.value.page), items)
    assert set(ids(items)) == set(range(20))


def test_an_iteration_is_over_after_its_error(harness: ClientHarness) -> None:
    service = ListService(95)
    service.failing = {1: 400}
    pager = harness.client(service.respond).messages.list(121, page_size=20)

    async def iterate() -> None:
        pages = aiter(pager.pages())
        await anext(pages)
        with pytest.raises(BadRequestError):
            await anext(pages)
        assert await anext(pages, None) is None

    if harness.mode == "blocking":
        pages = pager.pages()
        next(pages)
        with pytest.raises(BadRequestError):
            next(pages)
        assert next(pages, None) is None
    else:
        harness.run(iterate())
