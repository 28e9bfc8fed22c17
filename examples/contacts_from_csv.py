"""Import contacts from a CSV file, with a progress bar.

    TEXTREQUEST_API_KEY=... python examples/contacts_from_csv.py 121 contacts.csv

The first row of the file has the names of the fields, in any case and with spaces or underscores: phone_number, and
for example first_name, last_name, note, groups (ids, separated by semicolons). Empty cells are omitted. Rows that are
not valid are written to contacts.invalid.csv, with the reason. If the import is interrupted, run it again: it continues
where it stopped. The progress bar needs tqdm, and numbers with letters or extensions need the extra `phonenumbers`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from textrequest_ext import ContactResult, TextRequest, TextRequestError, parse_phone_number

LISTS = {"groups": int, "contact_tags": str}
FLAGS = {"is_suppressed", "is_archived", "is_blocked", "is_resolved"}


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of the file as contacts. The file is read row by row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {
                field_of(name): value_of(field_of(name), text.strip())
                for name, text in row.items()
                if name and isinstance(text, str) and text.strip()
            }


def field_of(column: str) -> str:
    return column.strip().lower().replace(" ", "_")


def value_of(field: str, text: str) -> Any:
    """The value of a cell. A text that does not fit stays as it is: the row is reported as invalid."""
    if field in FLAGS:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            text.lower(), text
        )
    if field in LISTS:
        try:
            return [LISTS[field](part.strip()) for part in text.split(";")]
        except ValueError:
            return text
    return text


def with_progress(results: Iterable[ContactResult], total: int, done: int) -> Iterable[ContactResult]:
    """The results, with a progress bar if tqdm is installed."""
    if find_spec("tqdm") is None:
        return results
    from tqdm import tqdm

    progress: Iterable[ContactResult] = tqdm(results, total=total, initial=done, unit=" contacts")
    return progress


def import_contacts(client: TextRequest, dashboard_id: int, path: Path) -> Counter[str]:
    """Import the file, from the position of an interrupted import on. Returns the number of each outcome."""
    position_file = path.with_suffix(".position")
    start = int(position_file.read_text()) if position_file.exists() else 0
    total = sum(1 for _ in rows_of(path))
    outcomes: Counter[str] = Counter()
    parser = parse_phone_number if find_spec("phonenumbers") else None
    run = client.contacts.sync(dashboard_id, rows_of(path), start=start, phone_parser=parser)
    with path.with_suffix(".invalid.csv").open("a" if start else "w", encoding="utf-8", newline="") as file:
        invalid = csv.writer(file)
        try:
            for result in with_progress(run, total, start):
                outcomes[result.outcome] += 1
                if not result.ok:
                    invalid.writerow([result.index + 1, result.reason, *result.item.values()])
                if run.position % 100 == 0:
                    position_file.write_text(str(run.position))
        finally:
            position_file.write_text(str(run.position))
    position_file.unlink()
    return outcomes


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Import contacts from a CSV file.")
    parser.add_argument("dashboard_id", type=int)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args(argv)
    try:
        with TextRequest() as client:
            outcomes = import_contacts(client, arguments.dashboard_id, arguments.file)
    except TextRequestError as error:
        sys.exit(f"interrupted: {error}. Run it again to continue.")
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "no contacts")


if __name__ == "__main__":
    main()
