"""What a command prints: results on stdout, progress on stderr, without control characters."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

# Texts come from strangers: an escape sequence would control the terminal, a change of direction hide something.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"\+?\d(?:[\s().-]*\d){9,}")
# Wide enough that nothing is cut or broken into lines where the output is not a terminal.
_WIDTH_OF_FILES = 100_000


class Output:
    """Results as tables or sentences for people, or with `as_json` as one JSON object a line.

    show_numbers: whether tables have the phone numbers of contacts; JSON always has them.
    """

    def __init__(self, *, as_json: bool, show_numbers: bool = False) -> None:
        self.as_json = as_json
        self.show_numbers = show_numbers
        self.is_closed = False

    def line(self, text: str) -> None:
        """Print a sentence, not as JSON."""
        if not self.as_json:
            self._write(f"{one_line(text)}\n")

    def record(self, values: Mapping[str, Any]) -> None:
        """Print a JSON object, only as JSON. Each is written immediately."""
        if self.as_json:
            self._write(f"{json.dumps(values)}\n")

    def table(self, columns: Mapping[str, str], rows: Iterable[Any]) -> None:
        """Print models or mappings: the given columns, by title, as a table, or all values as JSON."""
        if self.as_json:
            for row in rows:
                if self.is_closed:
                    return
                self.record(row if isinstance(row, Mapping) else row.to_dict())
            return
        from rich import box
        from rich.console import Console
        from rich.table import Column, Table
        from rich.text import Text

        is_terminal = sys.stdout.isatty()
        headers = (Column(title, overflow="fold") for title in columns)
        table = Table(*headers, box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False)
        for row in rows:
            # Text, because a str is markup: a text with brackets would be changed.
            table.add_row(*(Text(self.cell(_value(row, name), name)) for name in columns.values()))
        console = Console(file=sys.stdout, width=None if is_terminal else _WIDTH_OF_FILES)
        with console.capture() as capture:
            console.print(table)
        self._write("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")

    def cell(self, value: Any, name: str = "") -> str:
        """A value for people. name: its field; ids and URLs are not masked, though they may have such digits."""
        match value:
            case None:
                return ""
            case bool():
                return "yes" if value else "no"
            case datetime():
                return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        text = one_line(str(value))
        if name == "message_direction":
            return {"S": "sent", "R": "received"}.get(text, text)
        return text if self.show_numbers or name.endswith(("id", "url")) else without_numbers(text)

    @contextmanager
    def progress(self, description: str, total: Callable[[], int]) -> Iterator[Callable[[int], object]]:
        """A progress bar on stderr, if that is a terminal. Yields a function that advances it.

        total: returns the number of steps. It may send a request, so it is called for a terminal only.
        """
        # Two writers on one terminal would destroy each other's lines.
        if not sys.stderr.isatty() or (self.as_json and sys.stdout.isatty()):
            yield lambda count: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # to the terminal, although stdout is a file
            redirect_stderr=False,
        ) as bar:
            task = bar.add_task(description, total=total())
            yield lambda count: bar.advance(task, count)

    def _write(self, text: str) -> None:
        if self.is_closed:
            return
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader of a pipe such as `| head` is gone. What a command does must not depend on it.
            self.is_closed = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _value(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name)


def summary(outcomes: Counter[str]) -> str:
    """How many had each outcome."""
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def one_line(text: str) -> str:
    """The text in one line, without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def without_numbers(text: str) -> str:
    """The text with the last four digits of its phone numbers."""
    return _NUMBER.sub(lambda match: f"***{''.join(filter(str.isdigit, match[0]))[-4:]}", text)


def note(text: str) -> None:
    """Print a line on stderr."""
    print(one_line(text), file=sys.stderr, flush=True)
