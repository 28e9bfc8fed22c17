"""The CSV import and the code in docs/contacts.md, against the sandbox."""

from __future__ import annotations

import csv
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "contacts_from_csv.py"
GUIDE = (ROOT / "docs" / "contacts.md").read_text("utf-8")


def run_import(sandbox: Sandbox, dashboard_id: int, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE, str(dashboard_id), file],
        env={**os.environ, "TEXTREQUEST_API_KEY": sandbox.api_key, "TEXTREQUEST_BASE_URL": sandbox.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """350 contacts in a CSV file as a spreadsheet writes it; every 50th is not valid."""
    path = tmp_path / "contacts.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(["Phone Number", "First Name", "is_suppressed", "Note"])
        for index in range(350):
            number = "555-0123" if index % 50 == 0 else f"({201 + index // 100}) 555-01{index % 100:02}"
            rows.writerow([number, f"Ann {index}", "yes" if index == 7 else "no", ""])
    return path


def test_a_file_is_imported(textrequest: TextRequest, textrequest_sandbox: Sandbox, file: Path) -> None:
    dashboard = textrequest_sandbox.add_dashboard()
    result = run_import(textrequest_sandbox, dashboard.id, file)
    assert (result.returncode, result.stdout) == (0, "343 created, 7 invalid\n"), result.stderr
    assert "350/350" in result.stderr  # the progress bar
    assert textrequest.contacts.list(dashboard.id).count() == 343
    contact = textrequest.contacts.get(dashboard.id, "2015550107")
    assert contact is not None
    assert (contact.first_name, contact.is_suppressed, contact.note) == ("Ann 7", True, None)
    with file.with_suffix(".invalid.csv").open(newline="") as written:
        invalid = list(csv.reader(written))
    assert [int(row[0]) for row in invalid] == [1, 51, 101, 151, 201, 251, 301]
    assert invalid[0][1:4] == [
        "contacts[0].phone_number: has no area code: 7 digits, and 10 are needed",
        "555-0123",
        "Ann 0",
    ]
    assert not file.with_suffix(".position").exists()


def test_an_interrupted_import_continues(
    textrequest: TextRequest, textrequest_sandbox: Sandbox, file: Path
) -> None:
    dashboard = textrequest_sandbox.add_dashboard()
    textrequest_sandbox.fail(status=401, operation="contacts_bulk_update", skip=2)
    result = run_import(textrequest_sandbox, dashboard.id, file)
    assert result.returncode == 1
    assert "Run it again to continue." in result.stderr
    assert file.with_suffix(".position").read_text() == "200"
    textrequest_sandbox.clear_faults()
    result = run_import(textrequest_sandbox, dashboard.id, file)
    assert (result.returncode, result.stdout) == (0, "147 created, 3 invalid\n"), result.stderr
    assert textrequest.contacts.list(dashboard.id).count() == 343
    assert len(file.with_suffix(".invalid.csv").read_text().splitlines()) == 7


def test_the_code_of_the_guide_runs(textrequest: TextRequest, textrequest_sandbox: Sandbox) -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/contacts.md", "exec"), names)
    dashboard = textrequest_sandbox.add_dashboard()
    rows: list[dict[str, Any]] = [{"phone_number": "5555550123"}, {"phone_number": "555-0123"}]
    (invalid,) = names["import_contacts"](textrequest, dashboard.id, rows)
    assert invalid.index == 1
    textrequest_sandbox.fail(status=500, operation="contacts_bulk_update", times=3)
    assert names["import_resumable"](textrequest, dashboard.id, rows) == 0
    assert names["import_resumable"](textrequest, dashboard.id, rows) == 2
    assert names["import_handwritten"](textrequest, dashboard.id, [{"phone_number": "555 555 0123 x4"}]) == []
    for link in re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / link).exists(), link


def test_the_guide_names_every_outcome_and_option() -> None:
    from textrequest_ext._contacts.results import ContactResult, Outcome
    from textrequest_ext._contacts.runs import sync

    words = {*re.findall(r"\w+", GUIDE)}
    fields = ContactResult.__dataclass_fields__
    assert [
        name
        for name in (*Outcome.__args__, *fields, *inspect.signature(sync).parameters)
        if name not in words
    ] == []
