"""Export the messages of many dashboards with the workers of a Dask cluster. Run it again to resume.

    pip install "dask[distributed]"
    export TEXTREQUEST_API_KEY=...
    python examples/export_with_dask.py --output messages --workers 4              on this machine
    python examples/export_with_dask.py --output messages --scheduler tls://…:8786  on many machines

Each dashboard and each period of 30 days is a task, which writes files as export_messages.py does. The
folder must be one that all workers share. docs/export.md has more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle
from distributed import Client, LocalCluster, WorkerPlugin, as_completed, get_worker

import export_messages
from export_messages import (
    arguments_parser,
    default_end,
    export,
    positive,
    remember,
    split_dates,
)
from textrequest_ext import TextRequest, TextRequestError

PLUGIN = "textrequest"


class Task(NamedTuple):
    """The messages of a dashboard in a period. start is None for the first period."""

    dashboard_id: int
    start: str | None
    end: str
    folder: str


class TextRequestPlugin(WorkerPlugin):
    """Gives every worker a client: it is pickled once, and each worker unpickles its own.

    That includes workers that start later, and those that replace a lost one.
    """

    name = PLUGIN

    def __init__(self, client: TextRequest) -> None:
        self.client = client

    def teardown(self, worker: Any) -> None:
        """Close the connections of the worker."""
        self.client.close()


def periods(
    client: TextRequest, dashboard_id: int, start: str | None, end: str, days: int
) -> Iterator[tuple[str | None, str]]:
    """Cut the history of a dashboard into periods of up to this many days. start, end: in ISO 8601."""
    first = datetime.fromisoformat(start) if start else None
    if first is None and (oldest := client.messages.list(dashboard_id).first()) is not None:
        first = oldest.message_timestamp_utc
    last = datetime.fromisoformat(end)
    if first is None or first >= last:
        yield start, end
        return
    for number, (since, until) in enumerate(split_dates(first, last, ceil((last - first) / timedelta(days)))):
        # Without a given start, the first period has no start either: it also gets what has no timestamp.
        yield (start if number == 0 else since.isoformat()), until.isoformat()


def plan(client: TextRequest, settings: dict[str, Any]) -> dict[str, Any]:
    """The tasks of an export. They are saved, so that a later run has the same ones."""
    end = settings["end"] or default_end()
    dashboards = settings["dashboards"] or [dashboard.id for dashboard in client.dashboards.list()]
    tasks = [
        Task(dashboard, since, until, f"dashboard_id={dashboard}/period={number}")
        for dashboard in dashboards
        for number, (since, until) in enumerate(
            periods(client, dashboard, settings["start"], end, settings["days"])
        )
    ]
    return {"end": end, "dashboards": dashboards, "tasks": tasks}


def run_task(task: Task, output: str, options: dict[str, Any]) -> int:
    """Export one period, with the client of the worker. Returns the number of messages."""
    plugin: Any = get_worker().plugins[PLUGIN]
    return export(
        plugin.client,
        task.dashboard_id,
        Path(output, task.folder),
        start=datetime.fromisoformat(task.start) if task.start else None,
        end=datetime.fromisoformat(task.end),
        **options,
    )


def export_all(
    client: TextRequest,
    cluster: Client,
    output: Path,
    *,
    dashboards: list[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    days: int = 30,
    progress: Callable[[int, int], object] = lambda ended, tasks: None,
    **options: Any,
) -> int:
    """Export the messages of these dashboards, by default of all. Returns how many there are.

    If the folder has an unfinished export, it is continued. start, end: as for `export`, which also has
    the options. days: length of a period. progress: called with the number of tasks that have ended, and
    of all. Raises the first error after all other tasks have ended.
    """
    settings = {
        "dashboards": dashboards,
        "start": start and start.astimezone(UTC).isoformat(),
        "end": end and end.astimezone(UTC).isoformat(),
        "days": days,
    }
    saved = remember(output, settings, lambda: plan(client, settings))
    tasks = [Task(*task) for task in saved["tasks"]]
    # Workers elsewhere do not have the module. A file that is uploaded could be imported half-written by a new worker.
    cloudpickle.register_pickle_by_value(export_messages)
    cluster.register_plugin(TextRequestPlugin(client))
    futures = cluster.map(
        run_task, tasks, output=str(output.absolute()), options=options, pure=False, retries=2
    )
    total, failures = 0, []
    for ended, future in enumerate(as_completed(futures), 1):
        if future.status == "finished":
            total += future.result()
        else:
            failures.append(future.exception())
        progress(ended, len(tasks))
    if failures:
        raise failures[0]
    return total


def show_progress(ended: int, tasks: int) -> None:
    """Print how many tasks have ended, over what was printed before."""
    print(f"\r{ended} of {tasks} tasks", end="\n" if ended == tasks else "", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments_parser("Export the messages of many dashboards with Dask.")
    parser.add_argument("--dashboards", type=int, nargs="+", metavar="ID", help="default: all")
    parser.add_argument("--days", type=positive, default=30, help="length of the period of a task")
    parser.add_argument("--workers", type=positive, default=2, help="processes on this machine")
    parser.add_argument("--scheduler", metavar="URL", help="a running cluster to use instead")
    options = vars(parser.parse_args(argv))
    output, workers, scheduler = options.pop("output"), options.pop("workers"), options.pop("scheduler")
    try:
        with (
            TextRequest() as client,
            Client(scheduler or LocalCluster(n_workers=workers, dashboard_address="localhost:0")) as cluster,
        ):
            total = export_all(client, cluster, output, progress=show_progress, **options)
    except (ValueError, FileExistsError) as error:
        sys.exit(str(error))
    except (TextRequestError, OSError) as error:
        sys.exit(f"{error}\nRun the same command again to resume.")
    print(f"{total} messages in {output}")


if __name__ == "__main__":
    main()
