"""The options and arguments that several commands have."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click

from textrequest_ext import TextRequest
from textrequest_ext._command_line.output import Output

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
dashboard_argument = click.argument("dashboard_id", type=click.IntRange(min=1))
show_numbers_option = click.option(
    "--show-numbers", is_flag=True, help="Show the phone numbers of contacts; tables mask them otherwise."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
key_file_option = click.option(
    "--api-key-file",
    # What is not UTF-8 becomes a character that no API key may have.
    type=click.File(encoding="utf-8", errors="replace"),
    help="File with the API key. Default: TEXTREQUEST_API_KEY.",
)


def new_file(text: str) -> Path:
    """The type of an option that names a file to create."""
    path = Path(text)
    if path.exists():
        raise click.BadParameter(f"{path}: exists already; choose another name")
    return path


def timestamp(text: str) -> datetime:
    """The type of an option that is a point in time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a timestamp such as 2026-03-01T00:00Z") from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone; for UTC, add a Z")
    if moment.year in (datetime.min.year, datetime.max.year):
        raise click.BadParameter(f"{text!r} is not within the years 2 to 9998")
    return moment


def with_client(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add the options of the client and of the output. The command gets both as its first arguments."""

    @json_option
    @key_file_option
    @click.option("--base-url", help="URL of the API. Default: TEXTREQUEST_BASE_URL, or the service.")
    @click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for each step of a request."
    )
    @functools.wraps(command)
    def run(
        as_json: bool,
        api_key_file: IO[str] | None,
        base_url: str | None,
        timeout: float | None,
        **arguments: Any,
    ) -> int | None:
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        output = Output(as_json=as_json, show_numbers=arguments.pop("show_numbers", False))
        key = None if api_key_file is None else api_key_file.read()
        with TextRequest(key, base_url=base_url, **options) as client:
            return command(client, output, **arguments)

    return run
