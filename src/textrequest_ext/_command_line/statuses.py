"""The exit statuses, and the line on stderr that says why a command failed."""

from __future__ import annotations

import click

from textrequest_ext import (
    ConfigurationError,
    InvalidArgumentError,
    JournalError,
    SendOutcomeUnknownError,
    TextRequestError,
)
from textrequest_ext._command_line.output import one_line

DONE = 0
FAILED = 1
USAGE = 2
UNKNOWN = 3
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells report it


class CommandError(click.ClickException):
    """Ends a command with a status and a line on stderr."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(one_line(message))


def explain(error: BaseException, advice: str = "") -> CommandError:
    """The line and the status for an error. A bug is raised again.

    advice: how to continue; not for an error of usage, which would happen again.
    """
    line, status = str(error), FAILED
    match error:
        case CommandError():
            status = error.status
        case click.ClickException():
            context = getattr(error, "ctx", None)
            line, status = error.format_message(), USAGE
            if context is not None:
                line = f"{line.removesuffix('.')}. See {context.command_path} --help."
        case KeyboardInterrupt() | click.Abort():
            # The note says that the text may have been sent.
            notes = getattr(error, "__notes__", [])
            line, status = ("; ".join(notes), UNKNOWN) if notes else ("interrupted", INTERRUPTED)
        case OSError():
            name = "" if error.filename is None else f"{error.filename}: "
            line = f"{name}{error.strerror or error}"
            wrong_file = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)
            if isinstance(error, wrong_file) and not advice:  # with advice, a part was done already
                status = USAGE
        case SendOutcomeUnknownError():
            status = UNKNOWN
        case ConfigurationError() | InvalidArgumentError() if not isinstance(error, JournalError):
            status = USAGE
        case TextRequestError():
            pass
        case _:
            raise error
    if advice and status != USAGE:
        line = f"{line.removesuffix('.')}. {advice}"
    return CommandError(line, status)
