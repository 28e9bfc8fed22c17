"""The quickstart runs against the sandbox, and the figures of the README are those of docs/.

test_pages.py runs the code of the README.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from documentation.readme import filled
from documentation.sources import BrokenPageError
from textrequest_ext.sandbox._contract import load_contract

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PERFORMANCE = """<!-- begin: sdks -->
| SDK | Import | First call |
| --- | ---: | ---: |
| httpx 1 | 1.00 | 1.00 |
<!-- end: sdks -->
<!-- begin: decoding -->
| Decoder | Decoding 100 messages |
| --- | ---: |
| textrequest-ext | 3.21 |

| Client | A call with 100 messages |
| --- | ---: |
| textrequest-ext | 0.87 |
<!-- end: decoding -->
"""
RELIABILITY = """<!-- sends: begin -->
| Client | Sends | Faults | Duplicates | Lost |
| --- | ---: | ---: | ---: | ---: |
| threads | 2,500 | 584 | 0 | 1 |
| trio | 2,500 | 16 | 2 | 0 |
<!-- sends: end -->
<!-- pages: begin -->
<!-- pages: end -->
"""


def test_the_number_of_operations_is_that_of_the_contract() -> None:
    operations = len(load_contract().operations)
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    stated = {
        (page.name, int(number))
        for page in pages
        for number in re.findall(r"(\d+) operations", page.read_text("utf-8"))
    }
    assert len(stated) >= 4
    assert {page for page, number in stated if number != operations} == set(), f"there are {operations}"


def test_figures_are_those_of_the_benchmarks() -> None:
    assert filled(README) == README, "run make readme"


def test_figures_are_copied(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "performance.md").write_text(PERFORMANCE)
    (tmp_path / "docs" / "reliability.md").write_text(RELIABILITY)
    readme = filled(README, tmp_path)
    assert "| texts sent, with 2 clients | 5,000 | 600 | 2 | 1 |\n" in readme
    assert "rows read" not in readme
    assert "| httpx 1 | 1.00 | 1.00 |\n" in readme
    assert "| | A call with 100 messages |\n| --- | ---: |\n| textrequest-ext | 0.87 |\n" in readme
    assert "3.21" not in readme
    assert readme.count("<!-- begin: ") == 2
    (tmp_path / "docs" / "performance.md").write_text("")
    with pytest.raises(BrokenPageError, match="there is no section sdks"):
        filled(README, tmp_path)
    with pytest.raises(BrokenPageError, match="no section reliability"):
        filled("")


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_quickstart_runs() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "quickstart.py"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for text in (
        "250 messages of",
        "valid signature",
        "raised before sending",
        "retry 1/2",
        "No text was sent to a real phone.",
    ):
        assert text in result.stdout
