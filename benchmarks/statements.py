"""The size of the hand-written package: statements without docstrings, the sandbox excluded."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import ROOT, Result

PACKAGE = ROOT / "src" / "textrequest_ext"
EXCLUDED = "sandbox"


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


def count(package: Path = PACKAGE) -> Counter[str]:
    """The statements of each part of the package: a module or a package directly below it."""
    counts: Counter[str] = Counter()
    for path in sorted(package.rglob("*.py")):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        if part != EXCLUDED:
            counts[part] += statements_of(path.read_text(encoding="utf-8"))
    return counts


def measure(*, quick: bool) -> Iterator[Result]:
    """The budget of hand-written statements."""
    counts = count()
    largest_first = sorted(counts, key=lambda part: -counts[part])
    yield Result(
        "statements", float(counts.total()), others={part: float(counts[part]) for part in largest_first}
    )
