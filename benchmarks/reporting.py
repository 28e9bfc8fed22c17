"""How results are shown, and which budgets are met."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.budgets import Budget
from benchmarks.measuring import ROOT, Result

RESULTS = ROOT / "build" / "benchmarks.json"


def is_met(budget: Budget, result: Result) -> bool:
    """Whether the result is known and within the budget."""
    return result.value is not None and result.value <= budget.maximum


def number(budget: Budget, value: float | None) -> str:
    """A measured value as it is shown."""
    if value is None:
        return "-"
    return f"{value:,.2f}" if budget.unit == "ratio" else f"{value:,.0f}"


def lines(budget: Budget, result: Result) -> Iterator[str]:
    """The lines of the report for one budget."""
    verdict = "" if is_met(budget, result) else "   MISSED"
    yield f"{number(budget, result.value):>8}  {budget.maximum:>8,g}  {budget.description}{verdict}"
    notes = [f"quartiles {result.low:.2f} to {result.high:.2f}"] if result.low and result.high else []
    notes += [result.note] if result.note else []
    notes += [f"{name} {number(budget, value)}" for name, value in result.others.items()]
    if notes:
        yield f"{'':20}{'; '.join(notes)}"
