"""Artifacts become a branch, a commit and a pull request; a fake gh records the calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synchronization import github
from synchronization.github import (
    BRANCH,
    Failed,
    Repository,
    close_failure_issue,
    open_failure_issue,
    update_pull_request,
)

FAKE_GH = """#!{python}
import json, os, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
outputs = json.loads((folder / "outputs.json").read_text())
print(outputs.get(" ".join(sys.argv[1:3]), ""))
"""


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


class Workspace:
    """A repository with a remote, the artifacts of the first half, and a gh with prepared output."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.root, self.remote = folder, folder / "clone", folder / "remote.git"
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()
        tools = folder / "tools"
        tools.mkdir()
        gh = tools / "gh"
        gh.write_text(FAKE_GH.format(python=sys.executable, folder=str(folder)), "utf-8")
        gh.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        self.gh_prints({})
        self.root.mkdir()
        git(folder, "init", "--quiet", "--bare", str(self.remote))
        git(self.root, "init", "--quiet", "--initial-branch", "main")
        for name in ("openapi.yaml", "openapi.overlay.yaml", "generated/textrequest_api/a.py", "src/code.py"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text("one\n", "utf-8")
        git(self.root, "add", ".")
        git(self.root, "commit", "--quiet", "-m", "base")
        git(self.root, "remote", "add", "origin", str(self.remote))
        git(self.root, "push", "--quiet", "origin", "main")

    def gh_prints(self, outputs: dict[str, str]) -> None:
        """The output of gh from now on, by its first two arguments."""
        (self.folder / "outputs.json").write_text(json.dumps(outputs), "utf-8")

    def calls(self) -> list[list[str]]:
        record = self.folder / "calls.jsonl"
        return (
            [json.loads(line) for line in record.read_text("utf-8").splitlines()] if record.exists() else []
        )

    def write_artifacts(
        self, *names: str, text: str = "two\n", labels: str = "contract\nsemver:minor\n"
    ) -> None:
        """Artifacts with a patch that changes these files."""
        for name in names:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text, "utf-8")
        git(self.root, "add", "--all")
        patch = subprocess.run(
            ["git", "diff", "--cached", "--binary"], cwd=self.root, check=True, capture_output=True
        )
        (self.artifacts / "change.patch").write_bytes(patch.stdout)
        git(self.root, "reset", "--quiet", "--hard")
        (self.artifacts / "title.txt").write_text("Contract: 1 added\n", "utf-8")
        (self.artifacts / "labels.txt").write_text(labels, "utf-8")
        (self.artifacts / "report.md").write_text("**Nothing breaks.**\n", "utf-8")

    def repository(self, *, dry_run: bool = False) -> Repository:
        git(self.root, "switch", "--quiet", "main")
        return Repository(self.root, dry_run=dry_run)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    return Workspace(tmp_path, monkeypatch)


CHANGED = ("openapi.yaml", "generated/textrequest_api/a.py", "generated/textrequest_api/models/b.py")


def test_a_change_becomes_a_branch_a_commit_and_a_pull_request(workspace: Workspace) -> None:
    workspace.write_artifacts(*CHANGED)
    workspace.gh_prints({"pr list": "[]", "pr create": "https://example.com/pull/7"})

    assert update_pull_request(workspace.artifacts, workspace.repository()) == "https://example.com/pull/7"

    assert git(workspace.remote, "log", "--format=%s|%an", BRANCH).splitlines() == [
        "Contract: 1 added|textrequest-ext regeneration",
        "base|a",
    ]
    assert git(workspace.remote, "diff", "--name-only", "main", BRANCH).splitlines() == sorted(CHANGED)
    created = next(call for call in workspace.calls() if call[:2] == ["pr", "create"])
    assert created[2:] == [
        "--head", BRANCH, "--base", "main", "--title", "Contract: 1 added",
        "--body-file", str(workspace.artifacts / "body.md"), "--label", "contract", "--label", "semver:minor",
    ]  # fmt: skip
    assert (workspace.artifacts / "body.md").read_text("utf-8") == "**Nothing breaks.**\n"
    assert workspace.calls()[-1] == ["workflow", "run", "ci.yml", "--ref", BRANCH]


def test_an_existing_branch_is_replaced_not_extended(workspace: Workspace) -> None:
    workspace.write_artifacts(*CHANGED)
    workspace.gh_prints({"pr list": "[]"})
    update_pull_request(workspace.artifacts, workspace.repository())
    git(workspace.root, "switch", "--quiet", "main")
    (workspace.root / "src/code.py").write_text("newer\n", "utf-8")
    git(workspace.root, "commit", "--quiet", "-am", "meanwhile")
    git(workspace.root, "push", "--quiet", "origin", "main")
    workspace.write_artifacts(*CHANGED, text="three\n", labels="contract\nbreaking\nsemver:major\n")
    workspace.gh_prints(
        {
            "pr list": '[{"number": 7}]',
            "pr view": '{"labels": [{"name": "semver:minor"}, {"name": "reviewed"}]}',
        }
    )

    assert update_pull_request(workspace.artifacts, workspace.repository()) == "pull request 7 updated"

    assert git(workspace.remote, "log", "--format=%s", BRANCH).splitlines() == [
        "Contract: 1 added",
        "meanwhile",
        "base",
    ]
    assert git(workspace.remote, "show", f"{BRANCH}:openapi.yaml") == "three"
    assert workspace.calls()[-1] == ["workflow", "run", "ci.yml", "--ref", BRANCH], (
        "the checks of the new commit"
    )
    edited = next(call for call in workspace.calls() if call[:2] == ["pr", "edit"])
    assert edited[-8:] == [
        "--add-label", "contract", "--add-label", "breaking", "--add-label", "semver:major", "--remove-label", "semver:minor",
    ]  # fmt: skip


def test_an_up_to_date_pull_request_is_not_changed(workspace: Workspace) -> None:
    workspace.write_artifacts(*CHANGED)
    workspace.gh_prints({"pr list": "[]"})
    update_pull_request(workspace.artifacts, workspace.repository())
    pushed = git(workspace.remote, "rev-parse", BRANCH)
    workspace.gh_prints({"pr list": '[{"number": 7}]'})

    assert update_pull_request(workspace.artifacts, workspace.repository()) == "pull request 7 is up to date"
    assert git(workspace.remote, "rev-parse", BRANCH) == pushed
    assert not [call for call in workspace.calls() if call[:2] == ["pr", "edit"]]
    assert len([call for call in workspace.calls() if call[:2] == ["workflow", "run"]]) == 1, (
        "nothing new to check"
    )


def test_without_a_patch_an_open_pull_request_is_closed(workspace: Workspace) -> None:
    workspace.gh_prints({"pr list": '[{"number": 7}]'})
    assert (
        update_pull_request(workspace.artifacts, workspace.repository())
        == "pull request 7 closed: out of date"
    )
    closed = next(call for call in workspace.calls() if call[:2] == ["pr", "close"])
    assert closed[2:4] == ["7", "--delete-branch"]

    workspace.gh_prints({"pr list": "[]"})
    assert update_pull_request(workspace.artifacts, workspace.repository()) == "nothing to propose"


def test_a_dry_run_creates_the_branch_and_the_commit_and_does_not_use_github(workspace: Workspace) -> None:
    workspace.write_artifacts(*CHANGED)

    output = update_pull_request(workspace.artifacts, workspace.repository(dry_run=True))

    assert git(workspace.root, "branch", "--show-current") == BRANCH
    commit = git(workspace.root, "rev-parse", "--short", "HEAD")
    assert output == (
        f"dry run: branch {BRANCH}, commit {commit}\ntitle: Contract: 1 added\nlabels: contract, semver:minor\n\n**Nothing breaks.**\n"
    )
    assert workspace.calls() == []
    assert git(workspace.remote, "branch", "--list", BRANCH) == ""


@pytest.mark.parametrize(
    "name",
    [
        ".github/workflows/ci.yml",
        "src/code.py",
        "scripts/regen.sh",
        "generated/other/a.py",
        "openapi.yaml.sh",
        "generated/textrequest_api/a b.py",
    ],
)
def test_a_patch_that_changes_other_files_is_refused(workspace: Workspace, name: str) -> None:
    workspace.write_artifacts("openapi.yaml", name)

    with pytest.raises(Failed, match="the patch changes a file it may not change"):
        update_pull_request(workspace.artifacts, workspace.repository())
    assert git(workspace.root, "branch", "--list", BRANCH) == ""
    assert workspace.calls() == []


def test_a_patch_that_creates_a_link_or_an_executable_is_refused(workspace: Workspace) -> None:
    (workspace.root / "generated/textrequest_api/link.py").symlink_to("/etc/passwd")
    workspace.write_artifacts("openapi.yaml")
    with pytest.raises(Failed, match="more than plain files"):
        update_pull_request(workspace.artifacts, workspace.repository())

    (workspace.root / "generated/textrequest_api/a.py").chmod(0o755)
    workspace.write_artifacts("openapi.yaml")
    with pytest.raises(Failed, match="more than plain files"):
        update_pull_request(workspace.artifacts, workspace.repository())


def test_unknown_labels_are_dropped(workspace: Workspace) -> None:
    workspace.write_artifacts(*CHANGED, labels="contract --repo elsewhere\nsemver:patch\n")
    workspace.gh_prints({"pr list": "[]"})
    update_pull_request(workspace.artifacts, workspace.repository())

    created = next(call for call in workspace.calls() if call[:2] == ["pr", "create"])
    assert created[-4:] == ["--label", "contract", "--label", "semver:patch"]


def test_a_failure_opens_an_issue_and_the_next_one_adds_a_comment(workspace: Workspace) -> None:
    (workspace.artifacts / "refused.txt").write_text("not OpenAPI ``` @everybody\x1b[31m\n", "utf-8")
    workspace.gh_prints({"issue list": "[]", "issue create": "https://example.com/issues/3"})
    assert (
        open_failure_issue(workspace.artifacts, workspace.repository(), "https://example.com/run/1")
        == "https://example.com/issues/3"
    )
    created = next(call for call in workspace.calls() if call[:2] == ["issue", "create"])
    body = created[created.index("--body") + 1]
    assert "https://example.com/run/1" in body
    assert "```\nnot OpenAPI ''' @everybody[31m\n```" in body
    assert created[created.index("--label") + 1] == "regen-failed"

    workspace.gh_prints({"issue list": '[{"number": 3}]'})
    assert (
        open_failure_issue(workspace.artifacts, workspace.repository(), "https://example.com/run/2")
        == "issue 3: comment added"
    )
    commented = next(call for call in workspace.calls() if call[:2] == ["issue", "comment"])
    assert commented[2] == "3"


def test_a_failure_without_artifacts_opens_an_issue_too(workspace: Workspace) -> None:
    workspace.gh_prints({"issue list": "[]"})
    open_failure_issue(workspace.folder / "nowhere", workspace.repository(), "https://example.com/run/1")

    assert any(call[:2] == ["issue", "create"] for call in workspace.calls())


def test_the_next_success_closes_the_issue(workspace: Workspace) -> None:
    workspace.gh_prints({"issue list": '[{"number": 3}]'})
    assert close_failure_issue(workspace.repository(), "https://example.com/run/3") == "issue 3 closed"
    workspace.gh_prints({"issue list": "[]"})
    assert close_failure_issue(workspace.repository(), "https://example.com/run/4") == "nothing to close"


def test_a_failure_of_git_is_an_exit_status_and_one_line(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.write_artifacts(*CHANGED)
    (workspace.artifacts / "change.patch").write_text("no patch\n", "utf-8")

    assert (
        github.main(["pull-request", "--artifacts", str(workspace.artifacts), "--root", str(workspace.root)])
        == 1
    )
    assert capsys.readouterr().err.startswith("github: git apply")


def test_it_needs_only_the_standard_library() -> None:
    script = "import sys, synchronization.github; print(sorted(m for m in sys.modules if m.split('.')[0] in ('yaml', 'httpx', 'griffe', 'oas_patch', 'ruamel', 'regeneration')))"
    scripts = Path(github.__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], env={"PYTHONPATH": str(scripts)}, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert result.stdout == "[]\n", result.stderr
