"""`textrequest webhooks list`, `ensure` and `listen`."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import IO

import click

from textrequest_ext import ConfigurationError, TextRequest
from textrequest_ext._command_line.listening import Listener
from textrequest_ext._command_line.options import (
    dashboard_argument,
    json_option,
    key_file_option,
    show_numbers_option,
    with_client,
)
from textrequest_ext._command_line.output import Output, note
from textrequest_ext._command_line.statuses import CommandError

_COLUMNS = {"Id": "id", "Event": "event", "Connected": "is_connected", "URL": "target_url"}


@click.group()
def webhooks() -> None:
    """List, register and receive webhooks."""


@webhooks.command("list")
@dashboard_argument
@with_client
def list_webhooks(client: TextRequest, output: Output, dashboard_id: int) -> None:
    """List the webhooks of a dashboard, and whether the service has disconnected them."""
    output.table(_COLUMNS, client.webhooks.list(dashboard_id))


@webhooks.command()
@dashboard_argument
@click.option("--url", required=True, help="The URL; {event} in it is replaced by the name of the event.")
@click.option("--event", "events", multiple=True, help="Such as msg_received. Default: all events.")
@with_client
def ensure(client: TextRequest, output: Output, dashboard_id: int, url: str, events: tuple[str, ...]) -> None:
    """Register a URL for events, unless it is registered, and reconnect what is disconnected."""
    names = events or tuple(map(str, client.webhooks.event_types()))
    if len(names) > 1 and "{event}" not in url:
        raise click.UsageError(
            "--url must have {event} in it for several events: a payload does not name its event"
        )
    ensured = (
        client.webhooks.ensure(dashboard_id, target_url=url.replace("{event}", name), event=name)
        for name in names
    )
    output.table(_COLUMNS, ensured)


@webhooks.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8351, show_default=True, help="0 for any free port."
)
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many genuine deliveries.")
@show_numbers_option
@json_option
@key_file_option
def listen(
    host: str, port: int, count: int | None, show_numbers: bool, as_json: bool, api_key_file: IO[str] | None
) -> None:
    """Receive deliveries, verify their signatures, and print them until Ctrl-C.

    The last part of the path is the name of the event: /hooks/msg_received. Deliveries that are not
    genuine get status 401, and a line on stderr.
    """
    key = os.environ.get("TEXTREQUEST_API_KEY", "") if api_key_file is None else api_key_file.read()
    if not key.strip():
        raise ConfigurationError("api_key: missing; set TEXTREQUEST_API_KEY or pass --api-key-file")
    output = Output(as_json=as_json, show_numbers=show_numbers)
    try:
        listener = Listener(host, port, key.strip(), output, count)
    except (OSError, UnicodeError, TypeError) as error:  # also for a name that cannot be encoded
        raise CommandError(f"cannot listen on {host} port {port}: {error}") from None
    with listener, suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        bound_host, bound_port = listener.server_address[:2]
        note(f"listening on http://{bound_host!s}:{bound_port}/hooks/EVENT; press Ctrl-C to stop")
        listener.serve()
