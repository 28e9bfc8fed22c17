"""The rules of pagination by themselves: which requests follow which pages."""

from __future__ import annotations

import pytest

from textrequest_ext._pagination.items import ItemsRead
from textrequest_ext._pagination.prefetch import Iteration, Settings
from textrequest_ext._pagination.rules import Page, PageRequest, Pagination


def numbers(requests: list[PageRequest]) -> list[int]:
    return [request.number for request in requests]


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 2500])
def test_rules_are_free_of_io(rows: int) -> None:
    pagination: Pagination[int] = Pagination()
    seen: list[int] = []
    while not pagination.done:
        number, size = pagination.request
        items = list(range(rows))[number * size : (number + 1) * size]
        seen += pagination.accept(Page(items, number, size, rows)).items
    assert seen == list(range(rows))


def test_page_after_a_full_last_page_is_requested_with_the_others() -> None:
    pagination: Pagination[int] = Pagination(size=10)
    pagination.accept(Page(list(range(10)), 0, 10, 40))
    assert numbers(pagination.upcoming(8)) == [1, 2, 3, 4], "a full page does not end the list"
    pagination = Pagination(size=10)
    pagination.accept(Page(list(range(10)), 0, 10, 39))
    assert numbers(pagination.upcoming(8)) == [1, 2, 3]
    assert numbers(pagination.upcoming(2)) == [1, 2]


def test_one_page_is_requested_until_the_total_is_known() -> None:
    pagination: Pagination[int] = Pagination(size=10)
    assert numbers(pagination.upcoming(8)) == [0]
    pagination.accept(Page(list(range(10)), 0, 10, None))
    assert numbers(pagination.upcoming(8)) == [1]


def test_one_page_is_requested_while_the_place_in_the_list_is_searched() -> None:
    pagination: Pagination[int] = Pagination(size=10)
    for number in range(3):
        pagination.accept(Page(list(range(number * 10, number * 10 + 10)), number, 10, 100))
    assert pagination.accept(Page(list(range(31, 41)), 3, 10, 99)).items == []
    assert numbers(pagination.upcoming(8)) == [2]


def test_total_is_remembered_over_a_page_without_one() -> None:
    pagination: Pagination[int] = Pagination(size=10)
    pagination.accept(Page(list(range(10)), 0, 10, 35))
    pagination.accept(Page(list(range(10, 20)), 1, 10, None))
    pagination.accept(Page(list(range(22, 32)), 2, 10, 33))
    assert pagination.request.number == 1
    pagination.accept(Page([*range(12, 22)], 1, 10, 33))
    assert pagination.request.number == 2


def test_page_with_as_many_items_as_requested_is_full_whatever_size_is_reported() -> None:
    pagination: Pagination[int] = Pagination(size=5)
    pagination.accept(Page(list(range(5)), 0, 100, 5))
    assert not pagination.done
    assert pagination.request == PageRequest(1, 5)


def test_items_before_the_first_one_that_was_read_are_not_new() -> None:
    """After a deletion, the place in the list can be on a page with items before the starting page."""
    pagination: Pagination[int] = Pagination(start=2, size=10)
    assert pagination.accept(Page(list(range(20, 30)), 2, 10, 60)).items == list(range(20, 30))
    # 5 to 9 and 25 to 29 were deleted.
    pagination.accept(Page(list(range(40, 50)), 3, 10, 50))
    pagination.accept(Page(list(range(30, 40)), 2, 10, 50))
    assert pagination.accept(Page([*range(15, 25)], 1, 10, 50)).items == []
    assert pagination.request.number == 2
    assert pagination.accept(Page(list(range(30, 40)), 2, 10, 50)).items == list(range(30, 40))


def test_deletion_of_everything_that_was_read_in_several_steps() -> None:
    pagination: Pagination[int] = Pagination(size=10)
    pagination.accept(Page(list(range(10)), 0, 10, 100))
    pagination.accept(Page(list(range(10, 20)), 1, 10, 100))
    # 0 to 4 were deleted.
    pagination.accept(Page(list(range(25, 35)), 2, 10, 95))
    assert pagination.accept(Page(list(range(15, 25)), 1, 10, 95)).items == list(range(20, 25))
    # 5 to 24 were deleted.
    pagination.accept(Page(list(range(45, 55)), 2, 10, 75))
    pagination.accept(Page(list(range(35, 45)), 1, 10, 75))
    assert pagination.accept(Page(list(range(25, 35)), 0, 10, 75)).items == list(range(25, 35))


def test_items_of_a_page_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrequest_ext._pagination.items.MAX_REMEMBERED", 20)
    items: ItemsRead[int] = ItemsRead(is_complete=True)
    for page in range(10):
        items.add(list(range(page * 10, page * 10 + 10)))
    assert items.count() == 20
    assert not items.is_complete
    assert items.after_read([79, 80, 99, 100]) == [100]
    assert items.after_read([79]) is None


class StartedJob:
    """The job of a page that notes when it is started."""

    def __init__(self, request: PageRequest, events: list[str]) -> None:
        self.request = request
        self._events = events
        self.running = False

    def start(self) -> None:
        self._events.append(f"request {self.request.number}")
        self.running = True

    def cancel(self) -> bool:
        return False


@pytest.mark.parametrize(("prefetch", "concurrency"), [(True, 1), (True, 3), (False, 3)])
def test_connections_do_not_wait_while_a_page_is_parsed(prefetch: bool, concurrency: int) -> None:
    events: list[str] = []

    def parse(response: int, number: int) -> Page[int]:
        events.append(f"parse {number}")
        return Page(list(range(number * 10, number * 10 + 10)), number, 10, 100)

    settings: Settings[int, None] = Settings(None, parse, size=10, concurrency=concurrency, prefetch=prefetch)
    iteration: Iteration[int, StartedJob] = Iteration(settings, lambda request: StartedJob(request, events))
    for number in range(5):
        assert iteration.needed().request.number == number
        iteration.advance()
        iteration.accept(number)
        started = [int(event.split()[1]) for event in events if event.startswith("request")]
        if prefetch:
            assert started == list(range(1, number + concurrency + 1))
    # The first page is requested by the caller. While page 4 is parsed, the next one is requested already.
    last = f"request {4 + concurrency}"
    assert (last in events[: events.index("parse 4")]) == (prefetch)


def test_pages_that_arrive_together_are_followed_by_as_many_requests() -> None:
    events: list[str] = []
    jobs: list[StartedJob] = []

    def create_job(request: PageRequest) -> StartedJob:
        jobs.append(StartedJob(request, events))
        return jobs[-1]

    settings: Settings[int, None] = Settings(
        None, lambda response, number: Page([number] * 10, number, 10, 1000), size=10, concurrency=3
    )
    iteration: Iteration[int, StartedJob] = Iteration(settings, create_job)
    for _ in range(2):
        iteration.needed()
        iteration.advance()
        iteration.accept(None)
    assert [job.request.number for job in jobs if job.running] == [1, 2, 3, 4]
    for job in jobs:
        job.running = False  # all have arrived, and page 2 is needed
    iteration.needed()
    iteration.advance()
    iteration.accept(None)
    assert [job.request.number for job in jobs if job.running] == [5, 6, 7]
    for job in jobs:
        job.running = False
    iteration.needed()
    iteration.advance()
    iteration.accept(None)
    assert [job.request.number for job in jobs if job.running] == [8, 9], "at most twice as many are ahead"
