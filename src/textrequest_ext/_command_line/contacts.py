"""`textrequest contacts import` and `textrequest contacts export`."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import click

from textrequest_ext import TextRequest
from textrequest_ext._command_line.csv_files import rows_of
from textrequest_ext._command_line.options import FILE, dashboard_argument, new_file, with_client
from textrequest_ext._command_line.output import Output, summary
from textrequest_ext._command_line.statuses import DONE, FAILED, USAGE, CommandError, explain

_FLAGS = ("is_suppressed", "is_archived", "is_blocked", "is_resolved")
_LISTS = ("groups", "contact_tags")
_YES_AND_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_CONVERTERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_FLAGS, lambda text: _YES_AND_NO[text.lower()]),
    "groups": lambda text: [int(part) for part in text.split(";")],
    "contact_tags": lambda text: [part.strip() for part in text.split(";")],
    "custom_fields": json.loads,
}
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
    client: TextRequest, output: Output, dashboard_id: int, file: Path, start: int, **options: Any
) -> int:
    """Create and change contacts from a CSV file, or one JSON object a line if its name ends in .jsonl.

    The first row of a CSV file has the names of the fields. Omitted fields and empty cells are kept. An
    opt-out is never undone.
    """
    read = _json_lines if file.suffix == ".jsonl" else _csv_contacts
    total = sum(1 for _ in read(file))  # before anything is sent: an unreadable file is an error
    run = client.contacts.sync(dashboard_id, read(file), start=start, **options)
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
        raise explain(error, f"To continue, run the same command with --start {run.position}.") from None
    if problems:
        output.table({"Row": "row", "Outcome": "outcome", "Reason": "reason"}, problems)
    output.line(summary(outcomes) or "no contacts")
    return FAILED if outcomes["invalid"] else DONE


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                raise CommandError(f"{path}: line {number} is not JSON", USAGE) from None


def _csv_contacts(path: Path) -> Iterator[dict[str, Any]]:
    for row in rows_of(path):
        yield {field: _value(field, text) for field, text in row.items()}


def _value(field: str, text: str) -> Any:
    try:
        return _CONVERTERS[field](text)
    except (KeyError, ValueError, RecursionError):
        return text  # also one that does not fit, so that its row is reported as invalid


@contacts.command("export")
@dashboard_argument
@click.option(
    "--output", "path", type=new_file, required=True, metavar="FILE", help="File that ends in .csv or .jsonl."
)
@with_client
def export_contacts(client: TextRequest, output: Output, dashboard_id: int, path: Path) -> None:
    """Export the contacts of a dashboard to a CSV file, or one JSON object a line.

    The file appears when it is complete. `contacts import` can read it.
    """
    writers = {".csv": _csv_writer, ".jsonl": _json_lines_writer}
    if path.suffix not in writers:
        raise CommandError(f"{path}: must end in .csv or .jsonl", USAGE)
    pager = client.contacts.list(dashboard_id)
    part = path.with_name(f"{path.name}.part")
    count = 0
    try:
        with (
            output.progress("Exporting", pager.count) as advance,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            write = writers[path.suffix](file)
            for contact in pager.unique("phone_number"):
                write(contact.to_dict())
                count += 1
                advance(1)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    output.record({"file": str(path), "contacts": count})
    output.line(f"{count} contacts in {path}")


def _csv_writer(file: IO[str]) -> Callable[[Mapping[str, Any]], object]:
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    return lambda contact: writer.writerow(_cell(name, contact.get(name)) for name in _COLUMNS)


def _json_lines_writer(file: IO[str]) -> Callable[[Mapping[str, Any]], object]:
    return lambda contact: file.write(f"{json.dumps(contact)}\n")


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if name in _LISTS and isinstance(value, list):
        return ";".join(map(str, value))
    text = json.dumps(value) if isinstance(value, list | dict | bool) else str(value)
    return text.encode("utf-8", "replace").decode()  # half of an emoji cannot be encoded
