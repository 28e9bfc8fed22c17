"""CSV files: messages to send, and contacts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from textrequest_ext._command_line.statuses import USAGE, CommandError

Row = TypeVar("Row")


def header_of(path: Path) -> list[str]:
    """The column names of a file, in lower case and with underscores."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for names in _reading(path, csv.reader(file)):
            return [_field(name) for name in names]
    raise CommandError(f"{path}: is empty; the first row must have the column names", USAGE)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a file by column, without empty cells. The file is read as rows are needed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in _reading(path, reader):
            yield {
                _field(name): text.strip()
                for name, text in row.items()
                if name and isinstance(text, str) and text.strip()
            }


def count_rows(path: Path) -> int:
    """The number of rows, without the column names."""
    return sum(1 for _ in rows_of(path))


def _reading(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not UTF-8; save it as CSV UTF-8", USAGE) from None
    except csv.Error as error:
        raise CommandError(f"{path}: is not CSV: {error}", USAGE) from None


def _field(column: str) -> str:
    return column.strip().lower().replace(" ", "_")
