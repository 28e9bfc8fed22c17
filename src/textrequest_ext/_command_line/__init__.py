"""The commands `textrequest`, with the extra `cli`, and `textrequest-sandbox`, with the extra `sandbox`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_DEPENDENCIES = ("click", "rich")


def main() -> None:
    """Run the command with the arguments of the process, and exit with its status."""
    missing = [name for name in _DEPENDENCIES if find_spec(name) is None]
    if missing:
        print(f'textrequest: needs {", ".join(missing)}: pip install "textrequest-ext[cli]"', file=sys.stderr)
        sys.exit(2)
    from textrequest_ext._command_line.application import application

    application(prog_name="textrequest")


def main_of_sandbox() -> None:
    """Run the command textrequest-sandbox. Without the extra, it ends with one line instead of a traceback."""
    try:
        from textrequest_ext.sandbox.command_line import main
    except ImportError as error:
        print(f"textrequest-sandbox: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(main())
