"""Put every received message on a queue exactly once, by polling, and process the queue.

    export TEXTREQUEST_API_KEY=...
    python examples/inbox_to_queue.py inbox.sqlite --every 60     poll every minute
    python examples/inbox_to_queue.py inbox.sqlite                poll once, for example by cron

The queue is a table of SQLite. Polling needs no public URL, and it finds what a webhook has missed: each poll looks
back an hour behind the newest message, and what is on the queue already is not put on it again. A message is processed
at least once: one whose processing was killed is processed again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textrequest_api.models import DashboardMessage
from textrequest_ext import TextRequest, parse_model

# For messages that the service lists late, and for its clock.
OVERLAP = timedelta(hours=1)
SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY,
    dashboard_id INTEGER NOT NULL,
    identity TEXT NOT NULL UNIQUE,
    received_at TEXT,
    message TEXT NOT NULL,
    processed_at TEXT
)
"""
INSERT = "INSERT OR IGNORE INTO inbox (dashboard_id, identity, received_at, message) VALUES (?, ?, ?, ?)"
Handler = Callable[[DashboardMessage], object]


def poll(client: TextRequest, database: sqlite3.Connection, dashboard_id: int, first: datetime) -> int:
    """Put new messages on the queue. first: where the first poll starts. Returns how many are new."""
    query = "SELECT max(received_at) FROM inbox WHERE dashboard_id = ?"
    [newest] = database.execute(query, [dashboard_id]).fetchone()
    since = first if newest is None else datetime.fromisoformat(newest) - OVERLAP
    count = 0
    # The newest are put on the queue last, so a poll that fails in between is continued by the next one.
    for page in client.messages.list(dashboard_id, start_date=since, message_direction="R").pages():
        with database:  # one transaction
            for message in page.items:
                count += database.execute(INSERT, row_of(dashboard_id, message)).rowcount
    return count


def row_of(dashboard_id: int, message: DashboardMessage) -> tuple[int, str, str | None, str]:
    """A message as a row of the table."""
    text = json.dumps(message.to_dict())
    moment = message.message_timestamp_utc
    # A few messages have no id.
    identity = message.message_id or hashlib.sha256(text.encode()).hexdigest()
    received_at = None if moment is None else moment.astimezone(UTC).isoformat()
    return dashboard_id, identity, received_at, text


def process(database: sqlite3.Connection, handler: Handler) -> int:
    """Process what is on the queue, oldest first. Returns how many messages were processed."""
    count = 0
    while True:
        query = "SELECT id, message FROM inbox WHERE processed_at IS NULL ORDER BY id LIMIT 1"
        row = database.execute(query).fetchone()
        if row is None:
            return count
        handler(parse_model(DashboardMessage, json.loads(row[1])))
        with database:
            now = datetime.now(UTC).isoformat()
            database.execute("UPDATE inbox SET processed_at = ? WHERE id = ?", [now, row[0]])
        count += 1


def handle(message: DashboardMessage) -> None:
    """Process a message. Replace this by what your program does."""
    print(f"message {message.message_id} of {len(message.body or '')} characters")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Put received messages on a queue.")
    parser.add_argument("database", type=Path)
    parser.add_argument("--every", type=float, metavar="SECONDS", help="poll again and again")
    options = parser.parse_args(argv)
    started = datetime.now(UTC) - timedelta(days=1)
    with TextRequest() as client, closing(sqlite3.connect(options.database)) as database:
        database.execute(SCHEMA)
        while True:
            dashboards = client.dashboards.list().collect()
            added = sum(poll(client, database, dashboard.id, started) for dashboard in dashboards)
            print(f"{added} new messages, {process(database, handle)} processed", flush=True)
            if options.every is None:
                return
            time.sleep(options.every)


if __name__ == "__main__":
    main()
