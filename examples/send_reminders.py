"""Text a reminder to everyone in a CSV file. Stop it, kill it, run it again: no person is texted twice.

    python examples/send_reminders.py                    a demonstration on the sandbox; sends no text
    python examples/send_reminders.py reminders.csv      with TEXTREQUEST_API_KEY

The file has the columns id, phone_number, name, time and time_zone. The id is the key of the reminder
in the journal, which is a SQLite file next to it. See docs/sending.md.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from textrequest_ext import OutgoingMessage, SendResult, TextRequest


def reminders(path: Path) -> Iterator[OutgoingMessage]:
    """The reminders of a CSV file, read line by line."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield OutgoingMessage(
                row["phone_number"],
                f"Hello {row['name']}, see you at {row['time']}. Reply STOP to opt out.",
                key=row["id"],
                time_zone=row["time_zone"],
            )


def send(client: TextRequest, path: Path, options: argparse.Namespace) -> Counter[str]:
    """Send the reminders that were not sent before. Returns how many have which outcome."""
    dashboard_id = options.dashboard
    if dashboard_id is None:
        dashboard = client.dashboards.list().first()
        if dashboard is None or dashboard.id is None:
            sys.exit("this account has no dashboard to send from")
        dashboard_id = dashboard.id
    hours = None
    if options.hours is not None:
        start, end = options.hours
        hours = (datetime.time(start), datetime.time(end))
    outcomes: Counter[str] = Counter()
    with ExitStack() as stack:
        results = client.messages.send_many(
            dashboard_id,
            reminders(path),
            journal=options.journal or path.with_suffix(".journal"),
            concurrency=options.concurrency,
            per_second=options.per_second,
            hours=hours,
            if_unknown="resend",
            settle=options.settle,
            on_result=progress_bar(path, stack),
        )
        stack.enter_context(results)
        for result in results:
            outcomes[result.outcome] += 1
            if result.outcome not in ("sent", "opted_out"):
                print(f"{result.key}: {result.outcome}: {result.reason}")
    return outcomes


def progress_bar(path: Path, stack: ExitStack) -> Any:
    """A function of a result that advances a progress bar, or None without tqdm."""
    try:
        tqdm = importlib.import_module("tqdm").tqdm
    except ImportError:
        return None
    with path.open(encoding="utf-8") as file:
        total = sum(1 for _ in file) - 1
    bar = stack.enter_context(tqdm(total=total, unit="text"))

    def advance(result: SendResult) -> None:
        bar.update()

    return advance


def demonstrate(options: argparse.Namespace) -> None:
    """Send 40 reminders on the sandbox, which loses every seventh response; then run it again."""
    from textrequest_ext.sandbox import Fault, Sandbox

    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(seed=1, dashboards=1, contacts=0, messages=0) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        path = Path(folder, "reminders.csv")
        lines = [f"a{n},55555501{n:02},Customer {n},{9 + n % 8}:30,America/New_York" for n in range(40)]
        path.write_text("\n".join(["id,phone_number,name,time,time_zone", *lines]), encoding="utf-8")
        sandbox.add_fault(Fault(drop="after", method="POST", every=7))
        options.settle = 1.0
        print("first run: ", dict(send(client, path, options)))
        print("second run:", dict(send(client, path, options)))
        with sandbox.state.lock:
            texts = Counter(message.customer_phone for message in sandbox.state.messages.values())
        print(f"{len(texts)} people were texted, {max(texts.values())} time each")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Text a reminder to everyone in a CSV file.")
    parser.add_argument("file", nargs="?", type=Path, help="the CSV file; without it, a demonstration")
    parser.add_argument("--journal", type=Path, help="default: the name of the file with .journal")
    parser.add_argument("--dashboard", type=int, help="id of the dashboard; default: the first one")
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--per-second", type=float, help="how many texts per second at most")
    parser.add_argument("--hours", type=int, nargs=2, metavar=("FROM", "TO"), help="such as 9 20, local time")
    parser.add_argument("--settle", type=float, default=60.0, help="see docs/sending.md")
    options = parser.parse_args(argv)
    if options.file is None:
        demonstrate(options)
        return
    if not os.environ.get("TEXTREQUEST_API_KEY"):
        sys.exit("set TEXTREQUEST_API_KEY; without a file, the demonstration runs on the sandbox")
    with TextRequest() as client:
        print(dict(send(client, options.file, options)))


if __name__ == "__main__":
    main()
