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
# The files of each feature, or packages of which all files belong to it.
FEATURES: dict[str, tuple[str, ...]] = {
    "command line": ("_command_line",),
    "send_many, the journal, reconciliation": (
        "_reconciliation.py",
        "_sending/__init__.py",
        "_sending/deliveries.py",
        "_sending/journal.py",
        "_sending/ledger.py",
        "_sending/many.py",
        "_sending/plans.py",
        "_sending/reconciling.py",
        "_sending/results.py",
        "_sending/runs.py",
        "_sending/settings.py",
        "_sending/texts.py",
        "_sending/windows.py",
        "_sending/workers.py",
    ),
    "connection layer": (
        "_connections/__init__.py",
        "_connections/async_pool.py",
        "_connections/blocking_pool.py",
        "_connections/connections.py",
        "_connections/gates.py",
        "_connections/network.py",
        "_connections/pooled.py",
        "_connections/routes.py",
        "_connections/sockets.py",
    ),
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


def features_of(file: str) -> list[str]:
    """The features that a file is listed for: none if it is part of the core, never more than one."""
    parents = {str(parent) for parent in Path(file).parents}
    return [name for name, entries in FEATURES.items() if not parents.union([file]).isdisjoint(entries)]


def core(package: Path = PACKAGE) -> Counter[str]:
    """The statements of each part of the core: a module or a package directly below it."""
    counts: Counter[str] = Counter()
    for file, statements in files(package).items():
        if not features_of(file):
            counts[file.partition("/")[0].removesuffix(".py")] += statements
    return counts


def features(package: Path = PACKAGE) -> Counter[str]:
    """The statements of each feature."""
    counts: Counter[str] = Counter()
    for file, statements in files(package).items():
        for feature in features_of(file):
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
