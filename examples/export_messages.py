"""Export the messages of a dashboard to JSON lines or Parquet. Run it again to resume after a failure.

    export TEXTREQUEST_API_KEY=...
    python examples/export_messages.py 121 --output messages
    python examples/export_messages.py 121 --output messages --format parquet     needs pyarrow

The folder gets one file for every 10,000 messages, oldest first. A file appears when it is complete, so
the process can be killed at any time: the next run continues after the last file. Memory use does not
depend on the number of messages. With tqdm installed, a progress bar is shown. docs/export.md has more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Protocol

from textrequest_api.models import DashboardMessage
from textrequest_api.types import UNSET
from textrequest_ext import TextRequest, TextRequestError

# What is requested around a time range. The timestamps of the messages decide which belong to it.
MARGIN = timedelta(minutes=1)
MAX_PAGE_SIZE = 1000


def split_dates(start: datetime, end: datetime, parts: int) -> list[tuple[datetime, datetime]]:
    """Cut a time range into parts of equal length. Each includes its start and excludes its end."""
    if parts < 1 or start >= end:
        raise ValueError("at least one part is needed, and a start before the end")
    cuts = [start + (end - start) * number / parts for number in range(parts)]
    return list(pairwise([*cuts, end]))


def within(
    messages: Iterable[DashboardMessage], start: datetime | None, end: datetime | None
) -> Iterator[DashboardMessage]:
    """The messages with start <= timestamp < end.

    A message without a timestamp belongs to the same part as the one before it in the list.
    """
    belongs = start is None
    for message in messages:
        moment = message.message_timestamp_utc
        if moment is not None:
            belongs = (start is None or moment >= start) and (end is None or moment < end)
        if belongs:
            yield message


def messages_between(
    client: TextRequest, dashboard_id: int, start: datetime | None, end: datetime, *, concurrency: int = 1
) -> Iterator[DashboardMessage]:
    """The messages of a dashboard with start <= timestamp < end, oldest first.

    It is unknown whether the service includes start_date and end_date, and how precise they are. So a
    longer time is requested, and what does not belong to it is dropped. Ranges that share a border have
    no message in common and miss none.
    """
    pager = client.messages.list(
        dashboard_id,
        start_date=UNSET if start is None else start - MARGIN,
        end_date=end + MARGIN,
        page_size=MAX_PAGE_SIZE,
    )
    return within(pager.concurrent(concurrency), start, end)


class FileFormat(Protocol):
    """How a file of messages is written and read."""

    suffix: str

    def write(self, file: IO[bytes], messages: Sequence[DashboardMessage]) -> None: ...
    def read(self, path: Path) -> list[DashboardMessage]: ...
    def count(self, path: Path) -> int: ...


class JsonLines:
    """One message a line, as the service returned it, with timestamps in UTC."""

    suffix = ".jsonl"

    def write(self, file: IO[bytes], messages: Sequence[DashboardMessage]) -> None:
        """Write the messages."""
        for message in messages:
            file.write(json.dumps(message.to_dict()).encode() + b"\n")

    def read(self, path: Path) -> list[DashboardMessage]:
        """All messages of a file."""
        with path.open("rb") as file:
            return [DashboardMessage.from_dict(json.loads(line)) for line in file]

    def count(self, path: Path) -> int:
        """The number of messages in a file."""
        with path.open("rb") as file:
            return sum(1 for _ in file)


class Parquet:
    """One row for each message. Fields that have no column are JSON in `additional_properties`."""

    suffix = ".parquet"
    TEXTS = (
        "message_id", "body", "message_direction", "response_by_username", "delivery_status",
        "delivery_error", "dashboard_phone", "customer_phone", "customer_friendly_name",
    )  # fmt: skip

    def __init__(self) -> None:
        import pyarrow
        import pyarrow.parquet

        self._arrow, self._parquet = pyarrow, pyarrow.parquet
        self._schema = pyarrow.schema(
            {name: pyarrow.string() for name in self.TEXTS}
            | {
                "message_timestamp_utc": pyarrow.timestamp("us", tz="UTC"),
                "segments_count": pyarrow.int64(),
                "mms_media": pyarrow.list_(pyarrow.string()),
                "additional_properties": pyarrow.string(),
            }
        )

    def write(self, file: IO[bytes], messages: Sequence[DashboardMessage]) -> None:
        """Write the messages."""
        rows = [self._row(message) for message in messages]
        self._parquet.write_table(self._arrow.Table.from_pylist(rows, schema=self._schema), file)

    def _row(self, message: DashboardMessage) -> dict[str, Any]:
        values = message.to_dict()
        row: dict[str, Any] = {name: _text(values.pop(name, None)) for name in self.TEXTS}
        row["message_timestamp_utc"] = message.message_timestamp_utc
        values.pop("message_timestamp_utc", None)
        media = values.pop("mms_media", None)
        row["mms_media"] = None if media is None else [_text(url) for url in media]
        if isinstance(values.get("segments_count"), int):
            row["segments_count"] = values.pop("segments_count")
        row["additional_properties"] = json.dumps(values)
        return row

    def read(self, path: Path) -> list[DashboardMessage]:
        """All messages of a file, with the fields that `_key` needs."""
        columns = ["message_id", "message_timestamp_utc", "message_direction", "customer_phone", "body"]
        return [
            DashboardMessage(**row) for row in self._parquet.read_table(path, columns=columns).to_pylist()
        ]

    def count(self, path: Path) -> int:
        """The number of messages in a file."""
        return int(self._parquet.read_metadata(path).num_rows)


FORMATS: dict[str, Callable[[], FileFormat]] = {"jsonl": JsonLines, "parquet": Parquet}


def _text(value: Any) -> str | None:
    # A text that was cut within an emoji has half of a surrogate pair, which UTF-8 cannot encode.
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _key(message: DashboardMessage) -> object:
    """What identifies a message. A few have no id."""
    if message.message_id:
        return str(message.message_id)
    fields = (message.message_direction, message.customer_phone, message.body)
    return (message.message_timestamp_utc, *map(_text, fields))


def publish(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Create a file that is complete as soon as it exists.

    Raises FileExistsError if it exists: another process exports to the same folder.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # a rename would replace the file of another process
    finally:
        temporary.unlink(missing_ok=True)


def remember(folder: Path, settings: dict[str, Any], first: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The settings of the export in a folder.

    settings: what this run was given; None stands for what the first run was given. first: further
    settings for the first run. Raises ValueError if the folder has another export.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "_export.json"
    if not path.exists():
        text = json.dumps({**settings, **first()}, indent=1)
        publish(path, lambda file: file.write(text.encode()))
    saved: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for name, value in settings.items():
        if value is not None and value != saved[name]:
            raise ValueError(f"{folder} has an export with {name} {saved[name]}; use another folder")
    return saved


def default_end() -> str:
    """Now, less what is requested past the end: the list does not grow while it is read."""
    return (datetime.now(UTC) - MARGIN).isoformat()


def export(
    client: TextRequest,
    dashboard_id: int,
    folder: Path,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    format: str = "jsonl",
    file_size: int = 10_000,
    concurrency: int = 1,
    progress: Callable[[int], object] = lambda count: None,
) -> int:
    """Write the messages of a dashboard to files in a folder. Returns how many there are.

    If the folder has an unfinished export, it is continued. start, end: the messages with start <=
    timestamp < end; by default from the first message until a minute ago, or as in the first run.
    file_size: messages in a file, and at most in memory besides one page. concurrency: pages that are
    requested concurrently. progress: called with the number of messages that were added.

    Raises the errors of the SDK, ValueError if the folder has another export, and FileExistsError if
    another process exports to it.
    """
    given = {
        "dashboard_id": dashboard_id,
        "start": start and start.astimezone(UTC).isoformat(),
        "end": end and end.astimezone(UTC).isoformat(),
        "format": format,
    }
    saved = remember(folder, given, lambda: {} if end else {"end": default_end()})
    start = datetime.fromisoformat(saved["start"]) if saved["start"] else None
    end = datetime.fromisoformat(saved["end"])
    files = FORMATS[format]()
    for abandoned in folder.glob(".part-*"):
        abandoned.unlink(missing_ok=True)
    paths = sorted(folder.glob(f"part-*{files.suffix}"))
    total = sum(map(files.count, paths))
    progress(total)
    if (folder / "_SUCCESS").exists():
        return total

    def write(messages: list[DashboardMessage]) -> None:
        path = folder / f"part-{len(paths):05}{files.suffix}"
        publish(path, lambda file: files.write(file, messages))
        paths.append(path)

    position, written = _position(paths, files)
    pending: list[DashboardMessage] = []
    for message in messages_between(client, dashboard_id, position or start, end, concurrency=concurrency):
        if written and written[_key(message)]:
            written[_key(message)] -= 1
            continue
        pending.append(message)
        progress(1)
        if len(pending) == file_size:
            write(pending)
            total += len(pending)
            pending = []
    if pending:
        write(pending)
        total += len(pending)
    (folder / "_SUCCESS").touch()
    return total


def _position(paths: list[Path], files: FileFormat) -> tuple[datetime | None, Counter[object]]:
    """Where to continue, and the messages from there on that the files already have.

    It is a minute before the last message, for messages that the service lists late. The timestamp is
    used and not a page number, because the number of items before it may have changed.
    """
    messages: list[DashboardMessage] = []
    for path in reversed(paths):
        messages = files.read(path) + messages
        moments = [moment for message in messages if (moment := message.message_timestamp_utc) is not None]
        if moments and min(moments) < (position := max(moments) - MARGIN):
            return position, Counter(map(_key, within(messages, position, None)))
    return None, Counter(map(_key, messages))


def progress_bar(total: int, unit: str) -> Any:
    """A progress bar of tqdm as a context manager, or None without tqdm."""
    try:
        from tqdm import tqdm
    except ImportError:
        return nullcontext()
    return tqdm(total=total, unit=unit, unit_scale=True)


def timestamp(text: str) -> datetime:
    """A point in time from the command line."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no time zone; write {text}Z for UTC")
    return moment


def positive(text: str) -> int:
    """A number from the command line."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def arguments_parser(description: str) -> argparse.ArgumentParser:
    """The options of this example and of export_with_dask.py."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--format", choices=FORMATS, default="jsonl")
    parser.add_argument(
        "--start", type=timestamp, help="such as 2026-01-01T00:00Z; default: the first message"
    )
    parser.add_argument("--end", type=timestamp, help="default: a minute ago")
    parser.add_argument("--file-size", type=positive, default=10_000, help="messages in a file")
    parser.add_argument("--concurrency", type=positive, default=1, help="pages requested concurrently")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments_parser("Export the messages of a dashboard.")
    parser.add_argument("dashboard_id", type=int)
    options = vars(parser.parse_args(argv))
    folder = options.pop("output")
    try:
        with TextRequest() as client:
            count = client.messages.list(
                options["dashboard_id"],
                start_date=options["start"] or UNSET,
                end_date=options["end"] or UNSET,
            ).count()
            with progress_bar(count, " messages") as bar:
                if bar is not None:
                    options["progress"] = bar.update
                total = export(client, folder=folder, **options)
    except (ValueError, FileExistsError) as error:
        sys.exit(str(error))
    except (TextRequestError, OSError) as error:
        sys.exit(f"{error}\nRun the same command again to resume.")
    print(f"{total} messages in {folder}")


if __name__ == "__main__":
    main()
