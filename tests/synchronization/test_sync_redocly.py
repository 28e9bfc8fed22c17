"""What redocly says, where it is at hand; and that nothing depends on it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from synchronization import redocly
from synchronization.differences import Difference

REPORT = Path(__file__).with_name("redocly-report.json")


def test_its_report_is_read() -> None:
    assert redocly.read("npm says something first\n" + REPORT.read_text("utf-8")) == [
        Difference("major", "parameter-removed", "#/paths/~1rooms/get/parameters/1", "floor query parameter was removed."),
        Difference("minor", "added", "#/components/schemas/room/properties/color", "Schema"),
        Difference("patch", "modified", "#/info/description", "Info"),
    ]  # fmt: skip


@pytest.mark.parametrize("output", ["", "no report", "{}", json.dumps({"changes": [{}]})])
def test_what_is_no_report_is_refused(output: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        redocly.read(output)


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "npx"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("SYNC_REDOCLY")


def test_it_is_run_without_telemetry_and_never_fails_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(
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
def test_without_an_answer_the_job_goes_on(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, script, monkeypatch)

    assert redocly.compare(tmp_path / "old.json", tmp_path / "new.json") is None


def test_without_node_the_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_REDOCLY")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert redocly.compare(tmp_path / "old.json", tmp_path / "new.json") is None
