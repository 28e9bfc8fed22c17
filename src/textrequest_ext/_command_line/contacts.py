"""`textrequest contacts import` and `textrequest contacts export`."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import click

from textrequest_api.models import Contact
from textrequest_ext import TextRequest
from textrequest_ext._command_line.csv_files import count_rows, rows_of
from textrequest_ext._command_line.options import FILE, dashboard_argument, with_client
from textrequest_ext._command_line.output import Output
from textrequest_ext._command_line.statuses import DONE, FAILED, USAGE, CommandError, with_advice

_FLAGS = ("is_suppressed", "is_archived", "is_blocked", "is_resolved")
_LISTS: dict[str, Callable[[str], Any]] = {"groups": int, "contact_tags": str}
_YES_AND_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# The columns of an export, which an import accepts. Those from first_contact_utc on are set by the service.
_COLUMNS = (
    "phone_number", "first_name", "last_name", "display_name", *_FLAGS, "suppressed_reason", "note",
    *_LISTS, "custom_fields", "first_contact_utc", "opted_out_utc", "last_msg_sent_utc", "last_msg_received_utc",
    "total_msgs_sent", "total_msgs_received", "response_count", "date_created_utc", "last_contact_date_utc",
)  # fmt: skip


@click.group()
def contacts() -> None:
    """Import and export contacts."""


@contacts.command("import")
@dashboard_argument
@click.argument("file", type=FILE)
@click.option("--compare", is_flag=True, help="Read each contact first, and send only those that differ.")
@click.option("--start", type=click.IntRange(min=0), default=0, help="How many rows to pass over.")
@click.option("--chunk-size", type=click.IntRange(1, 1000), default=100, show_default=True)
@with_client
def import_contacts(
    client: TextRequest,
    output: Output,
    dashboard_id: int,
    file: Path,
    compare: bool,
    start: int,
    chunk_size: int,
) -> int:
    """Create and change contacts from a CSV file, or one JSON object a line if its name ends in .jsonl.

    The first row of a CSV file has the names of the fields. Omitted fields and empty cells are kept. An
    opt-out is never undone.
    """
    is_lines = file.suffix == ".jsonl"
    total = (
        sum(1 for _ in _json_lines(file)) if is_lines else count_rows(file)
    )  # an unreadable file is an error
    items: Iterator[Any] = _json_lines(file) if is_lines else map(_values, rows_of(file))
    run = client.contacts.sync(dashboard_id, items, start=start, chunk_size=chunk_size, compare=compare)
    outcomes: Counter[str] = Counter()
    problems: list[dict[str, Any]] = []
    try:
        with output.progress("Importing", lambda: total) as advance:
            advance(start)
            for result in run:
                outcomes[result.outcome] += 1
                prefix = f"contacts[{result.index}]"
                reason = result.reason and result.reason.removeprefix(prefix).lstrip(".: ")
                row = {"row": result.index + 1, "outcome": result.outcome, "reason": reason}
                output.record({**row, "not_sent": result.not_sent})
                if not result.ok and not output.as_json:
                    problems.append(row)
                advance(1)
    except (Exception, KeyboardInterrupt) as error:
        advice = f"To continue, run the same command with --start {run.position}."
        raise with_advice(error, advice) from None
    if problems:
        output.table({"Row": "row", "Outcome": "outcome", "Reason": "reason"}, problems)
    output.line(
        ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "no contacts"
    )
    return FAILED if outcomes["invalid"] else DONE


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError:
                raise CommandError(f"{path}: line {number} is not JSON", USAGE) from None


def _values(row: dict[str, str]) -> dict[str, Any]:
    """A row as a contact. A text that does not fit stays as it is, so that the row is reported as invalid."""
    return {field: _value(field, text) for field, text in row.items()}


def _value(field: str, text: str) -> Any:
    try:
        if field in _FLAGS:
            return _YES_AND_NO.get(text.lower(), text)
        if field in _LISTS:
            return [_LISTS[field](part.strip()) for part in text.split(";")]
        if field == "custom_fields":
            return json.loads(text)
    except ValueError:
        pass
    return text


@contacts.command("export")
@dashboard_argument
@click.option(
    "--output",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    help="File that ends in .csv or .jsonl.",
)
@with_client
def export_contacts(client: TextRequest, output: Output, dashboard_id: int, path: Path) -> None:
    """Export the contacts of a dashboard to a CSV file, or one JSON object a line.

    The file appears when it is complete. `contacts import` can read it.
    """
    writers = {".csv": _write_csv, ".jsonl": _write_json_lines}
    if path.suffix not in writers:
        raise CommandError(f"{path}: must end in .csv or .jsonl", USAGE)
    if path.exists():
        raise CommandError(f"{path}: exists already; choose another name", USAGE)
    pager = client.contacts.list(dashboard_id)
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            output.progress("Exporting", pager.count) as advance,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            count = writers[path.suffix](file, pager.unique("phone_number"), advance)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    output.record({"file": str(path), "contacts": count})
    output.line(f"{count} contacts in {path}")


def _write_csv(file: IO[str], found: Iterable[Contact], advance: Callable[[int], object]) -> int:
    writer, count = csv.writer(file), 0
    writer.writerow(_COLUMNS)
    for contact in found:
        values = contact.to_dict()
        writer.writerow(_cell(name, values.get(name)) for name in _COLUMNS)
        count += 1
        advance(1)
    return count


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if name in _LISTS and isinstance(value, list):
        return ";".join(map(str, value))
    text = json.dumps(value) if isinstance(value, list | dict | bool) else str(value)
    return text.encode("utf-8", "replace").decode()  # half of an emoji cannot be encoded


def _write_json_lines(file: IO[str], found: Iterable[Contact], advance: Callable[[int], object]) -> int:
    count = 0
    for contact in found:
        file.write(f"{json.dumps(contact.to_dict())}\n")
        count += 1
        advance(1)
    return count
