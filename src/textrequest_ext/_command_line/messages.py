"""`textrequest messages list` and `textrequest messages export`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from textrequest_api.models import DashboardMessage, Message
from textrequest_api.types import UNSET
from textrequest_ext import TextRequest, TextRequestError
from textrequest_ext._command_line.exporting import export_messages, messages_between, within
from textrequest_ext._command_line.options import (
    dashboard_argument,
    new_file,
    show_numbers_option,
    timestamp,
    with_client,
)
from textrequest_ext._command_line.output import Output
from textrequest_ext._command_line.statuses import explain

MAX_PAGE_SIZE = 1000


@click.group()
def messages() -> None:
    """List, send and export messages."""


@messages.command("list")
@dashboard_argument
@click.option("--with", "phone_number", metavar="NUMBER", help="Only the messages with this contact.")
@click.option("--direction", type=click.Choice(["sent", "received"]), help="Only one direction.")
@click.option("--since", type=timestamp, metavar="TIME", help="Such as 2026-03-01T00:00Z.")
@click.option("--until", type=timestamp, metavar="TIME", help="As --since; this moment is not included.")
@click.option("--oldest-first", is_flag=True, help="Default: the newest first.")
@click.option(
    "--limit", type=click.IntRange(0, sys.maxsize), default=20, show_default=True, help="0 for no limit."
)
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
        conversation = sorted(client.messages.list_with_contact(dashboard_id, phone_number), key=_time)
        found = [one for one in within(conversation, since, until) if code in (None, one.message_direction)]
        if not oldest_first:
            found.reverse()
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
@click.option("--output", "path", type=new_file, required=True, metavar="FILE", help="The file to create.")
@click.option(
    "--start", type=timestamp, metavar="TIME", help="Such as 2026-03-01T00:00Z. Default: the first message."
)
@click.option(
    "--end", type=timestamp, metavar="TIME", help="As --start, not included. Default: a minute ago."
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
    pager = client.messages.list(dashboard_id, start_date=start or UNSET, end_date=end or UNSET)
    try:
        with output.progress("Exporting", pager.count) as advance:
            count = export_messages(client, dashboard_id, path, start, end, advance)
    except (TextRequestError, KeyboardInterrupt) as error:
        raise explain(error, "Run the same command again to continue.") from None
    output.record({"file": str(path), "messages": count})
    output.line(f"{count} messages in {path}")
