"""From a document to a changed project: the files, the report, and the exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from synchronization_support import CHANGES, fingerprint

from regeneration import Refused
from synchronization import prepared, staging
from synchronization.__main__ import Checks, report_since, synchronize

pytestmark = pytest.mark.xdist_group("synchronization")
QUICK = ("--tests", "", "--no-types")
NO_CHECKS = Checks(tests=(), types=False)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a copy of the project."""
    return subprocess.run(
        [str(project / "scripts" / arguments[0]), *arguments[1:]],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHON": sys.executable},
    )  # fmt: skip


def document(names: tuple[str, ...], folder: Path, ours: dict[str, Any]) -> str:
    """The path of a document with these changes."""
    changed = prepared.with_vendor_prose(ours)
    for change in CHANGES:
        if change.name in names:
            changed = change.apply(changed)
    path = folder / "document.json"
    path.write_text(json.dumps(changed), "utf-8")
    return str(path)


def test_the_same_contract_changes_nothing(project: Path, tmp_path: Path, ours: dict[str, Any]) -> None:
    before = fingerprint(project)
    spec = tmp_path / "published.json"
    spec.write_text(
        json.dumps(prepared.reordered(prepared.without_ids(prepared.with_vendor_prose(ours)))), "utf-8"
    )

    done = run(project, "sync.sh", "document", str(spec), "--artifacts", str(tmp_path / "artifacts"))

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "no change: the contract is the same\n",
        "",
    )
    assert fingerprint(project) == before
    assert not (tmp_path / "artifacts" / "change.patch").exists()
    assert (tmp_path / "artifacts" / "status.txt").read_text("utf-8") == "0\n"


def test_a_change_is_installed_reported_and_written_as_a_patch(
    project: Path, tmp_path: Path, ours: dict[str, Any]
) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false")
    (project / ".gitignore").write_text(".venv\n__pycache__/\n", "utf-8")
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "base"]):
        assert staging.git(project, *command) is not None
    artifacts, spec = (
        tmp_path / "artifacts",
        document(("operation-added", "operation-removed"), tmp_path, ours),
    )

    done = run(project, "sync.sh", "document", spec, *QUICK, "--artifacts", str(artifacts))

    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("**Breaking**: 1 breaking difference of the contract; ")
    assert "`src/textrequest_ext/resources/tags.py:" in done.stdout
    assert "$.paths['/dashboards/{dashboard_id}/tags/{tag_id}'].delete" in done.stdout
    assert "operation added | `GET /dashboards/{dashboard_id}/reports`" in done.stdout
    assert "`textrequest_api.api.reports.reports_get_all`" in done.stdout
    assert "Tags_deleteTagById" not in (project / "openapi.overlay.yaml").read_text("utf-8")
    assert not (project / "generated/textrequest_api/api/tags/tags_delete.py").exists()
    assert run(project, "regen.sh", "--check").stdout == "up to date\n"
    # The document is the contract now.
    assert synchronize(spec, project, NO_CHECKS) is None

    assert (artifacts / "report.md").read_text("utf-8") == done.stdout
    assert (artifacts / "title.txt").read_text("utf-8") == "Contract: 1 breaking, 3 added\n"
    assert (artifacts / "labels.txt").read_text("utf-8").split() == ["contract", "breaking", "semver:major"]
    status = staging.git(project, "status", "--porcelain")
    assert status is not None
    assert all(not line.startswith(("A", "M", "D")) for line in status.decode().splitlines()), (
        "the index was changed"
    )
    after = fingerprint(project)
    assert staging.git(project, *identity, "stash", "--include-untracked", "--quiet") is not None
    assert staging.git(project, "apply", str(artifacts / "change.patch")) is not None
    assert fingerprint(project) == after

    since = report_since("HEAD", project, NO_CHECKS).markdown()
    assert "major | operation removed | `DELETE /dashboards/{dashboard_id}/tags/{tag_id}`" in since
    with pytest.raises(Refused, match="no revision nothing"):
        report_since("nothing", project, NO_CHECKS)


def test_failing_tests_are_reported(project: Path) -> None:
    (project / "tests" / "unit" / "test_that_fails.py").write_text(
        "import textrequest_ext\n"
        f"def test_own_code():\n    assert {str(project)!r} in textrequest_ext.__file__\n"
        "def test_a():\n    assert 1 == 2\n",
        "utf-8",
    )

    passed, output = staging.test(project, ["tests/unit/test_that_fails.py", "tests/nowhere"])

    assert not passed
    assert "FAILED tests/unit/test_that_fails.py::test_a" in output
    assert output.splitlines()[-1].startswith("1 failed, 1 passed"), "tests must run on the copy's own code"
    assert staging.test(project, ["tests/nowhere"]) == (True, "no tests to run")


def test_nothing_changes_when_the_generation_fails(
    project: Path, tmp_path: Path, ours: dict[str, Any]
) -> None:
    before = fingerprint(project)
    (project / "codegen" / "config.yaml").write_text("not_a_setting: [\n", "utf-8")

    with pytest.raises(Refused, match=r"generator: .*; correct it by an action in openapi\.overlay\.yaml"):
        synchronize(document(("property-added",), tmp_path, ours), project, NO_CHECKS)

    assert fingerprint(project) == before
