"""Receive all webhooks and callbacks with FastAPI, and store each event in SQLite exactly once.

    pip install textrequest-ext fastapi uvicorn
    export TEXTREQUEST_API_KEY=... CALLBACK_TOKEN=a-long-random-text
    python examples/webhooks_to_sqlite.py events.sqlite --port 8000

Register https://your.host/hooks/121/EVENT for each event of dashboard 121. Send messages with the callbacks
https://your.host/callbacks/msg_status_updated?token=... and https://your.host/callbacks/location_received?token=...

A delivery gets status 200 when its event is on disk, so one whose response was lost can be sent again: an event that
is stored already is not stored a second time, whether it arrives as a webhook or as a callback.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from textrequest_ext import webhooks

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    identity TEXT NOT NULL,
    dashboard_id INTEGER,
    received_at TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (event, identity)
)
"""
LAST = "SELECT id, payload FROM events WHERE event = ? AND identity LIKE ? ORDER BY id DESC LIMIT 1"
INSERT = """
INSERT INTO events (event, identity, dashboard_id, received_at, payload) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""


def identity_of(event: webhooks.Event, dashboard_id: int | None, payload: str) -> str:
    """What distinguishes an event from others of its kind: deliveries have no id."""
    match event:
        case webhooks.MessageSent() | webhooks.MessageReceived() if event.message_id:
            return event.message_id
        case webhooks.MessageStatusUpdated() if event.message_id:
            return f"{event.message_id} {event.status} {event.error_code}"
        case webhooks.LocationReceived() if event.message_id:
            return f"{event.message_id} {event.latitude} {event.longitude}"
        case webhooks.PaymentStatusUpdated() if event.payment_id:
            return f"{event.payment_id} {event.status}"
        case webhooks.ContactCreated() if event.contact_id:
            return f"{dashboard_id} {event.contact_id}"
        case webhooks.ContactUpdated() if event.phone_number:
            return f"{dashboard_id} {event.phone_number}"
    return f"{dashboard_id} {hashlib.sha256(payload.encode()).hexdigest()}"


class Store:
    """The table of events. Several processes may use the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._connect()) as database:
            database.execute("PRAGMA journal_mode = WAL")  # writes to the disk once for each event
            database.execute(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30, isolation_level=None)

    def add(self, event: webhooks.Event, dashboard_id: int | None = None) -> bool:
        """Store an event. Returns False if it is stored already."""
        payload = json.dumps(event.raw, sort_keys=True)
        identity = identity_of(event, dashboard_id, payload)
        with closing(self._connect()) as database:
            database.execute("BEGIN IMMEDIATE")
            if isinstance(event, webhooks.ContactUpdated):
                # A contact can change and change back. It is the same event if nothing else came in between. An old
                # delivery that arrives after a newer one counts as a change back: a contact has no version.
                last = database.execute(LAST, (event.event, f"{identity} %")).fetchone() or (0, "")
                if last[1] == payload:
                    return False
                identity = f"{identity} {last[0]}"
            now = datetime.now(UTC).isoformat()
            added = database.execute(INSERT, (event.event, identity, dashboard_id, now, payload))
            database.execute("COMMIT")
            return added.rowcount == 1


def create_app(database: Path, api_key: str, token: str) -> FastAPI:
    """The application. token: what the URLs of callbacks must have, which may be unsigned."""
    app, store = FastAPI(), Store(database)

    @app.api_route("/hooks/{dashboard_id}/{name}", methods=["POST", "PUT", "DELETE"])
    async def receive_webhook(dashboard_id: int, name: str, request: Request) -> None:
        body = await request.body()
        try:
            event = webhooks.receive(body, request.headers, api_key=api_key, event=name)
        except webhooks.PayloadError:
            raise HTTPException(400) from None
        except webhooks.WebhookError:
            raise HTTPException(401) from None
        await run_in_threadpool(store.add, event, dashboard_id)

    @app.post("/callbacks/{name}")
    async def receive_callback(name: str, request: Request) -> None:
        given = request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401)
        try:
            event = webhooks.parse(await request.body(), event=name)
        except webhooks.PayloadError:
            raise HTTPException(400) from None
        await run_in_threadpool(store.add, event)

    return app


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Store webhook events in SQLite.")
    parser.add_argument("database", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(argv)
    app = create_app(options.database, os.environ["TEXTREQUEST_API_KEY"], os.environ["CALLBACK_TOKEN"])
    # An access log would have the token.
    uvicorn.run(app, host=options.host, port=options.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
