"""Kill examples/send_reminders.py at random points and resume it. The record of the sandbox is the judge.

    python -m sending.kills --count 1000 --seed 1        with tests/ on PYTHONPATH

Each campaign has a list of its own and is killed and resumed several times, until a run ends by itself.
After it, every person must have received exactly one text. Kills are either at a random time, or while
a randomly chosen request is in flight: after the text was recorded, before its response is sent.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from textrequest_ext.sandbox import Fault, LoggedRequest, Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "send_reminders.py"
PEOPLE = 120
KILLS_PER_CAMPAIGN = 8
# Longer than a run takes: a process that hangs must fail the test.
PATIENCE = 300.0
# Seconds. A request of a killed process is processed within this time.
SETTLE = 1.5


@dataclass
class Report:
    """What happened. duplicates, lost: people who got several texts, or none."""

    seed: int
    kills: int = 0
    kills_in_flight: int = 0
    runs: int = 0
    campaigns: int = 0
    texts: int = 0
    looked_up: int = 0
    duplicates: int = 0
    lost: int = 0
    unexpected: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.unexpected)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.kills} kills ({self.kills_in_flight} with a request in flight), "
            f"{self.runs} runs, {self.texts} texts, {self.looked_up} outcomes looked up, "
            f"{self.duplicates} duplicates, {self.lost} lost, {len(self.unexpected)} unexpected"
        )


class Killer:
    """Kills a process when a request of a chosen number has been processed, or after a time."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.process: subprocess.Popen[bytes] | None = None
        self.sends_until_kill: int | None = None
        self.lock = threading.Lock()

    def on_request(self, request: LoggedRequest) -> None:
        """Called by the sandbox between the effect of a request and its response."""
        if request.method != "POST":
            return
        with self.lock:
            if self.process is None or self.sends_until_kill is None:
                return
            self.sends_until_kill -= 1
            if self.sends_until_kill <= 0:
                self.process.kill()
                self.sends_until_kill = None

    def run(self, command: list[str], environment: dict[str, str]) -> tuple[bool, bool, str]:
        """Run a process and kill it. Returns whether it was killed, whether in flight, and its errors."""
        in_flight = self.draw.random() < 0.7
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        with self.lock:
            self.process = process
            self.sends_until_kill = self.draw.randint(1, 25) if in_flight else None
        try:
            _, errors = process.communicate(timeout=PATIENCE if in_flight else self.draw.uniform(0.2, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
        with self.lock:
            self.process = None
        was_killed = process.returncode == -9
        if process.returncode not in (0, -9):
            return was_killed, in_flight, errors.decode(errors="replace")
        return was_killed, in_flight, ""


def run_kills(count: int, seed: int, settle: float = SETTLE) -> Report:
    """Kill and resume until so many kills have happened. settle: seconds, as of send_many."""
    draw = random.Random(seed)
    report = Report(seed)
    killer = Killer(draw)
    with (
        Sandbox(seed=seed, dashboards=1, contacts=0, messages=0, on_request=killer.on_request) as sandbox,
        tempfile.TemporaryDirectory() as folder,
    ):
        while report.kills < count:
            report.campaigns += 1
            _campaign(sandbox, killer, Path(folder, str(report.campaigns)), count, settle, report)
    return report


def _campaign(
    sandbox: Sandbox, killer: Killer, folder: Path, count: int, settle: float, report: Report
) -> None:
    draw = killer.draw
    folder.mkdir()
    sandbox.reset()
    for name in ("after", "before"):
        sandbox.add_fault(Fault(drop=name, method="POST", every=draw.randint(11, 40)))
    sandbox.add_fault(Fault(latency=0.005, method="POST", every=3))
    path, journal = folder / "reminders.csv", folder / "reminders.journal"
    people = [f"1555555{number:04}" for number in draw.sample(range(100, 10_000), PEOPLE)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "phone_number", "name", "time", "time_zone"])
        writer.writerows(
            [f"a{at}", phone, f"Customer {at}", "9:30", "UTC"] for at, phone in enumerate(people)
        )
    environment = {**os.environ, "TEXTREQUEST_API_KEY": sandbox.api_key, "TEXTREQUEST_BASE_URL": sandbox.url}
    command = [sys.executable, str(EXAMPLE), str(path), "--journal", str(journal), "--settle", str(settle)]
    command += ["--concurrency", str(draw.choice([1, 4, 8]))]
    for _ in range(min(KILLS_PER_CAMPAIGN, count - report.kills)):
        was_killed, in_flight, errors = killer.run(command, environment)
        report.runs += 1
        report.kills += was_killed
        report.kills_in_flight += was_killed and in_flight
        report.looked_up += _started(journal) if was_killed else 0
        if errors:
            report.unexpected.append(errors)
        if not was_killed:
            break
    last = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    report.runs += 1
    if last.returncode:
        report.unexpected.append(last.stderr.decode(errors="replace"))
    _judge(sandbox, journal, people, report)


def _started(journal: Path) -> int:
    """How many messages have no outcome. The journal is copied: opening it would recover it."""
    if not journal.exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            source = Path(f"{journal}{suffix}")
            if source.exists():
                Path(folder, f"copy{suffix}").write_bytes(source.read_bytes())
        connection = sqlite3.connect(Path(folder, "copy"))
        try:
            (number,) = connection.execute(
                "SELECT count(*) FROM messages WHERE outcome = 'started'"
            ).fetchone()
            return int(number)
        except sqlite3.OperationalError:
            return 0  # killed before the table was created
        finally:
            connection.close()


def _judge(sandbox: Sandbox, journal: Path, people: list[str], report: Report) -> None:
    with sandbox.state.lock:
        sent = Counter(message.customer_phone for message in sandbox.state.messages.values())
    report.texts += sum(sent.values())
    report.duplicates += sum(number > 1 for number in sent.values())
    report.lost += sum(phone not in sent for phone in people)
    connection = sqlite3.connect(journal)
    try:
        outcomes = dict(connection.execute("SELECT outcome, count(*) FROM messages GROUP BY outcome"))
        reasons = connection.execute(
            "SELECT DISTINCT reason FROM messages WHERE outcome <> 'sent'"
        ).fetchall()
        (check,) = connection.execute("PRAGMA integrity_check").fetchone()
    finally:
        connection.close()
    if outcomes != {"sent": len(people)} or check != "ok":
        report.unexpected.append(f"the journal has {outcomes} {reasons}, integrity check: {check}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Kill and resume send_many; exits 1 if a text was sent twice."
    )
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settle", type=float, default=SETTLE)
    options = parser.parse_args()
    report = run_kills(options.count, options.seed, options.settle)
    print(report)
    for text in report.unexpected[:5]:
        print(text)
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
