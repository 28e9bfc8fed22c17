"""The command and its subcommands."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from textrequest_ext import __version__
from textrequest_ext._command_line import contacts, dashboards, messages, sandbox, sending, webhooks
from textrequest_ext._command_line.output import note
from textrequest_ext._command_line.statuses import DONE, USAGE, describe


class Application(click.Group):
    """A group whose errors are one line on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand. Its errors are handled here, because click has others for some of them."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (Exception, KeyboardInterrupt) as error:
            raise click.exceptions.Exit(_reported(error)) from None

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
            status = _reported(error)
        if standalone_mode:
            sys.exit(status or DONE)
        return status


def _reported(error: BaseException) -> int:
    description = describe(error)
    if description is None:
        raise error
    line, status = description
    note(f"textrequest: {line}")
    return status


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def application() -> None:
    """Text Request on the command line.

    The API key is read from TEXTREQUEST_API_KEY, or from the file in --api-key-file.

    Exit status: 0 done, 1 failed or not sent, 2 usage, 3 the outcome of a text is unknown, 130 interrupted.
    """


application.add_command(dashboards.check)
application.add_command(dashboards.list_dashboards)
messages.messages.add_command(sending.send)
application.add_command(messages.messages)
application.add_command(contacts.contacts)
application.add_command(webhooks.webhooks)
application.add_command(sandbox.run_sandbox)
