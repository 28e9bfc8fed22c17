"""`textrequest messages list` and `textrequest messages export`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from textrequest_api.models import DashboardMessage, Message
from textrequest_api.types import UNSET
from textrequest_ext import TextRequest, TextRequestError
from textrequest_ext._command_line.exporting import Export, messages_between
from textrequest_ext._command_line.options import dashboard_argument, show_numbers_option, with_client
from textrequest_ext._command_line.output import Output
from textrequest_ext._command_line.statuses import USAGE, CommandError, with_advice

MAX_PAGE_SIZE = 1000


def _timestamp(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a timestamp such as 2026-03-01T00:00Z") from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone; for UTC, add a Z")
    return moment


@click.group()
def messages() -> None:
    """List, send and export messages."""


@messages.command("list")
@dashboard_argument
@click.option("--with", "phone_number", metavar="NUMBER", help="Only the messages with this contact.")
@click.option("--direction", type=click.Choice(["sent", "received"]), help="Only one direction.")
@click.option("--since", callback=_timestamp, metavar="TIME", help="Such as 2026-03-01T00:00Z.")
@click.option("--until", callback=_timestamp, metavar="TIME", help="As --since; this moment is not included.")
@click.option("--oldest-first", is_flag=True, help="Default: the newest first.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="0 for no limit.")
@show_numbers_option
@with_client
def list_messages(
    client: TextRequest,
    output: Output,
    dashboard_id: int,
    phone_number: str | None,
    direction: str | None,
    since: datetime | None,
    until: datetime | None,
    oldest_first: bool,
    limit: int,
) -> None:
    """List messages of a dashboard, or those with one contact."""
    code = None if direction is None else direction[0].upper()
    found: Iterable[DashboardMessage | Message]
    if phone_number is None:
        filters: dict[str, Any] = {} if code is None else {"message_direction": code}
        if 0 < limit < MAX_PAGE_SIZE:
            filters |= {"page_size": limit, "prefetch": False}  # one request is enough, usually
        found = messages_between(
            client, dashboard_id, since, until, sort="asc" if oldest_first else "desc", **filters
        )
    else:
        # This operation has no filters, and its order is not documented.
        conversation = [
            message
            for message in client.messages.list_with_contact(dashboard_id, phone_number)
            if (code is None or message.message_direction == code)
            and (since is None or _time(message) >= since)
            and (until is None or _time(message) < until)
        ]
        conversation.sort(key=_time)
        found = conversation if oldest_first else reversed(conversation)
    output.table(
        {
            "Time (UTC)": "message_timestamp_utc",
            "Direction": "message_direction",
            **({"Contact": "customer_phone"} if phone_number is None else {}),
            "Status": "delivery_status",
            "Text": "body",
        },
        islice(found, limit or None),
    )


def _time(message: Message) -> datetime:
    return message.message_timestamp_utc or datetime.min.replace(tzinfo=UTC)


@messages.command()
@dashboard_argument
@click.option("--output", "path", type=click.Path(path_type=Path), required=True, help="The file to create.")
@click.option(
    "--start",
    callback=_timestamp,
    metavar="TIME",
    help="Such as 2026-03-01T00:00Z. Default: the first message.",
)
@click.option(
    "--end", callback=_timestamp, metavar="TIME", help="As --start, not included. Default: a minute ago."
)
@with_client
def export(
    client: TextRequest,
    output: Output,
    dashboard_id: int,
    path: Path,
    start: datetime | None,
    end: datetime | None,
) -> None:
    """Export the messages of a dashboard, oldest first, as one JSON object a line.

    The file appears when it is complete. Run the same command again to continue after an interruption.
    """
    if path.exists():
        raise CommandError(f"{path}: exists already; choose another name", USAGE)

    def total() -> int:
        dates: dict[str, Any] = {"start_date": start or UNSET, "end_date": end or UNSET}
        return client.messages.list(dashboard_id, **dates).count()

    try:
        with output.progress("Exporting", total) as advance:
            count = Export(dashboard_id, path, start, end).run(client, advance)
    except (TextRequestError, KeyboardInterrupt) as error:
        raise with_advice(error, "Run the same command again to continue.") from None
    output.record({"file": str(path), "messages": count})
    output.line(f"{count} messages in {path}")
