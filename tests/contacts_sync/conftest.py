"""Fixtures: the clients of the unit tests, and a way to run a sync with each of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest

from textrequest_ext import ContactResult
from unit.conftest import ClientHarness, _clean_environment, harness

__all__ = ["_clean_environment", "harness"]
Take = Callable[..., list[ContactResult]]


@pytest.fixture
def take(harness: ClientHarness) -> Take:
    """The results of a sync: all, or the first `count`. An error of a step is raised."""

    def take(run: Any, count: int | None = None) -> list[ContactResult]:
        if harness.mode == "blocking":
            return list(itertools.islice(run, count))

        async def collect() -> list[ContactResult]:
            results: list[ContactResult] = []
            while count is None or len(results) < count:
                try:
                    results.append(await anext(run))
                except StopAsyncIteration:
                    break
            return results

        return harness.run(collect())

    return take


async def as_async(items: Iterable[Any]) -> AsyncIterator[Any]:
    """The items as an async iterable."""
    for item in items:
        yield item
