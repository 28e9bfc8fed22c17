"""examples/export_with_dask.py exports all dashboards on two worker processes, also if one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from export_support import exported, ids

import export_with_dask
from export_with_dask import export_all
from textrequest_ext import AuthenticationError, TextRequest
from textrequest_ext.sandbox import Sandbox

SCRIPT = Path(export_with_dask.__file__)
END = datetime.fromisoformat("2026-12-31T00:00Z")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="localhost:0") as workers,
        Client(workers) as client,
    ):
        yield client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, dashboards=2, contacts=9, messages=300) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[TextRequest]:
    with TextRequest(sandbox.api_key, base_url=sandbox.url) as created:
        yield created


def messages_of(client: TextRequest) -> dict[int, list[str]]:
    return {
        dashboard.id: [str(message.message_id) for message in client.messages.list(dashboard.id)]
        for dashboard in client.dashboards.list()
    }


def exported_messages(folder: Path) -> dict[int, list[str]]:
    """The ids of the messages of each dashboard, in the order of the periods."""
    found: dict[int, list[str]] = {}
    for period in sorted(folder.glob("dashboard_id=*/period=*"), key=lambda path: int(path.name[7:])):
        found.setdefault(int(period.parent.name[13:]), []).extend(ids(exported(period)))
    return found


def pid_of(dask_worker: Any) -> int:
    return os.getpid()


def executed_by(dask_worker: Any) -> int:
    """How many tasks a worker has executed."""
    return int(dask_worker.state.executed_count)


def client_of(dask_worker: Any) -> str:
    return repr(dask_worker.plugins["textrequest"].client)


def test_both_workers_export_all_messages(
    cluster: Client, client: TextRequest, sandbox: Sandbox, tmp_path: Path
) -> None:
    expected = messages_of(client)
    before = cluster.run(executed_by)
    progress: list[tuple[int, int]] = []
    total = export_all(
        client, cluster, tmp_path, end=END, days=30, file_size=20, progress=lambda *counts: progress.append(counts)
    )  # fmt: skip
    assert total == 600
    assert exported_messages(tmp_path) == expected
    assert progress == [(ended, len(progress)) for ended in range(1, len(progress) + 1)]
    assert len(progress) >= 12
    after = cluster.run(executed_by)
    assert sum(after.values()) - sum(before.values()) == len(progress)
    assert all(after[worker] > before[worker] for worker in after)
    assert len({os.getpid(), *cluster.run(pid_of).values()}) == 3
    assert list(cluster.run(client_of).values()) == [repr(client)] * 2


def test_a_later_run_has_the_same_periods_and_sends_no_request(
    cluster: Client, client: TextRequest, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert export_all(client, cluster, tmp_path, end=END) == 600
    saved = (tmp_path / "_export.json").read_text("utf-8")
    before = len(sandbox.requests)
    assert export_all(client, cluster, tmp_path) == 600
    assert len(sandbox.requests) == before
    assert (tmp_path / "_export.json").read_text("utf-8") == saved
    with pytest.raises(ValueError, match="has an export with days 30"):
        export_all(client, cluster, tmp_path, days=7)


def test_only_the_given_dashboards_and_dates(cluster: Client, client: TextRequest, tmp_path: Path) -> None:
    [first, _] = messages_of(client)
    start, end = datetime.fromisoformat("2026-03-01T00:00Z"), datetime.fromisoformat("2026-04-01T00:00Z")
    expected = [
        message.message_id
        for message in client.messages.list(first)
        if message.message_timestamp_utc and start <= message.message_timestamp_utc < end
    ]
    total = export_all(client, cluster, tmp_path, dashboards=[first], start=start, end=end, days=1)
    assert total == len(expected) > 10
    assert len(list(tmp_path.glob("dashboard_id=*/period=*"))) == 31
    assert exported_messages(tmp_path) == {first: expected}


def test_a_killed_worker_is_replaced(
    cluster: Client, client: TextRequest, sandbox: Sandbox, tmp_path: Path
) -> None:
    expected = messages_of(client)
    [pid, other] = cluster.run(pid_of).values()

    def kill_a_worker(ended: int, tasks: int) -> None:
        if ended == 3:
            os.kill(pid, signal.SIGKILL)

    options: dict[str, Any] = {"end": END, "days": 7, "file_size": 3}
    assert export_all(client, cluster, tmp_path, progress=kill_a_worker, **options) == 600
    assert exported_messages(tmp_path) == expected
    # Until the scheduler notices its end, the killed worker is one of those that it lists and cannot reach.
    pids: set[int] = set()
    while len(pids) < 2:
        cluster.wait_for_workers(2)
        pids = set(cluster.run(pid_of, on_error="ignore").values())
    assert other in pids
    assert pid not in pids


def test_errors_of_workers_are_raised_without_the_key(
    cluster: Client, sandbox: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        TextRequest("0123-another-key", base_url=sandbox.url) as client,
        pytest.raises(AuthenticationError) as caught,
    ):
        export_all(client, cluster, tmp_path, dashboards=[350], start=END.replace(month=1), end=END)
    assert "0123-another-key" not in str(caught.value)
    output = capfd.readouterr()
    logs = [*cluster.get_worker_logs().values(), *cluster.get_scheduler_logs()]
    assert "Compute Failed" in str(logs)
    assert "0123-another-key" not in f"{logs} {output}"


def test_the_script_exports_to_parquet(sandbox: Sandbox, client: TextRequest, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, str(SCRIPT), "--output", str(tmp_path / "export"), "--workers", "2",
            "--format", "parquet", "--end", END.isoformat(),
        ],
        env={**os.environ, "TEXTREQUEST_API_KEY": sandbox.api_key, "TEXTREQUEST_BASE_URL": sandbox.url},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"600 messages in {tmp_path / 'export'}\n"
    # On a busy machine dask warns after it of a worker that ends late.
    assert "\n24 of 24 tasks\n" in done.stderr
    assert exported_messages(tmp_path / "export") == messages_of(client)
