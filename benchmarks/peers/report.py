"""The tables of docs/performance.md, between markers; the text around them is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.budgets import BUDGETS
from benchmarks.measuring import Result
from benchmarks.peers.comparing import DECODERS, LIBRARIES
from benchmarks.peers.sdks import SDKS
from benchmarks.reporting import is_met, number


def fill(document: str, sections: dict[str, str]) -> str:
    """The document with new sections. Raises ValueError if it has no markers for one of them."""
    for name, content in sections.items():
        pattern = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        document, count = pattern.subn(
            lambda match, text=content: f"{match[1]}\n{text}\n\n{match[2]}", document
        )
        if count != 1:
            raise ValueError(f"the document needs the markers of {name} once, and has them {count} times")
    return document


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown: the first column is text, the others are numbers."""
    lines = [list(columns), ["---", *("---:" for _ in columns[1:])], *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def machine(facts: dict[str, str]) -> str:
    """The machine and the versions."""
    return table(["", "Version"], ([name, value] for name, value in facts.items())).replace("---:", "---")


def budgets(results: dict[str, Result]) -> str:
    """Each budget with its result."""
    rows = []
    for budget in BUDGETS:
        result = results.get(budget.key)
        if result is None:
            continue
        value = number(budget, result.value)
        rows.append(
            [budget.description, f"{budget.maximum:,g}", value, "yes" if is_met(budget, result) else "**no**"]
        )
    return table(["Budget", "At most", "Measured", "Met"], rows)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def sdks(results: dict[str, Any]) -> str:
    """Import and first call of other SDKs."""
    measured, versions = results["sdks"], results["versions"]
    rows = [
        [f"{name} {versions.get(name, '')}".strip(), _cell(ratios["import"]), _cell(ratios["first call"])]
        for name, ratios in measured.items()
    ]
    notes = [f"{sdk.package} {sdk.note}." for sdk in SDKS if sdk.note and sdk.package in measured]
    return table(["SDK", "Import", "First call"], rows) + _notes(
        results, notes, [sdk.package for sdk in SDKS]
    )


def decoding(results: dict[str, Any]) -> str:
    """Decoding, and a call with a page."""
    decoded, pages = results["decoding"], results["pages"]
    by_decoder = [[name, _cell(decoded[name]["decoding"])] for name in DECODERS if name in decoded]
    by_library = [[name, _cell(pages[name]["page"])] for name in LIBRARIES if name in pages]
    return "\n\n".join(
        [
            table(["Decoder", "Decoding 100 messages"], by_decoder),
            table(["Client", "A call with 100 messages"], by_library),
        ]
    ) + _notes(results, [], DECODERS)


def sizes(measured: dict[str, dict[str, float]], what: str) -> str:
    """Lists or bursts of different sizes."""
    columns = list(dict.fromkeys(size for values in measured.values() for size in values))
    rows = [[name, *(_cell(values.get(size)) for size in columns)] for name, values in measured.items()]
    return table(["", *(f"{int(size):,} {what}" for size in columns)], rows)


def exports(measured: dict[str, dict[str, float]]) -> str:
    """Exports from a server without and with a delay."""
    delays = list(next(iter(measured.values())))
    rows = [[name, *(_cell(values[delay]) for delay in delays)] for name, values in measured.items()]
    return table(["", *(f"{delay} a request" for delay in delays)], rows)


def _notes(results: dict[str, Any], notes: list[str], names: Sequence[str]) -> str:
    skipped = [
        f"{name} was skipped: {reason}." for name, reason in results["skipped"].items() if name in names
    ]
    return "".join(f"\n\n{note}" for note in notes + skipped)
