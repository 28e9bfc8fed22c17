"""Properties of every iteration: the items are those of the service, with as few requests as documented."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrequest_ext._pagination.rules import MAX_PAGE_SIZE
from unit.conftest import ClientHarness
from unit.pagination_support import MODES, ListService, ids

HARNESSES = [ClientHarness(mode) for mode in MODES]
SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def expected_requests(
    rows: int, start: int, limit: int | None, requested: int, size: int, ends_early: bool
) -> int:
    """How many requests the documentation promises.

    requested: the size in the first request. size: what the service makes of it. ends_early: whether a
    short page can be recognized as the last one, by its size and the total.
    """
    if limit == 0:
        return 0
    available = max(0, rows - start * size)
    if limit is not None and available >= limit:
        return math.ceil(limit / size)
    pages = math.ceil(available / size)
    return pages if available % size and ends_early else pages + 1


@SETTINGS
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 90),
    page_size=st.one_of(st.none(), st.integers(1, 40)),
    max_page_size=st.one_of(st.just(1000), st.integers(1, 40)),
    start=st.sampled_from([0, 0, 1, 3]),
    limit=st.one_of(st.none(), st.integers(0, 100)),
    concurrency=st.integers(1, 6),
    prefetch=st.booleans(),
    has_total=st.booleans(),
    reports_size=st.booleans(),
    empty_status=st.sampled_from([200, 204]),
)
def test_items_and_number_of_requests(
    harness: ClientHarness,
    rows: int,
    page_size: int | None,
    max_page_size: int,
    start: int,
    limit: int | None,
    concurrency: int,
    prefetch: bool,
    has_total: bool,
    reports_size: bool,
    empty_status: int,
) -> None:
    service = ListService(rows, max_page_size=max_page_size)
    service.has_total, service.reports_size, service.empty_status = has_total, reports_size, empty_status
    harness.requests.clear()
    pager = harness.client(service.respond).messages.list(121, page_size=page_size)
    pager = pager.starting_at(start).concurrent(concurrency).prefetch(prefetch)
    pager = pager if limit is None else pager.limit(limit)

    requested = page_size or (limit if limit and start == 0 and limit < MAX_PAGE_SIZE else MAX_PAGE_SIZE)
    size = min(requested, max_page_size)
    assert ids(harness.collect(pager)) == list(range(rows))[start * size :][:limit]
    assert len(harness.requests) == expected_requests(
        rows, start, limit, requested, size, has_total and reports_size
    )
    sizes = [int(request.url.params["page_size"]) for request in harness.requests]
    assert sizes[:1] == [requested][: len(sizes)]
    assert set(sizes[1:]) <= {size if reports_size else requested}
    numbers = [int(request.url.params["page"]) for request in harness.requests]
    assert sorted(numbers) == list(range(start, start + len(numbers)))


@SETTINGS
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 60),
    size=st.integers(1, 12),
    max_page_size=st.integers(1, 12),
    failing=st.integers(0, 8),
    concurrency=st.integers(1, 5),
    prefetch=st.booleans(),
    limit=st.one_of(st.none(), st.integers(1, 70)),
    given_size=st.booleans(),
)
def test_resuming_after_an_error_returns_every_row_once(
    harness: ClientHarness,
    rows: int,
    size: int,
    max_page_size: int,
    failing: int,
    concurrency: int,
    prefetch: bool,
    limit: int | None,
    given_size: bool,
) -> None:
    service = ListService(rows, max_page_size=max_page_size)
    service.failing = {failing: 400}
    client = harness.client(service.respond)
    pager = client.messages.list(121, page_size=size if given_size else None)
    pager = pager.concurrent(concurrency).prefetch(prefetch)
    items: list[Any] = []

    def read(pager: Any) -> int | None:
        """Read into `items`; the page to resume with after an error."""

        async def iterate() -> None:
            async for item in pager:
                items.append(item)

        try:
            if harness.mode == "blocking":
                for item in pager:
                    items.append(item)
            else:
                harness.run(iterate())
        except httpx.HTTPError:
            raise
        except Exception as error:
            return error.page  # type: ignore[attr-defined, no-any-return]
        return None

    page = read(pager if limit is None else pager.limit(limit))
    if page is not None:
        resumed = pager.starting_at(page)
        assert read(resumed if limit is None else resumed.limit(limit - len(items))) is None
    assert ids(items) == list(range(rows))[:limit]


@SETTINGS
@given(
    harness=st.sampled_from(HARNESSES),
    rows=st.integers(0, 40),
    total=st.one_of(
        st.none(), st.booleans(), st.integers(-5, 90), st.floats(), st.text(max_size=3), st.just(10**30)
    ),
    size=st.one_of(st.none(), st.booleans(), st.integers(-5, 90), st.floats(), st.just(10**30)),
    concurrency=st.integers(1, 5),
    page_size=st.one_of(st.none(), st.integers(1, 12)),
)
def test_reported_numbers_can_be_anything(
    harness: ClientHarness, rows: int, total: Any, size: Any, concurrency: int, page_size: int | None
) -> None:
    """Whatever the service reports as total and size, as long as it is the same for every page."""
    service = ListService(rows, max_page_size=10)

    def handler(request: httpx.Request) -> httpx.Response:
        content = json.loads(service.respond(request).content)
        meta = {**content["meta"], "total_items": total, "page_size": size}
        return httpx.Response(
            200,
            content=json.dumps({**content, "meta": meta}),
            headers={"content-type": "application/json"},
        )

    pager = harness.client(handler).messages.list(121, page_size=page_size).concurrent(concurrency)
    items = ids(harness.collect(pager))
    is_possible = type(size) is not int or size <= 0 or size == min(page_size or 1000, 10)
    # A short page that is the last one by its size and the total ends the list, if both are false.
    if is_possible or total == rows or type(total) is not int:
        assert items == list(range(rows))
    count = harness.run(pager.count())
    assert type(count) is int
    assert count >= 0
