"""Check the budgets: `make bench`. Exits with 1 if a budget is missed; `--quick` only tries everything."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.budgets import BUDGETS, MODULES, Budget
from benchmarks.machine import describe
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


def run(modules: list[str], *, quick: bool) -> dict[str, Result]:
    """Measure, and print each budget as soon as it is known."""
    results: dict[str, Result] = {}
    print(f"{'measured':>8}  {'maximum':>8}  budget")
    for module in modules:
        started = time.perf_counter()
        for result in import_module(f"benchmarks.{module}").measure(quick=quick):
            results[result.key] = result
            budget = next(budget for budget in BUDGETS if budget.key == result.key)
            print(*lines(budget, result), sep="\n", flush=True)
        print(f"{module}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds of less work, and no exit status")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=MODULES,
        metavar="MODULE",
        default=list(MODULES),
        help=f"measure only these: {', '.join(MODULES)}",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the results, as JSON")
    options = parser.parse_args()

    facts = describe()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    results = run(options.only, quick=options.quick)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": facts,
        "quick": options.quick,
        "results": [asdict(result) for result in results.values()],
    }
    options.results.write_text(json.dumps(content, indent=1) + "\n")
    measured = [budget for budget in BUDGETS if budget.module in options.only]
    missed = [budget for budget in measured if not is_met(budget, results[budget.key])]
    print(f"{len(measured) - len(missed)} of {len(measured)} budgets met")
    for budget in missed:
        value = number(budget, results[budget.key].value)
        print(f"missed: {value} instead of {budget.maximum:,g}: {budget.description}")
    if options.quick:
        print("quick: the numbers mean little, and the exit status is 0")
        return 0
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
