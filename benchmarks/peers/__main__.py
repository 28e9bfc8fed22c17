"""Compare the package with others and write docs/performance.md: `make bench-peers`.

The table of budgets has the results of the last `make bench`. `--render` writes the document again from the
results of the last comparison.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.measuring import ROOT, Result
from benchmarks.peers import report, scratch
from benchmarks.peers.comparing import TOOLS, Comparison
from benchmarks.reporting import RESULTS as BUDGET_RESULTS

RESULTS = ROOT / "build" / "peers.json"
DOCUMENT = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"


def write(results: dict[str, Any], document: Path, plot: Path) -> None:
    """Write the tables and the plot."""
    sections = {
        "machine": report.machine(results["machine"]),
        "sdks": report.sdks(results),
        "decoding": report.decoding(results),
        "rows": report.sizes(results["rows"], "rows"),
        "bursts": report.sizes(results["bursts"], "calls"),
        "exports": report.exports(results["exports"]),
    }
    if BUDGET_RESULTS.exists():
        content = json.loads(BUDGET_RESULTS.read_text())
        measured = {one["key"]: Result(**one) for one in content["results"]}
        sections["budgets"] = report.budgets(measured)
    else:
        print("the table of budgets stays as it is: there are no results of make bench", file=sys.stderr)
    document.write_text(report.fill(document.read_text(), sections))
    tools = scratch.environment("tools", *TOOLS)
    subprocess.run([tools, str(Path(__file__).with_name("plot.py")), str(RESULTS), str(plot)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds of less work; writes no document")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if options.render:
        results = json.loads(RESULTS.read_text())
    else:
        facts = describe()
        comparison = Comparison(quick=options.quick)
        results = {"machine": facts, **comparison.all()}
        results["machine"] |= comparison.tools_versions
        for name, reason in comparison.skipped.items():
            print(f"skipped: {name}: {reason}")
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    if options.quick:
        print(json.dumps(results, indent=1))
    else:
        write(results, DOCUMENT, PLOT)
        print(f"wrote {DOCUMENT.relative_to(ROOT)} and {PLOT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
