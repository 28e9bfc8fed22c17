"""The report of redocly, where it is available; the job does not depend on it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from synchronization import redocly
from synchronization.differences import Difference

REPORT = Path(__file__).with_name("redocly-report.json")


def test_its_report_is_parsed() -> None:
    assert redocly.read("output of npm\n" + REPORT.read_text("utf-8")) == [
        Difference("major", "parameter-removed", "#/paths/~1rooms/get/parameters/1", "floor query parameter was removed."),
        Difference("minor", "added", "#/components/schemas/room/properties/color", "Schema"),
        Difference("patch", "modified", "#/info/description", "Info"),
    ]  # fmt: skip


@pytest.mark.parametrize("output", ["", "no report", "{}", json.dumps({"changes": [{}]})])
def test_other_output_is_refused(output: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        redocly.read(output)


def fake_npx(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "npx"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("SYNC_REDOCLY")


def test_it_runs_without_telemetry_and_differences_are_not_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npx(
        tmp_path,
        f'echo "$@" > {tmp_path}/called; echo "$REDOCLY_TELEMETRY" >> {tmp_path}/called; cat {REPORT}',
        monkeypatch,
    )

    found = redocly.compare(tmp_path / "old.json", tmp_path / "new.json")

    assert found is not None
    assert len(found) == 3
    called = (tmp_path / "called").read_text("utf-8")
    assert called.splitlines() == [
        f"--yes {redocly.PACKAGE} diff {tmp_path}/old.json {tmp_path}/new.json --format json --fail-on none",
        "off",
    ]


@pytest.mark.parametrize("script", ["exit 1", "echo nothing", "echo '{'"])
def test_a_failure_of_redocly_does_not_stop_the_job(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npx(tmp_path, script, monkeypatch)

    assert redocly.compare(tmp_path / "old.json", tmp_path / "new.json") is None


def test_without_node_the_job_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_REDOCLY")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert redocly.compare(tmp_path / "old.json", tmp_path / "new.json") is None
