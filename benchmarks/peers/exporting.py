"""Exports of all messages of a dashboard to JSON lines: the example, and a loop over httpx by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

PAGE_SIZE = 1_000
# After all messages of the server.
END = datetime(2027, 1, 1, tzinfo=UTC)


@contextmanager
def example(url: str, rows: int, concurrency: int) -> Iterator[Callable[[], float]]:
    """The time of examples/export_messages.py, which makes typed messages and can resume."""
    from textrequest_ext import TextRequest

    export = import_module("examples.export_messages").export
    with TextRequest("key", base_url=url) as client:

        def run() -> float:
            with TemporaryDirectory() as folder:
                started = time.perf_counter()
                total = export(client, rows, Path(folder) / "export", end=END, concurrency=concurrency)
                seconds = time.perf_counter() - started
            assert total == rows
            return seconds

        yield run


@contextmanager
def by_hand(url: str, rows: int) -> Iterator[Callable[[], float]]:
    """The time of a loop over pages of httpx that writes the same lines, without checks of any kind."""
    import httpx

    with httpx.Client(base_url=url, headers={"x-api-key": "key"}) as client:

        def write(path: Path) -> int:
            count = page = 0
            with path.open("wb") as file:
                while True:
                    parameters = {"page": page, "page_size": PAGE_SIZE}
                    items = client.get(f"/dashboards/{rows}/messages", params=parameters).json()["items"]
                    for item in items:
                        file.write(json.dumps(item).encode() + b"\n")
                    count += len(items)
                    if len(items) < PAGE_SIZE:
                        return count
                    page += 1

        def run() -> float:
            with TemporaryDirectory() as folder:
                started = time.perf_counter()
                total = write(Path(folder) / "messages.jsonl")
                seconds = time.perf_counter() - started
            assert total == rows
            return seconds

        yield run
