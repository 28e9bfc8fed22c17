"""Print why this interpreter cannot run a script of this project; nothing if it can.

    python environment.py MODULE...

MODULE: what the script imports or runs. It is looked for, not imported.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def problem(modules: list[str]) -> str:
    """The first problem, in words; empty if there is none."""
    if sys.version_info < (3, 11):  # noqa: UP036  this file runs on older interpreters too
        return "Python 3.11 or newer is needed"
    for module in modules:
        try:
            found = find_spec(module)
        except ModuleNotFoundError:  # the package the module is in
            found = None
        if found is None:
            return f"the module {module} is missing"
    return ""


if __name__ == "__main__":
    sys.stdout.write(problem(sys.argv[1:]))
