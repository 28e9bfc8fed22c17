"""Tests of an integrator with vcrpy: recorded against the sandbox, replayed when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import vcr

from textrequest_ext import AsyncTextRequest, TextRequest
from textrequest_ext.sandbox import Sandbox
from users_tests.conftest import RETRIES
from users_tests.reminders import remind, remind_async


@pytest.fixture
def recorder(tmp_path: Path) -> Any:
    return vcr.VCR(cassette_library_dir=str(tmp_path), filter_headers=["x-api-key"])


@contextmanager
def running_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sandbox, int, str]]:
    """A running sandbox, its dashboard and one of its contacts."""
    with Sandbox(seed=1, dashboards=1, contacts=1) as sandbox:
        with TextRequest(sandbox.api_key, base_url=sandbox.url) as client:
            dashboard = client.dashboards.list().first()
            assert dashboard is not None
            contact = client.contacts.list(dashboard.id).first()
            assert contact is not None
        monkeypatch.setattr("users_tests.reminders.DASHBOARD", dashboard.id)
        yield sandbox, dashboard.id, contact.phone_number


def check(cassette: Any, url: str, dashboard: int, number: str, times: int) -> None:
    path = f"{url}/dashboards/{dashboard}/contacts/{number}"
    assert [request.uri for request in cassette.requests] == [path, f"{path}/messages"]
    assert "x-api-key" not in {name.lower() for request in cassette.requests for name in request.headers}
    assert cassette.play_count == times


def test_a_reminder(recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_account(monkeypatch) as (sandbox, dashboard, number):
        url = sandbox.url
        with (
            TextRequest(sandbox.api_key, base_url=url, retries=RETRIES) as client,
            recorder.use_cassette("reminder.yaml") as cassette,
        ):
            recorded = remind(client, number)
    check(cassette, url, dashboard, number, 0)
    with (
        TextRequest("a-key", base_url=url, retries=0) as client,
        recorder.use_cassette("reminder.yaml", record_mode="none") as cassette,
    ):
        assert remind(client, number) == recorded
    check(cassette, url, dashboard, number, 2)


@pytest.mark.anyio
async def test_a_reminder_async(recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_account(monkeypatch) as (sandbox, dashboard, number):
        url = sandbox.url
        async with AsyncTextRequest(sandbox.api_key, base_url=url, retries=RETRIES) as client:
            with recorder.use_cassette("reminder.yaml") as cassette:
                recorded = await remind_async(client, number)
    check(cassette, url, dashboard, number, 0)
    async with AsyncTextRequest("a-key", base_url=url, retries=0) as client:
        with recorder.use_cassette("reminder.yaml", record_mode="none") as cassette:
            assert await remind_async(client, number) == recorded
    check(cassette, url, dashboard, number, 2)
