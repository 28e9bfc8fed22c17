"""A short part of every campaign of `make faults`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from faults import cancellation, everywhere
from faults.pages import MODES as PAGE_MODES
from faults.pages import run_pages
from faults.sends import MODES as SEND_MODES
from faults.sends import run_sends


def test_sends_under_mixed_faults() -> None:
    # At the same time: most of it is waiting, until a text that is not recorded was not sent.
    with ThreadPoolExecutor(len(SEND_MODES)) as pool:
        reports = list(pool.map(lambda mode: run_sends(mode, 120, seed=3, settle=3.0), SEND_MODES))
    for report in reports:
        assert report.is_clean, report
        assert report.resolved + report.reported == len(report.outcomes.unknown) > 0, report
        assert sum(report.faults.values()) > 10, report


def test_pages_under_mixed_faults() -> None:
    for report in run_pages(list(PAGE_MODES), 3_000, seed=3, at_once=True):
        assert report.is_clean, report
        assert report.faults, report


@pytest.mark.parametrize("mode", cancellation.MODES)
def test_a_send_that_is_cancelled_at_any_await(mode: str) -> None:
    report = cancellation.run_cancellations(mode, seed=3)
    assert report.is_clean, report
    assert report.completed == len(cancellation.SITUATIONS), report
    assert report.cancellations + report.completed > report.sent > report.completed, report


@pytest.mark.parametrize("mode", ["asyncio", "aiohttp", "trio"])
def test_1000_tasks_share_a_client(mode: str) -> None:
    report = everywhere.in_tasks(mode)
    assert report.is_clean, report


def test_32_threads_share_a_client() -> None:
    report = everywhere.in_threads(32, 640)
    assert report.is_clean, report


def test_forked_processes_share_a_client() -> None:
    report = everywhere.after_fork(4, 150)
    assert report.is_clean, report
