"""The rules of pagination by themselves: which requests follow which pages."""

from __future__ import annotations

import pytest

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


def test_page_with_as_many_items_as_requested_is_full_whatever_size_is_reported() -> None:
    pagination: Pagination[int] = Pagination(size=5)
    pagination.accept(Page(list(range(5)), 0, 100, 5))
    assert not pagination.done
    assert pagination.request == PageRequest(1, 5)
