"""Write the tables of docs/reliability.md, between markers, with what a run has counted."""

from __future__ import annotations

from pathlib import Path


def write_table(document: Path, name: str, table: str) -> None:
    """Replace what is between the markers of this name. Raises ValueError if there are none."""
    text = document.read_text("utf-8")
    start, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, found, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{document} has no markers for {name}")
    document.write_text(f"{before}{start}\n{table}\n\n{end}{after}", "utf-8")
