"""The options that all commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from textrequest_ext import TextRequest
from textrequest_ext._command_line.output import Output
from textrequest_ext._command_line.statuses import USAGE, CommandError

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
dashboard_argument = click.argument("dashboard_id", type=click.IntRange(min=1))
show_numbers_option = click.option(
    "--show-numbers", is_flag=True, help="Show the phone numbers of contacts; tables mask them otherwise."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
key_file_option = click.option(
    "--api-key-file", type=FILE, help="File with the API key. Default: TEXTREQUEST_API_KEY."
)


def key_of(path: Path | None) -> str | None:
    """The API key in a file, or None without a file."""
    if path is None:
        return None
    try:
        key = path.read_text("utf-8").strip()
    except UnicodeDecodeError:
        key = ""
    if not key:
        raise CommandError(f"{path}: has no API key", USAGE)
    return key


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
        api_key_file: Path | None,
        base_url: str | None,
        timeout: float | None,
        **arguments: Any,
    ) -> int | None:
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        output = Output(as_json=as_json, show_numbers=arguments.pop("show_numbers", False))
        with TextRequest(key_of(api_key_file), base_url=base_url, **options) as client:
            return command(client, output, **arguments)

    return run
