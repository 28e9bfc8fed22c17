"""Every prepared change: the verdict, a package that can be used, and the table. Nothing runs the whole job here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uses
from synchronization_support import CHANGES, OUR_OVERLAY, OUR_TEXT, ROOT, changed_lines

from regeneration import overlay
from synchronization import contract, differences, prepared
from synchronization.corrections import reconcile
from synchronization.merge import TO_CHECK, TO_DESCRIBE
from synchronization.prepared import BREAKING, NOT_BREAKING, REFUSED, Change
from synchronization.report import Report

pytestmark = pytest.mark.xdist_group("prepared")

ALL = prepared.changes()
GROUPS = prepared.groups()
WITH_VERDICT = {
    status: [change for change in ALL if change.status == status]
    for status in (NOT_BREAKING, REFUSED, BREAKING)
}


class Generated:
    """The changes of a group, generated together: the differences, and which uses fail and why."""

    def __init__(
        self, group: list[Change], ours: dict[str, Any], built: dict[str, Any], folder: Path
    ) -> None:
        self.differences = differences.differences(built, prepared.built_together(group, ours, folder))
        done = subprocess.run(
            [sys.executable, "-P", uses.__file__, *(one.name for one in group)],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{folder}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        self.failures: dict[str, str] = json.loads(done.stdout)


@pytest.fixture(scope="module")
def generated(
    ours: dict[str, Any], built: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Generated]:
    """The group with this name, generated once."""

    @cache
    def of(group: str) -> Generated:
        return Generated(GROUPS[group], ours, built, tmp_path_factory.mktemp("group"))

    return of


def rows(change: Change) -> list[str]:
    """The expected rows of the table of differences."""
    return [part for part in change.report if part.startswith(("major |", "minor |", "patch |"))]


@pytest.mark.parametrize("change", WITH_VERDICT[NOT_BREAKING], ids=lambda change: change.name)
def test_nothing_breaks(change: Change, generated: Callable[[str], Generated]) -> None:
    # Together they break nothing, so none of them does.
    found = generated(change.group).differences

    assert [one for one in found if one.severity == "major"] == []
    text = prepared.rows(found)
    assert [row for row in rows(change) if row not in text] == [], text


@pytest.mark.parametrize(
    "change", [one for one in WITH_VERDICT[BREAKING] if one not in CHANGES], ids=lambda change: change.name
)
def test_it_breaks(change: Change, ours: dict[str, Any], built: dict[str, Any]) -> None:
    status, text = prepared.quick_verdict(change.document(ours), ours, built)

    assert status == BREAKING, text
    assert [row for row in rows(change) if row not in text] == [], text


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_result(prepare: Any, built: dict[str, Any], change: Change) -> None:
    report = Report(
        differences=differences.differences(built, prepare(change).built),
        corrections=prepare(change).corrections,
    )

    assert bool(report.breaking()) == (change.status == 3)
    # Only the part of the report about the contract exists here.
    for text in change.report:
        if text.startswith(("major", "minor", "operation ")):
            assert text in report.markdown()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_change_is_merged_and_no_prose_of_the_vendor_is(prepare: Any, change: Change) -> None:
    one = prepare(change)
    merged = one.merged

    remaining = contract.changes(one.theirs, one.contract)
    assert [line for line in remaining if not line.endswith("/operationId")] == []
    removed, added = changed_lines(merged.text)
    assert len(removed) + len(added) < 160
    known = set(OUR_TEXT.split())
    for line in added:
        assert "vendor says" not in line
        assert "says the vendor" not in line
        assert prepared.VENDOR_PROSE not in line
        # Each sentence is ours or one of the marks.
        if "description:" in line or "summary:" in line:
            words = set(line.replace(TO_DESCRIBE, "").replace(TO_CHECK, "").replace('"', " ").split())
            assert words <= known | {"description:", "summary:", ">-"}, line


def test_an_updated_overlay_is_not_changed_again(prepare: Any) -> None:
    one = prepare(next(change for change in CHANGES if change.name == "corrections-documented"))

    assert reconcile(one.overlay, one.contract, one.contract) == (one.overlay, [])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_updated_overlay_fits_every_prepared_document(prepare: Any, change: Any, tmp_path: Path) -> None:
    one = prepare(change)
    (tmp_path / "overlay.yaml").write_text(one.overlay, "utf-8")
    actions = overlay.read(tmp_path / "overlay.yaml")

    overlay.apply(one.contract, actions)
    assert len(overlay.read(tmp_path / "overlay.yaml")) >= len(one.corrections)
    # The overlay changes exactly if a correction is reported.
    assert (one.overlay == OUR_OVERLAY) == (one.corrections == [])


@pytest.mark.parametrize("change", WITH_VERDICT[REFUSED], ids=lambda change: change.name)
def test_it_is_refused_with_what_to_do(change: Change, ours: dict[str, Any], built: dict[str, Any]) -> None:
    status, text = prepared.quick_verdict(change.document(ours), ours, built)

    assert status == REFUSED
    assert [part for part in change.report if part not in text] == [], text
    assert "\n" not in text
    assert "openapi.overlay.yaml" in text or "as SPEC to make sync" in text


@pytest.mark.parametrize(
    "change", [change for group in GROUPS.values() for change in group], ids=lambda change: change.name
)
def test_what_is_new_can_be_used(change: Change, generated: Callable[[str], Generated]) -> None:
    assert generated(change.group).failures.get(change.name, "") == ""


def test_every_change_that_is_generated_has_a_use() -> None:
    assert {change.name for group in GROUPS.values() for change in group} == set(uses.USES)
    assert len(ALL) >= 45


def test_the_table_is_current() -> None:
    assert prepared.TABLE.read_text("utf-8") == prepared.table(), "run make document-changes"
