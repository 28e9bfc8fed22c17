"""Check the budgets: `make bench`. Exits with 1 if a budget is missed; `--quick` only tries everything."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.budgets import BUDGETS, MODULES
from benchmarks.machine import describe
from benchmarks.measuring import Result
from benchmarks.reporting import RESULTS, is_met, lines, number


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
    parser.add_argument("--results", type=Path, help="where to write the results, as JSON")
    options = parser.parse_args()
    complete = options.only == list(MODULES) and not options.quick
    path = options.results or (RESULTS if complete else RESULTS.with_name("benchmarks-partial.json"))

    facts = describe()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    results = run(options.only, quick=options.quick)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": facts,
        "quick": options.quick,
        "results": [asdict(result) for result in results.values()],
    }
    path.write_text(json.dumps(content, indent=1) + "\n")
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
