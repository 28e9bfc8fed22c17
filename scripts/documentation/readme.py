"""Copies figures from docs/reliability.md and docs/performance.md to README.md: `make readme`.

The benchmarks write those pages, so that no figure of the README is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from documentation.sources import ROOT, BrokenPageError

Table = list[dict[str, str]]


def tables(page: str, section: str) -> list[Table]:
    """The tables of a section that a benchmark has written, by the names of their columns."""
    section = re.escape(section)
    marked = rf"<!-- (?:begin: {section}|{section}: begin) -->(.*?)<!-- (?:end: {section}|{section}: end) -->"
    match = re.search(marked, page, re.DOTALL)
    if match is None:
        raise BrokenPageError(f"there is no section {section}")
    found: list[Table] = []
    for block in re.findall(r"(?:^\|.*\n)+", match[1], re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(rows[0], row, strict=True)) for row in rows[2:]])
    return found


def _total(table: Table, column: str) -> str:
    return f"{sum(int(row[column].replace(',', '')) for row in table):,}"


def reliability(page: str) -> str:
    """One row for each kind of test: what was done, under how many faults, and what went wrong."""
    lines = ["| Under faults | | Faults | Duplicates | Lost |", "| --- | ---: | ---: | ---: | ---: |"]
    for section, label, column in (("sends", "texts sent", "Sends"), ("pages", "rows read", "Rows")):
        for table in tables(page, section):
            values = [_total(table, name) for name in (column, "Faults", "Duplicates", "Lost")]
            lines.append(f"| {label}, with {len(table)} clients | {' | '.join(values)} |")
    return "\n".join(lines)


def performance(page: str) -> str:
    """What an import and a call cost, next to other libraries."""
    [sdks] = tables(page, "sdks")
    lines = ["| | Import | First call |", "| --- | ---: | ---: |"]
    lines += [f"| {row['SDK']} | {row['Import']} | {row['First call']} |" for row in sdks]
    calls = [table for table in tables(page, "decoding") if "Client" in table[0]]
    for table in calls:
        [name, value] = table[0]
        lines += [
            "",
            f"| | {value} |",
            "| --- | ---: |",
            *(f"| {row[name]} | {row[value]} |" for row in table),
        ]
    return "\n".join(lines)


def filled(readme: str, root: Path = ROOT) -> str:
    """README.md with the figures of today."""
    for name, extract in (("reliability", reliability), ("performance", performance)):
        text = extract((root / "docs" / f"{name}.md").read_text("utf-8"))
        section = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        if not section.search(readme):
            raise BrokenPageError(f"README.md: there is no section {name}")
        readme = section.sub(lambda match, text=text: f"{match[1]}\n{text}\n\n{match[2]}", readme)  # type: ignore[misc]
    return readme


def write(root: Path = ROOT) -> int:
    path = root / "README.md"
    path.write_text(filled(path.read_text("utf-8"), root), "utf-8")
    return 0
