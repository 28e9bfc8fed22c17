"""The journal of `send_many`: a SQLite table with one row for each message. docs/sending.md describes it.

A row is on disk before the request leaves, and again after its outcome is known. The connection holds an
exclusive lock while the run lasts, so that no other process can use the same journal.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from weakref import WeakSet

from textrequest_ext._sending.results import Outcome, OutgoingMessage
from textrequest_ext.errors import ConfigurationError, JournalError

if TYPE_CHECKING:
    import sqlite3

SCHEMA_VERSION = 1
APPLICATION_ID = 0x54524A31  # "TRJ1"
LOCK_TIMEOUT = 1.0
_COLUMNS = (
    "key, position, derived, dashboard_id, phone_number, body, options, outcome, message_id, reason, run, "
    "started_at, finished_at"
)
_SCHEMA = f"""
CREATE TABLE messages (
    key TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    derived INTEGER NOT NULL,
    dashboard_id INTEGER NOT NULL,
    phone_number TEXT NOT NULL,
    body TEXT NOT NULL,
    options TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message_id TEXT,
    reason TEXT,
    run INTEGER NOT NULL,
    started_at TEXT,
    finished_at TEXT
);
CREATE INDEX messages_position ON messages (position) WHERE derived;
CREATE INDEX messages_outcome ON messages (outcome) WHERE outcome IN ('started', 'unknown');
CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_run ON messages (run);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""


class Entry(NamedTuple):
    """One row. outcome is `started` while no outcome is known; times are UTC in ISO 8601."""

    key: str
    position: int
    derived: int
    dashboard_id: int
    phone_number: str
    body: str
    options: str
    outcome: Outcome | Literal["started"] = "started"
    message_id: str | None = None
    reason: str | None = None
    run: int = 0
    started_at: str | None = None
    finished_at: str | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """What must not change between two runs."""
        return self.dashboard_id, self.phone_number, self.body, self.options

    def message(self) -> OutgoingMessage:
        """The message of the row."""
        key = None if self.derived else self.key
        return OutgoingMessage(self.phone_number, self.body, key=key, **json.loads(self.options))

    def __repr__(self) -> str:
        return f"Entry(key={self.key!r}, outcome={self.outcome!r})"


class Journal:
    """An open journal. path: None for a temporary one, which is deleted when it is closed.

    Raises JournalError if it is in use, not readable, or not a journal.
    """

    _connection: sqlite3.Connection | None = None

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = "" if path is None else os.path.abspath(path)
        # What distinguishes the keys of this journal from those of others.
        self.identity: Hashable = self.path or object()
        self._process = os.getpid()
        self._lock = threading.Lock()
        try:
            import sqlite3
        except ImportError as error:
            raise JournalError("journal: this Python has no module sqlite3") from error
        self._errors: tuple[type[Exception], ...] = (sqlite3.Error, OverflowError, OSError)
        with self._translated():
            if self.path:
                # SQLite would create it with the permissions of the umask; it contains texts and numbers.
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                self.path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
            )
        try:
            with self._translated():
                self.run = self._prepare(self._connection)
        except BaseException:
            self.close()
            raise
        _open_journals.add(self)

    def _prepare(self, connection: sqlite3.Connection) -> int:
        """Take the lock, and create or check the table. Returns the number of this run, from 1."""
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        application, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        connection.execute("COMMIT")
        if tables and application != APPLICATION_ID:
            raise JournalError("journal: the file is a database of another program")
        if tables and version != SCHEMA_VERSION:
            raise JournalError(
                f"journal: its schema is version {version}, this package reads {SCHEMA_VERSION}"
            )
        if self.path:
            connection.execute("PRAGMA journal_mode = WAL")
        if not tables:
            connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        (last,) = connection.execute("SELECT coalesce(max(run), 0) FROM messages").fetchone()
        return int(last) + 1

    def find(self, key: str) -> Entry | None:
        """The row with this key."""
        return next(iter(self._rows("WHERE key = ?", key)), None)

    def derived_at(self, position: int) -> Entry | None:
        """The row with a derived key at this position."""
        return next(iter(self._rows("WHERE derived AND position = ? LIMIT 1", position)), None)

    def unresolved(self) -> list[Entry]:
        """The rows of earlier runs whose message may or may not have been sent."""
        return self._rows("WHERE outcome IN ('started', 'unknown') AND run < ?", self.run)

    def leftovers(self) -> list[Entry]:
        """The rows of earlier runs that were started, have no outcome, and were not met in this run."""
        return self._rows("WHERE outcome = 'started' AND run < ? ORDER BY position", self.run)

    def knows(self, message_id: str) -> bool:
        """Whether a message id belongs to a row."""
        return bool(self._execute("SELECT 1 FROM messages WHERE message_id = ?", message_id))

    def start(self, entry: Entry) -> None:
        """Write that a request is about to leave. On return it is on disk."""
        self._put(entry._replace(outcome="started", started_at=_now(), finished_at=None), durable=True)

    def finish(self, key: str, outcome: Outcome, message_id: str | None, reason: str | None) -> None:
        """Write an outcome. On return it is on disk."""
        self._execute(
            "UPDATE messages SET outcome = ?, message_id = ?, reason = ?, finished_at = ?, run = ? WHERE key = ?",
            *(outcome, message_id, reason, _now(), self.run, key),
            durable=True,
        )

    def skip(self, entry: Entry, outcome: Outcome, reason: str | None) -> None:
        """Write that a message is not sent in this run."""
        self._put(entry._replace(outcome=outcome, reason=reason, finished_at=_now()), durable=False)

    def meet(self, key: str) -> None:
        """Write that the message of an earlier run is part of this run too."""
        self._execute("UPDATE messages SET run = ? WHERE key = ?", self.run, key)

    def close(self) -> None:
        """Close the file and release the lock. In a forked process this does nothing."""
        connection, self._connection = self._connection, None
        if connection is None or os.getpid() != self._process:
            return
        with self._translated():
            connection.close()

    def __del__(self) -> None:
        self.close()

    def _put(self, entry: Entry, *, durable: bool) -> None:
        self._execute(
            f"INSERT INTO messages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (key) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, "
            "run = excluded.run, started_at = coalesce(excluded.started_at, started_at), "
            "finished_at = excluded.finished_at",
            *entry._replace(run=self.run),
            durable=durable,
        )

    def _rows(self, where: str, *values: Any) -> list[Entry]:
        return [Entry(*row) for row in self._execute(f"SELECT {_COLUMNS} FROM messages {where}", *values)]  # noqa: S608

    def _execute(self, statement: str, *values: Any, durable: bool = False) -> list[Any]:
        if os.getpid() != self._process:
            raise ConfigurationError("send_many: a run cannot go on in a forked process; start a new one")
        with self._lock, self._translated():
            if self._connection is None:
                raise JournalError("journal: it is closed")
            # NORMAL postpones the write to the disk; a later FULL write includes it.
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise JournalError(
                    "journal: it is in use by another run; one run at a time can use it"
                ) from error
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise JournalError(f"journal: {reason}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _abandon() -> None:
    """In a forked process, make sure that the connections of the parent are never closed.

    SQLite would take the lock for its own and write to the parent's files. The interpreter closes all
    connections when it exits, except those with a reference that is never released.
    """
    import ctypes

    for journal in list(_open_journals):
        if journal._connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(journal._connection))


_open_journals: WeakSet[Journal] = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon)
