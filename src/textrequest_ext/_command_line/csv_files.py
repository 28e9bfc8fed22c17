"""CSV files: messages to send, and contacts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textrequest_ext._command_line.statuses import USAGE, CommandError


def columns_of(path: Path) -> list[str]:
    """The column names of a file, in lower case and with underscores."""
    with _reading(path) as reader:
        columns = list(reader.fieldnames or ())
    if not columns:
        raise CommandError(f"{path}: is empty; the first row must have the column names", USAGE)
    return columns


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a file by column, without empty cells. The file is read as rows are needed."""
    with _reading(path) as reader:
        for row in reader:
            yield {
                name: text.strip()
                for name, text in row.items()
                if name and isinstance(text, str) and text.strip()
            }


@contextmanager
def _reading(path: Path) -> Iterator[csv.DictReader[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file)
            reader.fieldnames = [name.strip().lower().replace(" ", "_") for name in reader.fieldnames or ()]
            yield reader
        except UnicodeDecodeError:
            raise CommandError(f"{path}: is not UTF-8; save it as CSV UTF-8", USAGE) from None
        except csv.Error as error:
            raise CommandError(f"{path}: is not CSV: {error}", USAGE) from None
