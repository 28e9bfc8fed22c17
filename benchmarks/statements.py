"""The size of the hand-written package, `make statements`: without docstrings, the sandbox excluded."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from benchmarks.measuring import ROOT

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


if __name__ == "__main__":
    counts = count()
    for part, statements in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{statements:>6,}  {part}")
    print(f"{counts.total():>6,}  in total")
