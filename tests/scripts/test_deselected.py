"""The tests that the scripts deselect exist. pytest ignores an option --deselect with an old name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DESELECTED = [
    (file, name)
    for script in sorted((ROOT / "scripts").rglob("*"))
    if script.suffix in (".py", ".sh")
    for file, name in re.findall(r"--deselect ([\w/]+\.py)::(\w+)", script.read_text("utf-8"))
]


def test_two_scripts_deselect_a_test() -> None:
    assert len(DESELECTED) == 2


@pytest.mark.parametrize(("file", "name"), DESELECTED)
def test_a_deselected_test_exists(file: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8")
