"""A client that was used before gunicorn or Celery forked its workers: each call gets its own result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from connections.raw_server import Connection, RawServer
from faults.everywhere import KEY, numbers, respond

TESTS = Path(__file__).parents[1]
WORKERS = 3
PATIENCE = 120.0
LATENCY = 0.03
# Sends the tasks; in a process of its own, as a web application would be.
PRODUCER = """
import json, sys
from faults.forked_app import app
for number in json.loads(sys.argv[1]):
    app.send_task("look_up", (number,))
"""


def respond_slowly(connection: Connection, path: str, number: int) -> None:
    """Respond after the other workers have sent their first request, as far as they share a connection."""
    time.sleep(LATENCY)
    respond(connection, path, number)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer(respond_slowly) as server:
        yield server


def variables(server: RawServer, **environment: str) -> dict[str, str]:
    return {
        **os.environ,
        **environment,
        "PYTHONPATH": str(TESTS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TEXTREQUEST_API_KEY": KEY,
        "TEXTREQUEST_BASE_URL": server.url,
    }


@contextmanager
def program(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run a program with its workers, and end all of them."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            cwd=log.parent,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        # Its workers too. An orderly end of Celery takes several seconds, and nothing is left to do.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def wait(condition: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, log.read_text()[-3000:]
        time.sleep(0.05)


def test_gunicorn(server: RawServer, tmp_path: Path) -> None:
    log, socket = tmp_path / "log", tmp_path / "socket"
    command = [
        "gunicorn",
        "--preload",
        "--workers",
        str(WORKERS),
        "--threads",
        "4",
        "--bind",
        f"unix:{socket}",
    ]
    wanted = numbers(300)
    processes: set[str] = set()

    def found_by(number: str) -> str:
        response = http.get(f"http://app/?number={number}", headers={"Connection": "close"})
        process, found = response.text.split()
        processes.add(process)
        return found

    with (
        program([*command, "faults.forked_app:application"], variables(server), log),
        httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), timeout=PATIENCE) as http,
        ThreadPoolExecutor(12) as pool,
    ):
        wait(socket.exists, log)
        # Until several workers have started, one of them gets all requests.
        wait(lambda: list(pool.map(found_by, wanted)) != wanted or len(processes) > 1, log)
        assert list(pool.map(found_by, wanted)) == wanted
    assert len(processes) > 1


def test_celery(server: RawServer, tmp_path: Path) -> None:
    results = tmp_path / "results"
    for folder in (tmp_path / "queue", results):
        folder.mkdir()
    log = tmp_path / "log"
    command = ["celery", "--app", "faults.forked_app", "worker", "--loglevel", "WARNING"]
    command += ["--concurrency", str(WORKERS), "--without-mingle", "--without-gossip", "--without-heartbeat"]
    environment = variables(server, BROKER_FOLDER=str(tmp_path))
    wanted = numbers(90)
    # Before the worker starts: it reads files of the queue that are not complete yet, and fails.
    producer = [sys.executable, "-c", PRODUCER, json.dumps(wanted)]
    subprocess.run(producer, env=environment, cwd=tmp_path, timeout=PATIENCE, check=True)
    with program(command, environment, log):
        wait(lambda: all((results / number).exists() for number in wanted), log)
    found = {number: (results / number).read_text().split() for number in wanted}
    assert [number for _, number in found.values()] == wanted
    assert len({process for process, _ in found.values()}) > 1
