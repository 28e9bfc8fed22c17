"""The size of the hand-written package, `make statements`: without docstrings, the sandbox excluded.

The core has the clients, operations, retries, errors, pagination and webhooks. What was added to it is counted
apart, by feature. A file that serves the core too is part of the core.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measuring import ROOT

PACKAGE = ROOT / "src" / "textrequest_ext"
EXCLUDED = "sandbox"
CORE_BUDGET = 1_100
# The packages and files of each feature. A file that is listed by itself belongs to that feature, whatever its package.
FEATURES: dict[str, tuple[str, ...]] = {
    "command line": ("_command_line",),
    "send_many, the journal, reconciliation": ("_sending", "_reconciliation.py"),
    "connection layer": ("_connections",),
    "connections of aiohttp": ("_connections/aiohttp_exchange.py", "_connections/aiohttp_pool.py"),
    "limits": ("_limits", "_connections/turns.py"),
    "contacts.sync": ("_contacts",),
    "raw responses, hooks, http_client": (
        "_http/client_transport.py",
        "_http/events.py",
        "_http/hooks.py",
        "_raw_response.py",
    ),
    "segments and smart_text": ("_texts",),
    "lists by offset or cursor": ("_pagination/positions.py",),
    "parse_phone_number": ("_phone_numbers.py",),
    "parse_model": ("_models.py",),
    "pickled clients": ("_http/pickling.py",),
}
# The core needs these files of the packages above: every send, the deadline of a call, low-level calls.
SHARED = (
    "_sending/routes.py",
    "_sending/sends.py",
    "_connections/deadline.py",
    "_connections/interception.py",
)
_FEATURE_OF = {entry: name for name, entries in FEATURES.items() for entry in entries}


def statements_of(source: str) -> int:
    """The number of statements, without strings that are statements: docstrings of all kinds."""
    return sum(
        isinstance(node, ast.stmt)
        and not (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        for node in ast.walk(ast.parse(source))
    )


def files(package: Path = PACKAGE) -> dict[str, int]:
    """The statements of each file, by its path in the package."""
    paths = (path.relative_to(package) for path in sorted(package.rglob("*.py")))
    return {
        path.as_posix(): statements_of((package / path).read_text(encoding="utf-8"))
        for path in paths
        if path.parts[0] != EXCLUDED
    }


def feature_of(file: str) -> str | None:
    """The feature that a file belongs to, or None if it is part of the core."""
    if file in SHARED:
        return None
    parents = (parent.as_posix() for parent in Path(file).parents)
    return next((_FEATURE_OF[entry] for entry in (file, *parents) if entry in _FEATURE_OF), None)


def core(package: Path = PACKAGE) -> Counter[str]:
    """The statements of each part of the core: a module or a package directly below it."""
    counts: Counter[str] = Counter()
    for file, statements in files(package).items():
        if feature_of(file) is None:
            counts[file.partition("/")[0].removesuffix(".py")] += statements
    return counts


def features(package: Path = PACKAGE) -> Counter[str]:
    """The statements of each feature."""
    counts: Counter[str] = Counter()
    for file, statements in files(package).items():
        if (feature := feature_of(file)) is not None:
            counts[feature] += statements
    return counts


def table(counts: Counter[str]) -> Iterable[str]:
    """One line for each count, the largest first."""
    rows = sorted(counts.items(), key=lambda item: -item[1])
    return (f"{statements:>6,}  {name}" for name, statements in rows)


if __name__ == "__main__":
    print("The core", *table(core()), sep="\n")
    print(f"{core().total():>6,}  in total; the budget is {CORE_BUDGET:,}")
    print("\nFeatures", *table(features()), sep="\n")
    print(f"{features().total():>6,}  in total")
    print(f"\n{sum(files().values()):,} statements, the sandbox aside")
