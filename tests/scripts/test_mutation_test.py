"""The mutations fit the code as it is; `make mutation-test` runs the cassette tests with each of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mutation_test import MUTATIONS, ROOT, DoesNotFit, Mutation, apply


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.bug)
def test_a_mutation_changes_one_place_of_the_code(mutation: Mutation, tmp_path: Path) -> None:
    for name in ("src", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name)

    changed = apply(mutation, tmp_path)

    text = changed.read_text("utf-8")
    assert mutation.replacement in text
    original = (ROOT / changed.relative_to(tmp_path)).read_text("utf-8")
    assert text == original.replace(mutation.code, mutation.replacement)
    compile(text, changed.name, "exec")


@pytest.mark.parametrize("text", ["", "a = 1\na = 1\n"])
def test_code_that_does_not_occur_exactly_once_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.py").write_text(text, "utf-8")

    with pytest.raises(DoesNotFit, match=r"^a bug: 'a = 1' occurs [02] times in folder$"):
        apply(Mutation("a bug", "folder", "a = 1", "a = 2"), tmp_path)
