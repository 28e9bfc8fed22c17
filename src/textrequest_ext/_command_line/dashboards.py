"""`textrequest check` and `textrequest dashboards`."""

from __future__ import annotations

import time

import click

from textrequest_ext import TextRequest
from textrequest_ext._command_line.options import with_client
from textrequest_ext._command_line.output import Output


@click.command()
@with_client
def check(client: TextRequest, output: Output) -> None:
    """Check that the service is reachable and accepts the API key."""
    started = time.monotonic()
    count = len(client.dashboards.list().collect())
    milliseconds = round((time.monotonic() - started) * 1000)
    host = client.low_level.get_httpx_client().base_url.netloc.decode()  # without a password
    output.record({"reachable": True, "host": host, "milliseconds": milliseconds, "dashboards": count})
    output.line(f"{host} is reachable and accepts the API key ({milliseconds} ms).")
    output.line(f"The account has {count} dashboard{'' if count == 1 else 's'}.")


@click.command("dashboards")
@with_client
def list_dashboards(client: TextRequest, output: Output) -> None:
    """List the dashboards of the account, with the phone numbers they send from."""
    output.show_numbers = True  # those of the account, which are asked for
    columns = {"Id": "id", "Name": "name", "Phone number": "phone"}
    output.table(columns, client.dashboards.list())
