"""Keep opt-outs in step: those by text are stored in your database, and your own are suppressed in Text Request.

    export TEXTREQUEST_API_KEY=...
    python examples/opt_out_sync.py opt_outs.sqlite --suppress unsubscribed.csv

The table opt_outs has the contacts of each dashboard that have opted out by text. One that opts in again is removed.
The CSV file has the phone numbers, in the column phone_number, of people who have opted out elsewhere: they get no
texts from any dashboard. Run it every hour; it changes nothing that is in step.
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from textrequest_ext import TextRequest

SCHEMA = """
CREATE TABLE IF NOT EXISTS opt_outs (
    dashboard_id INTEGER, phone_number TEXT, opted_out_utc TEXT, PRIMARY KEY (dashboard_id, phone_number)
)
"""


def store(client: TextRequest, database: sqlite3.Connection, dashboard_id: int) -> int:
    """Store who has opted out of a dashboard. Returns how many."""
    # The list is complete before anything is changed: an error must not look like an opt-in.
    contacts = client.contacts.list(dashboard_id, has_opted_out=True).collect()
    rows = {
        (dashboard_id, contact.phone_number, contact.opted_out_utc and contact.opted_out_utc.isoformat())
        for contact in contacts
    }
    with database:  # one transaction
        database.execute("DELETE FROM opt_outs WHERE dashboard_id = ?", [dashboard_id])
        database.executemany("INSERT OR REPLACE INTO opt_outs VALUES (?, ?, ?)", rows)
    return len(rows)


def suppress(client: TextRequest, dashboard_id: int, path: Path) -> int:
    """Suppress the people of a file who are not suppressed yet. Returns how many."""
    suppressed = {contact.phone_number for contact in client.contacts.list(dashboard_id, is_suppressed=True)}

    def missing() -> Iterator[dict[str, object]]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                digits = "".join(filter(str.isdigit, row["phone_number"]))
                if digits.rjust(11, "1") not in suppressed:
                    yield {
                        "phone_number": row["phone_number"],
                        "is_suppressed": True,
                        "suppressed_reason": "Unsubscribed",
                    }

    count = 0
    for result in client.contacts.sync(dashboard_id, missing()):
        count += result.ok
        if not result.ok:
            print(f"dashboard {dashboard_id}: not suppressed: {result.reason}", file=sys.stderr)
    return count


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Keep opt-outs in step.")
    parser.add_argument("database", type=Path)
    parser.add_argument("--suppress", type=Path, metavar="CSV", help="who has opted out elsewhere")
    options = parser.parse_args(argv)
    with TextRequest() as client, closing(sqlite3.connect(options.database)) as database:
        database.execute(SCHEMA)
        for dashboard in client.dashboards.list().collect():
            stored = store(client, database, dashboard.id)
            suppressed = suppress(client, dashboard.id, options.suppress) if options.suppress else 0
            print(f"dashboard {dashboard.id}: {stored} have opted out, {suppressed} newly suppressed")


if __name__ == "__main__":
    main()
