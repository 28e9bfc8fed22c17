"""examples/celery_reminders.py with a real worker, which is killed: no reminder is sent twice or lost silently.

The sandbox records what was really sent.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from limits_support import RedisServer

from textrequest_ext.sandbox import Fault, Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNT = 40
KEYS = [f"2026-08-01/{number}" for number in range(COUNT)]
# Seconds; less than a worker takes to start, which is when it looks for the tasks of a killed one.
VISIBILITY_TIMEOUT = 1
WORKER = [
    "--app",
    "celery_reminders",
    "worker",
    "--concurrency",
    "2",
    "--loglevel",
    "INFO",
    "--without-mingle",
    "--without-gossip",
]


def phone_number(key: str) -> str:
    return f"55555501{KEYS.index(key):02}"


class Reminders:
    """A file of reminders, and the commands of the example. environment: of all processes."""

    def __init__(self, folder: Path, sandbox: Sandbox, redis_server: RedisServer) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._file = folder / "reminders.csv"
        self._redis = redis.Redis.from_url(redis_server.url)
        self._workers: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "TEXTREQUEST_API_KEY": sandbox.api_key,
            "TEXTREQUEST_BASE_URL": sandbox.url,
            "REDIS_URL": redis_server.url,
            "VISIBILITY_TIMEOUT": str(VISIBILITY_TIMEOUT),
            "TEXTS_PER_SECOND": "40",
            "RETRY_DELAY": "1",
        }
        dashboard = sandbox.add_dashboard()
        with self._file.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["key", "dashboard_id", "phone_number", "body"])
            rows.writerows(
                [key, dashboard.id, phone_number(key), f"Your appointment {key}, at ten"] for key in KEYS
            )

    def command(self, name: str) -> str:
        return subprocess.run(
            [sys.executable, EXAMPLES / "celery_reminders.py", name, self._file],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    def is_waiting(self) -> bool:
        """Whether a reminder has no record."""
        return self._redis.exists(*(f"reminder:{key}" for key in KEYS)) < len(KEYS)

    def report(self) -> dict[str, str]:
        return dict(line.split("\t") for line in self.command("report").splitlines())

    def start_worker(self) -> subprocess.Popen[bytes]:
        with (self._folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", *WORKER],
                cwd=EXAMPLES,
                env={**self.environment, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._workers.append(worker)
        return worker

    def sent(self) -> Counter[str]:
        """How often each reminder was really sent, by the record of the sandbox."""
        with self.sandbox.state.lock:
            return Counter(message.body.split()[2][:-1] for message in self.sandbox.state.messages.values())

    def queue_is_empty(self) -> bool:
        """Whether no task is waiting or unacknowledged."""
        return not self._redis.exists("celery", "unacked")

    def wait(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self._folder / "worker.log").read_text()[-5000:]
            time.sleep(0.05)

    def stop(self) -> None:
        for worker in self._workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self._redis.close()


@pytest.fixture
def reminders(tmp_path: Path, redis_server: RedisServer) -> Iterator[Reminders]:
    with Sandbox(deliveries="delivered") as sandbox:
        reminders = Reminders(tmp_path, sandbox, redis_server)
        yield reminders
        reminders.stop()


def children(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in listed.split()]


def test_killed_workers_send_no_reminder_twice(reminders: Reminders) -> None:
    sandbox = reminders.sandbox
    for fault in (
        Fault(status=503, takes_effect=True, method="POST", skip=5, times=1),
        Fault(drop="after", method="POST", skip=10, times=1),
        Fault(drop="before", method="POST", skip=15, times=1),
        Fault(status=429, retry_after=0, method="POST", every=7, times=5),
        # Nothing was sent, so the record is deleted, and Celery retries the task.
        Fault(status=401, method="POST", skip=2, times=3),
        Fault(latency=0.1, method="POST"),
    ):
        sandbox.add_fault(fault)
    for _ in range(2):  # publishing again adds no texts
        reminders.command("publish")
    worker = reminders.start_worker()
    reminders.wait(lambda: len(reminders.sent()) >= 12)
    os.kill(children(worker)[0], signal.SIGKILL)  # one of its processes
    reminders.wait(lambda: len(reminders.sent()) >= 24)
    os.killpg(worker.pid, signal.SIGKILL)  # all of them
    assert reminders.is_waiting()
    # Its tasks return to the queue after the visibility timeout.
    reminders.start_worker()
    reminders.wait(lambda: not reminders.is_waiting() and reminders.queue_is_empty())
    outcomes = reminders.report()
    sent = reminders.sent()

    assert max(sent.values()) == 1, "sent twice"
    assert sum(request.status == 401 for request in sandbox.requests) == 3
    assert outcomes.keys() == set(KEYS)
    unknown = {key for key, outcome in outcomes.items() if outcome.startswith(("unknown", "started"))}
    assert {key for key, outcome in outcomes.items() if outcome.startswith("sent: ")} == set(KEYS) - unknown
    assert set(KEYS) - unknown <= sent.keys(), "lost without being reported"
    # Three faults, and one reminder for each process that was killed.
    assert 3 <= len(unknown) <= 3 + 3
    by_outcome = Counter(outcomes[key] for key in unknown)
    # A process that is killed while it handles a fault leaves its reminder as started.
    assert by_outcome["unknown: SendServerError"] <= 1
    assert by_outcome["unknown: SendConnectionError"] <= 2
    print(f"\n{COUNT} reminders, {sum(sent.values())} texts, unknown outcomes: {dict(by_outcome)}")
