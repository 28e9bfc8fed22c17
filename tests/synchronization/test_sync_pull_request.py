"""From artifacts to a branch, a commit and a pull request; a stand-in takes gh's calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synchronization import pull_request
from synchronization.pull_request import BRANCH, Desk, Failed, alarm, all_clear, propose

STAND_IN = """#!{python}
import json, os, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
print(answers.get(" ".join(sys.argv[1:3]), ""))
"""


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


class Office:
    """A repository with a remote, artifacts of the first half, and a gh that answers as told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.root, self.remote = folder, folder / "clone", folder / "remote.git"
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()
        tools = folder / "tools"
        tools.mkdir()
        gh = tools / "gh"
        gh.write_text(STAND_IN.format(python=sys.executable, folder=str(folder)), "utf-8")
        gh.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        self.answers({})
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

    def answers(self, answers: dict[str, str]) -> None:
        (self.folder / "answers.json").write_text(json.dumps(answers), "utf-8")

    def calls(self) -> list[list[str]]:
        record = self.folder / "calls.jsonl"
        return (
            [json.loads(line) for line in record.read_text("utf-8").splitlines()] if record.exists() else []
        )

    def hand_over(self, *names: str, text: str = "two\n", labels: str = "contract\nsemver:minor\n") -> None:
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

    def desk(self, *, dry_run: bool = False) -> Desk:
        git(self.root, "switch", "--quiet", "main")
        return Desk(self.root, dry_run=dry_run)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, monkeypatch)


CHANGED = ("openapi.yaml", "generated/textrequest_api/a.py", "generated/textrequest_api/models/b.py")


def test_a_change_becomes_a_branch_a_commit_and_a_pull_request(office: Office) -> None:
    office.hand_over(*CHANGED)
    office.answers({"pr list": "[]", "pr create": "https://example.com/pull/7"})

    assert propose(office.artifacts, office.desk()) == "https://example.com/pull/7"

    assert git(office.remote, "log", "--format=%s|%an", BRANCH).splitlines() == [
        "Contract: 1 added|textrequest-ext regeneration",
        "base|a",
    ]
    assert git(office.remote, "diff", "--name-only", "main", BRANCH).splitlines() == sorted(CHANGED)
    created = next(call for call in office.calls() if call[:2] == ["pr", "create"])
    assert created[2:] == [
        "--head", BRANCH, "--base", "main", "--title", "Contract: 1 added",
        "--body-file", str(office.artifacts / "body.md"), "--label", "contract", "--label", "semver:minor",
    ]  # fmt: skip
    assert (office.artifacts / "body.md").read_text("utf-8") == "**Nothing breaks.**\n"


def test_a_stale_branch_is_made_anew_not_added_to(office: Office) -> None:
    office.hand_over(*CHANGED)
    office.answers({"pr list": "[]"})
    propose(office.artifacts, office.desk())
    git(office.root, "switch", "--quiet", "main")
    (office.root / "src/code.py").write_text("newer\n", "utf-8")
    git(office.root, "commit", "--quiet", "-am", "meanwhile")
    git(office.root, "push", "--quiet", "origin", "main")
    office.hand_over(*CHANGED, text="three\n", labels="contract\nbreaking\nsemver:major\n")
    office.answers(
        {
            "pr list": '[{"number": 7}]',
            "pr view": '{"labels": [{"name": "semver:minor"}, {"name": "reviewed"}]}',
        }
    )

    assert propose(office.artifacts, office.desk()) == "pull request 7 renewed"

    assert git(office.remote, "log", "--format=%s", BRANCH).splitlines() == [
        "Contract: 1 added",
        "meanwhile",
        "base",
    ]
    assert git(office.remote, "show", f"{BRANCH}:openapi.yaml") == "three"
    edited = next(call for call in office.calls() if call[:2] == ["pr", "edit"])
    assert edited[-8:] == [
        "--add-label", "contract", "--add-label", "breaking", "--add-label", "semver:major", "--remove-label", "semver:minor",
    ]  # fmt: skip


def test_what_is_proposed_already_is_left_in_peace(office: Office) -> None:
    office.hand_over(*CHANGED)
    office.answers({"pr list": "[]"})
    propose(office.artifacts, office.desk())
    pushed = git(office.remote, "rev-parse", BRANCH)
    office.answers({"pr list": '[{"number": 7}]'})

    assert propose(office.artifacts, office.desk()) == "pull request 7 proposes this already"
    assert git(office.remote, "rev-parse", BRANCH) == pushed
    assert not [call for call in office.calls() if call[:2] == ["pr", "edit"]]


def test_nothing_to_propose_closes_what_is_overtaken(office: Office) -> None:
    office.answers({"pr list": '[{"number": 7}]'})
    assert propose(office.artifacts, office.desk()) == "pull request 7 closed: overtaken"
    closed = next(call for call in office.calls() if call[:2] == ["pr", "close"])
    assert closed[2:4] == ["7", "--delete-branch"]

    office.answers({"pr list": "[]"})
    assert propose(office.artifacts, office.desk()) == "nothing to propose"


def test_a_dry_run_has_the_branch_the_commit_and_the_text_and_leaves_github_alone(office: Office) -> None:
    office.hand_over(*CHANGED)

    said = propose(office.artifacts, office.desk(dry_run=True))

    assert git(office.root, "branch", "--show-current") == BRANCH
    commit = git(office.root, "rev-parse", "--short", "HEAD")
    assert said == (
        f"dry run: branch {BRANCH}, commit {commit}\ntitle: Contract: 1 added\nlabels: contract, semver:minor\n\n**Nothing breaks.**\n"
    )
    assert office.calls() == []
    assert git(office.remote, "branch", "--list", BRANCH) == ""


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
def test_a_patch_that_reaches_further_is_refused(office: Office, name: str) -> None:
    office.hand_over("openapi.yaml", name)

    with pytest.raises(Failed, match="the patch touches"):
        propose(office.artifacts, office.desk())
    assert git(office.root, "branch", "--list", BRANCH) == ""
    assert office.calls() == []


def test_a_patch_that_makes_a_link_or_a_program_is_refused(office: Office) -> None:
    (office.root / "generated/textrequest_api/link.py").symlink_to("/etc/passwd")
    office.hand_over("openapi.yaml")
    with pytest.raises(Failed, match="more than change files"):
        propose(office.artifacts, office.desk())

    (office.root / "generated/textrequest_api/a.py").chmod(0o755)
    office.hand_over("openapi.yaml")
    with pytest.raises(Failed, match="more than change files"):
        propose(office.artifacts, office.desk())


def test_labels_that_are_not_ours_are_dropped(office: Office) -> None:
    office.hand_over(*CHANGED, labels="contract --repo elsewhere\nsemver:patch\n")
    office.answers({"pr list": "[]"})
    propose(office.artifacts, office.desk())

    created = next(call for call in office.calls() if call[:2] == ["pr", "create"])
    assert created[-4:] == ["--label", "contract", "--label", "semver:patch"]


def test_a_failure_opens_one_issue_and_then_adds_to_it(office: Office) -> None:
    (office.artifacts / "refused.txt").write_text("not OpenAPI ``` @everybody\x1b[31m\n", "utf-8")
    office.answers({"issue list": "[]", "issue create": "https://example.com/issues/3"})
    assert (
        alarm(office.artifacts, office.desk(), "https://example.com/run/1") == "https://example.com/issues/3"
    )
    created = next(call for call in office.calls() if call[:2] == ["issue", "create"])
    body = created[created.index("--body") + 1]
    assert "https://example.com/run/1" in body
    assert "```\nnot OpenAPI ''' @everybody[31m\n```" in body
    assert created[created.index("--label") + 1] == "regen-failed"

    office.answers({"issue list": '[{"number": 3}]'})
    assert alarm(office.artifacts, office.desk(), "https://example.com/run/2") == "issue 3: one more"
    commented = next(call for call in office.calls() if call[:2] == ["issue", "comment"])
    assert commented[2] == "3"


def test_a_failure_without_artifacts_is_heard_too(office: Office) -> None:
    office.answers({"issue list": "[]"})
    alarm(office.folder / "nowhere", office.desk(), "https://example.com/run/1")

    assert any(call[:2] == ["issue", "create"] for call in office.calls())


def test_when_it_works_again_the_issue_is_closed(office: Office) -> None:
    office.answers({"issue list": '[{"number": 3}]'})
    assert all_clear(office.desk(), "https://example.com/run/3") == "issue 3 closed"
    office.answers({"issue list": "[]"})
    assert all_clear(office.desk(), "https://example.com/run/4") == "nothing to close"


def test_a_failing_tool_is_an_exit_status_and_a_line(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.hand_over(*CHANGED)
    (office.artifacts / "change.patch").write_text("no patch\n", "utf-8")

    assert (
        pull_request.main(["propose", "--artifacts", str(office.artifacts), "--root", str(office.root)]) == 1
    )
    assert capsys.readouterr().err.startswith("pull request: git apply")


def test_it_runs_on_the_standard_library_alone() -> None:
    script = "import sys, synchronization.pull_request; print(sorted(m for m in sys.modules if m.split('.')[0] in ('yaml', 'httpx', 'griffe', 'oas_patch', 'ruamel', 'regeneration')))"
    scripts = Path(pull_request.__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], env={"PYTHONPATH": str(scripts)}, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert result.stdout == "[]\n", result.stderr
