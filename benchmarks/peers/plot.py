"""Draw the plot of docs/performance.md; runs in the scratch environment, which has matplotlib."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

# Our lines are drawn in one color, the others in gray tones with markers.
OURS = "#0b6e99"
MARKERS = "os^vDPX*"


def draw(axes: Axes, lines: dict[str, dict[str, float]], title: str, x_label: str, y_label: str) -> None:
    """One panel: a line for each library, on logarithmic axes."""
    for number, (name, values) in enumerate(lines.items()):
        own = name.startswith("textrequest-ext")
        axes.plot(
            [int(size) for size in values],
            list(values.values()),
            label=name,
            marker=MARKERS[number % len(MARKERS)],
            markersize=5,
            color=OURS if own else f"{0.25 + 0.09 * number:.2f}",
            linestyle="--" if own and ("," in name or "with" in name) else "-",
            linewidth=2.2 if own else 1.2,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(True, which="major", color="0.9")
    axes.legend(fontsize=8, frameon=False)


def main() -> None:
    results: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    mpl.rcParams |= {"svg.hashsalt": "textrequest-ext", "svg.fonttype": "none", "font.family": "sans-serif"}
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    rows, bursts = figure.subplots(1, 2)
    draw(
        rows,
        results["rows"],
        "CPU time per row of a whole list",
        "rows",
        "1 = httpx and json.loads, 1,000,000 rows",
    )
    draw(
        bursts,
        results["bursts"],
        "CPU time per call of a burst",
        "calls",
        "1 = httpx, 20 at a time, 1,000 calls",
    )
    figure.savefig(sys.argv[2], metadata={"Date": None})


if __name__ == "__main__":
    main()
