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
from textrequest_ext._command_line.text import one_line

DONE = 0
FAILED = 1
USAGE = 2
UNKNOWN = 3
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells report it


class CommandError(Exception):
    """Ends a command with a status and a line on stderr."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(message)


def describe(error: BaseException) -> tuple[str, int] | None:
    """The line and the status for an error, or None if the error is a bug."""
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        help_command = "" if context is None else f" See {context.command_path} --help."
        return one_line(f"{error.format_message()}{help_command}"), USAGE
    if isinstance(error, CommandError):
        return one_line(str(error)), error.status
    if isinstance(error, KeyboardInterrupt):
        # The note says that the text may have been sent.
        notes = getattr(error, "__notes__", [])
        return one_line("; ".join(notes) or "interrupted"), UNKNOWN if notes else INTERRUPTED
    if isinstance(error, click.Abort):
        return "interrupted", INTERRUPTED
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename is not None else ""
        return one_line(f"{name}{error.strerror or error}"), FAILED
    if isinstance(error, TextRequestError):
        return one_line(str(error)), _status_of(error)
    return None


def with_advice(error: BaseException, advice: str) -> BaseException:
    """The error to raise instead, whose line also says how to continue."""
    description = describe(error)
    if description is None:
        return error
    line, status = description
    return CommandError(f"{line.removesuffix('.')}. {advice}", status)


def _status_of(error: TextRequestError) -> int:
    if isinstance(error, SendOutcomeUnknownError):
        return UNKNOWN
    if isinstance(error, ConfigurationError | InvalidArgumentError) and not isinstance(error, JournalError):
        return USAGE
    return FAILED
