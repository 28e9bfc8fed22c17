"""Run all fault campaigns: python -m faults --seed 5 --write docs/reliability.md. Exits 1 if one is not clean."""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections import Counter
from pathlib import Path

from faults import cancellation, everywhere, pages, sends
from reliability import write_table
from sending.kills import run_kills

PARTS = ("sends", "pages", "cancellations", "everywhere", "kills")


class Table:
    """Rows of a Markdown table, and whether everything that was reported is clean."""

    def __init__(self, *columns: str) -> None:
        self._lines = [" | ".join(columns), " | ".join(["---"] + ["---:"] * (len(columns) - 1))]
        self.is_clean = True

    def add(self, report: object, *cells: object) -> None:
        """Print a report and add a row."""
        print(report, flush=True)
        self.is_clean = self.is_clean and bool(getattr(report, "is_clean", False))
        self._lines.append(" | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells))

    def __str__(self) -> str:
        return "\n".join(f"| {line} |" for line in self._lines)


def run_sends(count: int, seed: int) -> tuple[Table, Counter[str]]:
    """The sends, divided among the kinds of clients, and how often each fault happened."""
    table = Table(
        *("Client", "Sends", "Faults", "Accepted", "Failed", "Unknown", "Resolved", "Reported"),
        *("Duplicates", "Lost", "Reported wrongly", "Seed"),
    )
    faults: Counter[str] = Counter()
    for mode in sends.MODES:
        report = sends.run_sends(mode, -(-count // len(sends.MODES)), seed)
        faults += report.faults
        outcomes = report.outcomes
        table.add(
            report,
            *(mode, report.sends, sum(report.faults.values()), len(outcomes.accepted)),
            *(len(outcomes.failed_bodies), len(outcomes.unknown), report.resolved, report.reported),
            *(report.duplicates, report.lost, report.wrong, str(seed)),
        )
    return table, faults


def run_pages(rows: int, seed: int) -> tuple[Table, Counter[str]]:
    """The rows, read once in every mode."""
    table = Table("Client", "Rows", "Faults", "Resumed", "Duplicates", "Lost", "Seed")
    faults: Counter[str] = Counter()
    for report in pages.run_pages(list(pages.MODES), rows, seed):
        faults += report.faults
        table.add(
            report,
            *(report.mode, report.rows, sum(report.faults.values()), report.resumed),
            *(report.duplicates, report.lost, str(seed)),
        )
    return table, faults


def run_cancellations(seed: int) -> Table:
    """Every await of a send, cancelled."""
    table = Table(
        "Client", "Cancelled at", "Sent nevertheless", "Not reported", "Duplicates", "Lost", "Left behind"
    )
    for mode in cancellation.MODES:
        report = cancellation.run_cancellations(mode, seed)
        table.add(
            report,
            *(mode, f"{report.cancellations} awaits", report.sent - report.completed, report.silent),
            *(report.duplicates, report.lost, len(report.left_behind)),
        )
    return table


def run_everywhere() -> Table:
    """One client in threads, tasks and forked processes."""
    table = Table("One client in", "Calls", "Results of other calls", "Left behind")
    for run in everywhere.ALL.values():
        report = run()
        table.add(report, report.name, report.calls, report.wrong, len(report.left))
    return table


def run_all_kills(count: int, seed: int) -> Table:
    """A running `send_many`, killed and resumed."""
    table = Table("Kills", "In flight", "Runs", "Texts", "Looked up", "Duplicates", "Lost", "Seed")
    report = run_kills(count, seed)
    for text in report.unexpected[:5]:
        print(text)
    table.add(
        report,
        *(report.kills, report.kills_in_flight, report.runs, report.texts, report.looked_up),
        *(report.duplicates, report.lost, str(seed)),
    )
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--sends", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, help="default: another one each time; it is printed")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables into this document")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    logging.disable(logging.WARNING)  # one for each send that is cancelled
    print(f"--seed {seed}", flush=True)
    tables: dict[str, Table] = {}
    for part in options.parts or PARTS:
        faults: Counter[str] = Counter()
        if part == "sends":
            tables[part], faults = run_sends(options.sends, seed)
        elif part == "pages":
            tables[part], faults = run_pages(options.rows, seed)
        elif part == "cancellations":
            tables[part] = run_cancellations(seed)
        elif part == "everywhere":
            tables[part] = run_everywhere()
        else:
            tables[part] = run_all_kills(options.kills, seed)
        if options.write:
            listed = ", ".join(f"{name} {count:,}" for name, count in sorted(faults.items()))
            write_table(
                options.write, part, f"{tables[part]}\n\nFaults: {listed}." if listed else str(tables[part])
            )
    return 0 if all(table.is_clean for table in tables.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
