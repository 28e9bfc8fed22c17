"""The comparison with other libraries: the document it writes, and what it does where something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.budgets import BUDGETS
from benchmarks.measuring import Result, unavailable
from benchmarks.peers import report, scratch

DOCUMENT = "# Title\n\n<!-- begin: rows -->\nold\n<!-- end: rows -->\n\nText.\n"


def test_only_the_text_between_the_markers_is_replaced() -> None:
    filled = report.fill(DOCUMENT, {"rows": r"new \1"})
    assert filled == DOCUMENT.replace("old\n", "\nnew \\1\n\n")
    assert report.fill(filled, {"rows": r"new \1"}) == filled


def test_a_document_without_the_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="the markers of bursts once, and has them 0 times"):
        report.fill(DOCUMENT, {"bursts": "new"})


def test_the_budgets_say_which_are_met() -> None:
    first, second, third = BUDGETS[:3]
    results = {
        first.key: Result(first.key, first.maximum),
        second.key: Result(second.key, second.maximum + 0.01),
        third.key: unavailable(third.key, "no reason"),
    }
    lines = report.budgets(results).splitlines()[2:]
    assert [line.split(" | ")[-2:] for line in lines] == [
        [f"{first.maximum:.2f}", "yes |"],
        [f"{second.maximum + 0.01:.2f}", "**no** |"],
        ["-", "**no** |"],
    ]


def test_what_was_skipped_is_named_with_the_reason() -> None:
    results = {
        "sdks": {"httpx": {"import": 1.0, "first call": 1.0}, "twilio": {"import": 2.0, "first call": None}},
        "versions": {"twilio": "9.13.0"},
        "skipped": {"stripe": "pip failed: no index", "openapi-generator": "no Java"},
    }
    text = report.sdks(results)
    assert "| twilio 9.13.0 | 2.00 | - |" in text
    assert "stripe was skipped: pip failed: no index." in text
    assert "no Java" not in text


def test_sizes_that_were_not_measured_are_empty_cells() -> None:
    table = report.sizes({"a": {"1": 1.0, "1000": 2.0}, "b": {"1": 3.0}}, "calls")
    assert table.splitlines() == [
        "|  | 1 calls | 1,000 calls |",
        "| --- | ---: | ---: |",
        "| a | 1.00 | 2.00 |",
        "| b | 3.00 | - |",
    ]


def test_an_environment_that_cannot_be_installed_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scratch, "SCRATCH", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(scratch.Unavailable, match="python failed: ERROR: No matching distribution"):
        scratch.environment("none", "textrequest-ext-does-not-exist")


def test_openapi_generator_without_java_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch.shutil, "which", lambda name: None)
    with pytest.raises(scratch.Unavailable, match="needs Java, and there is none"):
        scratch.generate_openapi_generator()


def test_the_stock_generator_makes_a_client_of_our_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scratch, "GENERATED", tmp_path)
    scratch.generate_stock()
    assert (tmp_path / scratch.STOCK / "api" / "messages" / "messages_list.py").exists()


def test_the_page_has_the_markers_of_all_sections() -> None:
    document = Path(scratch.ROOT, "docs", "performance.md").read_text()
    for name in ("machine", "budgets", "sdks", "decoding", "rows", "bursts"):
        assert document.count(f"<!-- begin: {name} -->") == document.count(f"<!-- end: {name} -->") == 1
