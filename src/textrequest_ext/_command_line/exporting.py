"""An export of messages to one file of JSON lines, which can be interrupted and continued.

examples/export_messages.py exports to a folder of files, with the same rules for dates and duplicates.
"""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from textrequest_api.models import DashboardMessage
from textrequest_api.types import UNSET
from textrequest_ext import TextRequest
from textrequest_ext._command_line.statuses import USAGE, CommandError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# It is unknown whether the service includes the ends of a range, and how precise they are. So more is
# requested on both sides, and the timestamps decide.
MARGIN = timedelta(minutes=1)


def messages_between(
    client: TextRequest,
    dashboard_id: int,
    start: datetime | None,
    end: datetime | None,
    *,
    prefetch: bool = True,
    **filters: Any,
) -> Iterator[DashboardMessage]:
    """The messages with start <= timestamp < end. One without a timestamp belongs with the one before it."""
    pager = client.messages.list(
        dashboard_id,
        start_date=UNSET if start is None else start - MARGIN,
        end_date=UNSET if end is None else end + MARGIN,
        **filters,
    ).prefetch(prefetch)
    belongs = start is None
    for message in pager:
        if (moment := message.message_timestamp_utc) is not None:
            belongs = (start is None or moment >= start) and (end is None or moment < end)
        if belongs:
            yield message


@dataclass(frozen=True)
class Position:
    """How far an export is: the messages in the file, from when to continue, and which it has from then on."""

    count: int
    start: datetime | None
    written: Counter[str]


class Export:
    """The messages of a dashboard in a file, which appears when it is complete.

    Until then they are in a file with the suffix .part, and what is exported in one with .part.json. start,
    end: the messages with start <= timestamp < end; by default from the first message until a minute ago.
    """

    def __init__(self, dashboard_id: int, path: Path, start: datetime | None, end: datetime | None) -> None:
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._settings_file = path.with_name(f"{path.name}.part.json")
        self._dashboard_id = dashboard_id
        self._given = {"dashboard_id": dashboard_id, "start": _iso(start), "end": _iso(end)}

    def run(self, client: TextRequest, progress: Callable[[int], object]) -> int:
        """Export what is missing. Returns the number of messages in the file.

        progress: called with the number of messages that were added.
        """
        with self._part.open("ab+") as file:
            _lock(file, self._part)
            settings = self._settings()
            start, end = (datetime.fromisoformat(text) if text else None for text in settings.values())
            position = _position(file, self._part)
            progress(position.count)
            count = position.count
            messages = messages_between(client, self._dashboard_id, position.start or start, end)
            for line in _without(position.written, messages):
                file.write(line)
                count += 1
                progress(1)
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:
                self._publish()  # while it is locked
        if fcntl is None:
            self._publish()  # Windows cannot rename an open file
        return count

    def _publish(self) -> None:
        os.replace(self._part, self.path)
        self._settings_file.unlink()

    def _settings(self) -> dict[str, str | None]:
        """The dates of the export, which are saved in its first run, so that every run has the same end."""
        if not self._settings_file.exists():
            end = self._given["end"] or _iso(datetime.now(UTC) - MARGIN)
            temporary = self._settings_file.with_suffix(".tmp")
            temporary.write_text(json.dumps({**self._given, "end": end}), "utf-8")
            os.replace(temporary, self._settings_file)
        saved = json.loads(self._settings_file.read_text("utf-8"))
        for name, value in self._given.items():
            if value is not None and value != saved[name]:
                raise CommandError(
                    f"{self._part} belongs to an export with {name} {saved[name]}; delete it to start again",
                    USAGE,
                )
        return {name: saved[name] for name in ("start", "end")}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _line(message: DashboardMessage) -> bytes:
    return json.dumps(message.to_dict()).encode() + b"\n"


def _key(message: DashboardMessage) -> str:
    """What identifies a message: its id, or all of it, since a few have no id."""
    return str(message.message_id) if message.message_id else _line(message).decode()


def _without(written: Counter[str], messages: Iterable[DashboardMessage]) -> Iterator[bytes]:
    for message in messages:
        if written and written[key := _key(message)]:
            written[key] -= 1
        else:
            yield _line(message)


def _position(file: IO[bytes], path: Path) -> Position:
    """Where to continue: a minute before the last message, for messages that the service lists late.

    What an interrupted run wrote last may be half a line, which is removed.
    """
    file.seek(0)
    recent: deque[tuple[datetime | None, str]] = deque()
    count, size, is_complete = 0, 0, False
    newest: datetime | None = None
    for line in file:
        if not line.endswith(b"\n"):
            break
        try:
            message = DashboardMessage.from_dict(json.loads(line))
        except (ValueError, TypeError):
            raise CommandError(
                f"{path}: line {count + 1} is not a message; delete it to start again"
            ) from None
        count, size = count + 1, size + len(line)
        moment = message.message_timestamp_utc or (recent[-1][0] if recent else None)
        recent.append((moment, _key(message)))
        newest = max(filter(None, (newest, moment)), default=None)
        # Those before the position are not needed. While there are none, everything is requested again.
        while newest and (recent[0][0] is None or recent[0][0] < newest - MARGIN):
            recent.popleft()
            is_complete = True
    file.truncate(size)
    start = newest - MARGIN if newest is not None and is_complete else None
    return Position(count, start, Counter(key for _, key in recent))


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep a second process from the same export. The lock ends with the process, however that ends."""
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The process that had the lock may have renamed the file.
        is_current = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        is_current = False
    if not is_current:
        raise CommandError(f"{path}: another process exports to it")
