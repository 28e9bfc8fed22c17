"""`textrequest sandbox`, which is the command textrequest-sandbox."""

from __future__ import annotations

import click

from textrequest_ext._command_line.statuses import USAGE, CommandError


@click.command(
    "sandbox",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a local server that simulates the service.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run_sandbox(arguments: tuple[str, ...]) -> int:
    """Run a local server that simulates the service. Needs the extra `sandbox`."""
    try:
        from textrequest_ext.sandbox.command_line import main
    except ImportError as error:
        raise CommandError(str(error), USAGE) from None
    return main(arguments)
