"""The command `textrequest`. Needs the extra `cli`; nothing in the package imports this one."""

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
