"""`textrequest messages send`: one text, or the texts of a file."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

import click

from textrequest_ext import OutgoingMessage, SendResult, TextRequest, segments
from textrequest_ext._command_line.csv_files import columns_of, rows_of
from textrequest_ext._command_line.options import FILE, dashboard_argument, with_client
from textrequest_ext._command_line.output import Output, summary, without_numbers
from textrequest_ext._command_line.statuses import DONE, FAILED, UNKNOWN, USAGE, CommandError, explain

# These count as done: a person who has opted out must not be texted.
_DONE_OUTCOMES = ("sent", "opted_out")
_OF_A_FILE = ("journal", "concurrency", "per_second", "hours", "time_zone")


def _time_of_day(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise click.BadParameter("must be two times such as 9:00 20:00") from None


@click.command()
@dashboard_argument
@click.option("--to", metavar="NUMBER", help="Phone number of the recipient.")
@click.option("--body", help="The text; - reads it from stdin. With --file, the text of all rows.")
@click.option(
    "--file", type=FILE, help="CSV with the columns phone_number and body, and key, time_zone, sender_name."
)
@click.option("--sender-name", help="Name of the sender, as it is shown in Text Request.")
@click.option("--media", multiple=True, metavar="URL", help="File to attach, as upload_media returned it.")
@click.option("--yes", is_flag=True, help="Send without a prompt.")
@click.option(
    "--if-unknown",
    type=click.Choice(["reconcile", "resend", "report"]),
    default="reconcile",
    show_default=True,
    help="If a text may or may not have been sent: look it up; also send it again if it was not; only report it.",
)
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Seconds until a text that is not recorded counts as not sent.",
)
@click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="Default: FILE.journal.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="Texts in flight. Default: 8.")
@click.option("--per-second", type=click.FloatRange(min=0, min_open=True), help="Texts per second at most.")
@click.option(
    "--hours", type=_time_of_day, nargs=2, metavar="FROM TO", help="Such as 9:00 20:00, local time."
)
@click.option("--time-zone", help="Of rows without one, such as America/New_York.")
@with_client
def send(
    client: TextRequest,
    output: Output,
    dashboard_id: int,
    to: str | None,
    body: str | None,
    file: Path | None,
    yes: bool,
    **options: Any,
) -> int:
    """Send a text to a contact of a dashboard, or the texts of a file.

    A prompt asks before anything is sent, unless there is --yes or the input is not a terminal.

    The file has a journal next to it: run the same command again to continue, and no person is texted twice.
    """
    if body == "-":
        body = sys.stdin.read().rstrip("\n")
    if body is not None and not body.strip() and not options["media"]:
        raise click.UsageError("--body is empty")  # as after a pipe whose first command failed
    if file is not None:
        if to is not None:
            raise click.UsageError("--to cannot be combined with --file")
        return _send_file(client, output, dashboard_id, file, body, yes, options)
    if to is None or body is None:
        raise click.UsageError("--to and --body are needed, or --file")
    if given := [name for name in _OF_A_FILE if options[name] is not None]:
        raise click.UsageError(f"--{given[0].replace('_', '-')} needs --file")
    count = segments(body).segments
    size = f"{count} segment{'' if count == 1 else 's'}"
    _confirm(f"Send 1 text ({size}) to {without_numbers(to)} from dashboard {dashboard_id}?", yes)
    message = client.messages.send_to_contact(
        dashboard_id,
        to,
        body,
        sender_name=options["sender_name"],
        mms_media=options["media"] or None,
        if_unknown="raise" if options["if_unknown"] == "report" else options["if_unknown"],
        settle=options["settle"],
    )
    output.record({"message_id": message.message_id, "delivery_status": message.delivery_status})
    output.line(f"Sent: {message.message_id} ({message.delivery_status})")
    return DONE


def _send_file(
    client: TextRequest,
    output: Output,
    dashboard_id: int,
    path: Path,
    body: str | None,
    yes: bool,
    options: dict[str, Any],
) -> int:
    columns = columns_of(path)
    if "phone_number" not in columns:
        raise CommandError(f"{path}: has no column phone_number", USAGE)
    if (body is None) == ("body" not in columns):
        raise CommandError(f"{path}: needs a column body, or --body, and not both", USAGE)
    journal = options["journal"] or path.with_suffix(".journal")
    count = sum(1 for _ in rows_of(path))
    again = f" Those that {journal} lists as sent are not sent again." if journal.exists() else ""
    _confirm(f"Send the {count} texts of {path} from dashboard {dashboard_id}?{again}", yes)
    settings = {name: options[name] for name in _OF_A_FILE if options[name] is not None}
    settings |= {"journal": journal, "if_unknown": options["if_unknown"], "settle": options["settle"]}
    outcomes: Counter[str] = Counter()
    failed: list[dict[str, Any]] = []
    with output.progress("Sending", lambda: count) as advance:

        def report(result: SendResult) -> None:
            # Called for the messages in flight too, when Ctrl-C stops the run.
            outcomes[result.outcome] += 1
            # Without the text and the phone number. row: as in the file, where the first row is 1.
            row = {
                "row": result.index + 1,
                "key": result.key,
                "outcome": result.outcome,
                "message_id": result.message_id,
                "reason": result.reason,
                "earlier": result.earlier,
            }
            output.record(row)
            if result.outcome not in _DONE_OUTCOMES and not output.as_json:
                failed.append(row)
            advance(1)

        messages = _messages(path, body, options)
        try:
            with client.messages.send_many(dashboard_id, messages, on_result=report, **settings) as run:
                for _ in run:
                    pass
        except (Exception, KeyboardInterrupt) as error:
            advice = f"Stopped after {summary(outcomes) or '0 sent'}; run the same command again to continue."
            raise explain(error, advice) from None
    if failed:
        output.table({"Row": "row", "Key": "key", "Outcome": "outcome", "Reason": "reason"}, failed)
    output.line(summary(outcomes) or "0 sent")
    if outcomes["unknown"]:
        return UNKNOWN
    return FAILED if set(outcomes).difference(_DONE_OUTCOMES) else DONE


def _messages(path: Path, body: str | None, options: dict[str, Any]) -> Iterator[OutgoingMessage]:
    for row in rows_of(path):
        yield OutgoingMessage(
            row.get("phone_number", ""),
            row.get("body", "") if body is None else body,
            key=row.get("key"),
            time_zone=row.get("time_zone"),
            sender_name=row.get("sender_name", options["sender_name"]),
            mms_media=options["media"],
        )


def _confirm(question: str, yes: bool) -> None:
    """Ask before texts are sent. Without a terminal, there is no one to reply, and a program means what it does."""
    if yes or not input_is_a_terminal():
        return
    # The prompt of click 8.2 writes to stdout too.
    print(f"{question} [y/N]: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was sent", FAILED)


def input_is_a_terminal() -> bool:
    """Whether someone could reply to a prompt."""
    return sys.stdin.isatty()
