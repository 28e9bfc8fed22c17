"""An export of messages to one file of JSON lines, which can be interrupted and continued.

examples/export_messages.py exports to a folder of files, with the same rules for dates and duplicates.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from textrequest_api.models import DashboardMessage, Message
from textrequest_api.types import UNSET
from textrequest_ext import TextRequest
from textrequest_ext._command_line.statuses import USAGE, CommandError

# It is unknown whether the service includes the ends of a range, and how precise they are. So more is
# requested on both sides, and the timestamps decide.
MARGIN = timedelta(minutes=1)
MessageT = TypeVar("MessageT", DashboardMessage, Message)


def within(messages: Iterable[MessageT], start: datetime | None, end: datetime | None) -> Iterator[MessageT]:
    """The messages with start <= timestamp < end. One without a timestamp belongs with the one before it."""
    belongs = start is None
    for message in messages:
        if (moment := message.message_timestamp_utc) is not None:
            belongs = (start is None or moment >= start) and (end is None or moment < end)
        if belongs:
            yield message


def messages_between(
    client: TextRequest,
    dashboard_id: int,
    start: datetime | None,
    end: datetime | None,
    *,
    prefetch: bool = True,
    **filters: Any,
) -> Iterator[DashboardMessage]:
    """The messages of a dashboard with start <= timestamp < end."""
    pager = client.messages.list(
        dashboard_id,
        start_date=UNSET if start is None else start - MARGIN,
        end_date=UNSET if end is None else end + MARGIN,
        **filters,
    )
    return within(pager.prefetch(prefetch), start, end)


def export_messages(
    client: TextRequest,
    dashboard_id: int,
    path: Path,
    start: datetime | None,
    end: datetime | None,
    progress: Callable[[int], object],
) -> int:
    """Export the messages of a dashboard to a file. Returns how many messages the file has.

    Until it is complete, the messages are in a file with the suffix .part: an interrupted export is
    continued. start, end: the messages with start <= timestamp < end; by default from the first message
    until a minute ago. progress: called with the number of messages that were added.
    """
    part = path.with_name(f"{path.name}.part")
    settings_file = path.with_name(f"{path.name}.part.db")
    if not part.exists():  # deleted, to start again
        settings_file.unlink(missing_ok=True)
        part.touch()
    given = {"dashboard_id": dashboard_id, "start": _iso(start), "end": _iso(end)}
    with _settings(settings_file, part, given) as settings:
        with part.open("ab+") as file:
            start, end = (
                text and datetime.fromisoformat(text) for text in (settings["start"], settings["end"])
            )
            file.seek(0)
            # What an interrupted run wrote last may be half a line.
            file.truncate(sum(len(line) for line in file if line.endswith(b"\n")))
            count, newest = 0, None
            for message in _read(file, part):
                count += 1
                newest = max(filter(None, (newest, message.message_timestamp_utc)), default=None)
            if newest is not None:
                # A minute earlier, for messages that the service lists late.
                start = max(filter(None, (start, newest - MARGIN)))
            written = Counter(map(_key, within(_read(file, part), start, None)))
            progress(count)
            for message in messages_between(client, dashboard_id, start, end):
                if written[key := _key(message)]:
                    written[key] -= 1
                    continue
                file.write(_line(message))
                count += 1
                progress(1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    return count


@contextmanager
def _settings(path: Path, part: Path, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings of the export, which are saved in its first run, so that every run has the same end.

    They are in a SQLite database, which no second process can use meanwhile.
    """
    import sqlite3  # only needed here

    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            database.execute("CREATE TABLE IF NOT EXISTS settings (name PRIMARY KEY, value)")
            first = {**given, "end": given["end"] or _iso(datetime.now(UTC) - MARGIN)}
            database.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", first.items())
            database.execute("COMMIT")
            saved = dict(database.execute("SELECT name, value FROM settings"))
        except sqlite3.Error as error:
            raise CommandError(f"{part}: another process exports to it ({error})") from None
        for name, value in given.items():
            if value is not None and value != saved[name]:
                raise CommandError(
                    f"{part} belongs to an export with {name} {saved[name]}; delete it to start again", USAGE
                )
        yield saved
    path.unlink(missing_ok=True)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _read(file: IO[bytes], path: Path) -> Iterator[DashboardMessage]:
    file.seek(0)
    for number, line in enumerate(file, 1):
        try:
            yield DashboardMessage.from_dict(json.loads(line))
        except (ValueError, TypeError, RecursionError):
            raise CommandError(f"{path}: line {number} is not a message; delete it to start again") from None


def _line(message: DashboardMessage) -> bytes:
    return json.dumps(message.to_dict()).encode() + b"\n"


def _key(message: DashboardMessage) -> str:
    """What identifies a message: its id, or all of it, since a few have no id."""
    return str(message.message_id) if message.message_id else _line(message).decode()
