"""From a document to a changed project: the files, the report, and the exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from synchronization_support import CHANGES, fingerprint

from synchronization import rehearsal, staging

pytestmark = pytest.mark.xdist_group("synchronization")
QUICK = ("--tests", "", "--no-types")


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a copy of the project."""
    return subprocess.run(
        [str(project / "scripts" / arguments[0]), *arguments[1:]],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHON": sys.executable},
    )  # fmt: skip


def document(change: str, folder: Path, ours: dict[str, Any]) -> str:
    path = folder / "document.json"
    path.write_text(json.dumps(next(c for c in CHANGES if c.name == change).document(ours)), "utf-8")
    return str(path)


def test_the_same_contract_changes_nothing(project: Path, tmp_path: Path, ours: dict[str, Any]) -> None:
    before = fingerprint(project)
    spec = tmp_path / "published.json"
    spec.write_text(
        json.dumps(rehearsal.reordered(rehearsal.without_ids(rehearsal.with_vendor_prose(ours)))), "utf-8"
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


PAGES = """
import httpx, textrequest_ext
from textrequest_api.api.reports import reports_get_all

def respond(request):
    page = int(request.url.params["page"])
    assert request.url.path.endswith("/dashboards/121/reports"), request.url
    rows = [{"id": page * 2 + step, "title": "t", "new": 1} for step in range(2)] if page < 3 else []
    return httpx.Response(200, json={"items": rows, "meta": {"page": page, "page_size": 2, "total_items": 6}})

client = textrequest_ext.TextRequest("made-up-key", transport=httpx.MockTransport(respond))
print([type(report).__name__ for report in client.paginate(reports_get_all.operation, 121).limit(1)])
print([report.id for report in client.paginate(reports_get_all.operation, 121)])
print(client.paginate(reports_get_all.operation, 121).starting_at(1).first().title)
"""


def test_a_new_list_can_be_paged_immediately(project: Path, tmp_path: Path, ours: dict[str, Any]) -> None:
    spec = document("operation-added", tmp_path, ours)

    done = run(project, "sync.sh", "document", spec, *QUICK)

    assert (done.returncode, done.stderr) == (0, "")
    assert "operation added | `GET /dashboards/{dashboard_id}/reports`" in done.stdout
    assert "`textrequest_api.api.reports.reports_get_all`" in done.stdout
    paths = os.pathsep.join(str(project / folder) for folder in ("src", "generated"))
    paged = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(PAGES)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert paged.stdout.splitlines() == ["['Report']", "[0, 1, 2, 3, 4, 5]", "t"], paged.stderr
    assert run(project, "regen.sh", "--check").stdout == "up to date\n"
    # The document is the contract now.
    assert run(project, "sync.sh", "document", spec, *QUICK).stdout.startswith("no change")


def test_a_breaking_change_is_installed_reported_and_written_as_a_patch(
    project: Path, tmp_path: Path, ours: dict[str, Any]
) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false")
    (project / ".gitignore").write_text(".venv\n__pycache__/\n", "utf-8")
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "base"]):
        assert staging.git(project, *command) is not None
    artifacts = tmp_path / "artifacts"

    done = run(
        project,
        "sync.sh",
        "document",
        document("operation-removed", tmp_path, ours),
        *QUICK,
        "--artifacts",
        str(artifacts),
    )

    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("**Breaking**: 1 breaking difference of the contract; ")
    assert "`src/textrequest_ext/resources/tags.py:" in done.stdout
    assert "$.paths['/dashboards/{dashboard_id}/tags/{tag_id}'].delete" in done.stdout
    assert "Tags_deleteTagById" not in (project / "openapi.overlay.yaml").read_text("utf-8")
    assert not (project / "generated/textrequest_api/api/tags/tags_delete.py").exists()
    assert run(project, "regen.sh", "--check").stdout == "up to date\n"

    assert (artifacts / "report.md").read_text("utf-8") == done.stdout
    assert (artifacts / "title.txt").read_text("utf-8") == "Contract: 1 breaking\n"
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

    since = run(project, "sync.sh", "report", "--base", "HEAD", "--allow-breaking", *QUICK)
    assert since.returncode == 0
    assert "major | operation removed | `DELETE /dashboards/{dashboard_id}/tags/{tag_id}`" in since.stdout
    assert run(project, "sync.sh", "report", "--base", "nothing", *QUICK).returncode == 2


def test_failing_tests_are_reported(project: Path) -> None:
    folder = project / "tests" / "unit"
    (folder / "test_that_fails.py").write_text("def test_a():\n    assert 1 == 2\n", "utf-8")

    passed, output = staging.test(project, ["tests/unit/test_that_fails.py", "tests/nowhere"])
    assert not passed
    assert "FAILED tests/unit/test_that_fails.py::test_a" in output
    assert output.splitlines()[-1].startswith("1 failed")

    (folder / "test_that_fails.py").write_text(
        f"import textrequest_ext\ndef test_a():\n    assert {str(project)!r} in textrequest_ext.__file__\n",
        "utf-8",
    )
    assert staging.test(project, ["tests/unit/test_that_fails.py"])[0], (
        "tests must run on the copy's own code"
    )
    assert staging.test(project, ["tests/nowhere"]) == (True, "no tests to run")


def test_nothing_changes_when_the_generation_fails(
    project: Path, tmp_path: Path, ours: dict[str, Any]
) -> None:
    before = fingerprint(project)
    (project / "codegen" / "config.yaml").write_text("not_a_setting: [\n", "utf-8")

    done = run(project, "sync.sh", "document", document("property-added", tmp_path, ours), *QUICK)

    assert done.returncode == 2
    assert done.stderr.startswith("sync: refused, nothing changed: ")
    assert fingerprint(project) == before
