"""The command and its subcommands."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import click

from textrequest_ext import TextRequest, __version__
from textrequest_ext._command_line import contacts, messages, sending, webhooks
from textrequest_ext._command_line.options import with_client
from textrequest_ext._command_line.output import Output, note
from textrequest_ext._command_line.statuses import DONE, USAGE, CommandError, explain


class Application(click.Group):
    """A group whose errors are one line on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand. Its errors are handled here, because click has others for some of them."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (Exception, KeyboardInterrupt) as error:
            raise explain(error) from None

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        """Run the command and, in standalone mode, exit with its status."""
        # The last resort of logging would print a second line for what an error says already.
        logging.getLogger("textrequest_ext").addHandler(logging.NullHandler())
        for stream in (sys.stdout, sys.stderr):
            if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
                reconfigure(errors="replace")  # for a terminal that cannot show an emoji
        try:
            status = super().main(args, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            status = USAGE
        except (click.ClickException, click.Abort) as error:
            explained = explain(error)
            note(f"textrequest: {explained}")
            status = explained.status
        if standalone_mode:
            sys.exit(status or DONE)
        return status


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def application() -> None:
    """Text Request on the command line.

    The API key is read from TEXTREQUEST_API_KEY, or from the file in --api-key-file.

    Exit status: 0 done, 1 failed or not sent, 2 usage, 3 the outcome of a text is unknown, 130 interrupted.
    """


messages.messages.add_command(sending.send)
for group in (messages.messages, contacts.contacts, webhooks.webhooks):
    application.add_command(group)


@application.command()
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


@application.command("dashboards")
@with_client
def list_dashboards(client: TextRequest, output: Output) -> None:
    """List the dashboards of the account, with the phone numbers they send from."""
    output.show_numbers = True  # those of the account, which are asked for
    output.table({"Id": "id", "Name": "name", "Phone number": "phone"}, client.dashboards.list())


@application.command(
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
