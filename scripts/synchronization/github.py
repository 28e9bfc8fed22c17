"""The second half of the nightly job: create the pull request from the artifacts, or an issue about a failure.

This half has a token, so it runs no generated code and uses only the standard library, git and gh. The
first half passes on text and a patch. The patch may change the contract, the overlay and the generated
package, nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BRANCH = "regen/contract"
ALLOWED = re.compile(r"^(openapi\.yaml|openapi\.overlay\.yaml|generated/textrequest_api/[A-Za-z0-9_./-]+)$")
FAILURE_TITLE = "The nightly regeneration fails"
FAILURE_LABEL = "regen-failed"
COLORS = {"contract": "1d76db", "breaking": "b60205", "semver:major": "b60205", "semver:minor": "fbca04",
          "semver:patch": "0e8a16", FAILURE_LABEL: "b60205"}  # fmt: skip
AUTHOR = (
    "-c",
    "user.name=textrequest-ext regeneration",
    "-c",
    "user.email=regeneration@users.noreply.github.com",
)
# The checkout stores no credentials. gh passes its token to git, for one command.
CREDENTIALS = ("-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential")
MAX_CHARACTERS = 60_000  # GitHub accepts 65,536 in a body


class Failed(Exception):
    """The artifacts cannot become a pull request, or git or gh failed."""


class Repository:
    """Runs git and gh in one repository. With dry_run, git creates the branch and commit and gh is not run."""

    def __init__(self, root: Path, *, dry_run: bool) -> None:
        self.root, self.dry_run = root, dry_run

    def git(self, *arguments: str) -> str:
        return self._run(["git", *arguments])

    def git_or_empty(self, *arguments: str) -> str:
        """The output of a git command that may fail; empty if it does."""
        result = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        return result.stdout.strip() if result.returncode == 0 else ""

    def gh(self, *arguments: str) -> str:
        return "" if self.dry_run else self._run(["gh", *arguments])

    def _run(self, command: list[str]) -> str:
        result = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if result.returncode:
            raise Failed(f"{' '.join(command[:3])}: {result.stderr.strip()[:500]}")
        return result.stdout.strip()

    def create_labels(self, names: Sequence[str]) -> None:
        for name in names:
            self.gh("label", "create", name, "--force", "--color", COLORS.get(name, "ededed"))


def update_pull_request(artifacts: Path, repository: Repository) -> str:
    """Create the branch again from the current commit, and create or update its pull request.

    Without a patch there is nothing to propose, so that an open pull request is out of date and is
    closed. Returns a line about what was done. Raises Failed.
    """
    patch = artifacts / "change.patch"
    if not patch.is_file() or not patch.stat().st_size:
        return _close_pull_request(repository)
    _check(patch, repository)
    title, body = _text(artifacts / "title.txt", 120), _body(artifacts / "report.md")
    labels = [line for line in _text(artifacts / "labels.txt", 200).split() if line in COLORS]
    repository.git("switch", "--quiet", "--force-create", BRANCH)
    repository.git("apply", "--index", "--whitespace=nowarn", str(patch.resolve()))
    repository.git(
        *AUTHOR,
        "commit",
        "--quiet",
        "--message",
        title,
        "--message",
        "Created by the nightly job from the vendor's document. The pull request lists what it breaks.",
    )
    commit = repository.git("rev-parse", "--short", "HEAD")
    (artifacts / "body.md").write_text(body, "utf-8")
    if repository.dry_run:
        return f"dry run: branch {BRANCH}, commit {commit}\ntitle: {title}\nlabels: {', '.join(labels)}\n\n{body}"
    repository.create_labels(labels)
    number = _open_pull_request(repository)
    if number and _is_pushed(repository):
        return f"pull request {number} is up to date"
    repository.git(*CREDENTIALS, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    text = ["--title", title, "--body-file", str((artifacts / "body.md").resolve())]
    if number:
        known = json.loads(repository.gh("pr", "view", number, "--json", "labels"))["labels"]
        stale = [label["name"] for label in known if label["name"] in COLORS and label["name"] not in labels]
        repository.gh(
            "pr", "edit", number, *text, *_each("--add-label", labels), *_each("--remove-label", stale)
        )
        _start_checks(repository)
        return f"pull request {number} updated"
    base = os.environ.get("BASE_BRANCH", "main")
    url = repository.gh("pr", "create", "--head", BRANCH, "--base", base, *text, *_each("--label", labels))
    _start_checks(repository)
    return url


def _start_checks(repository: Repository) -> None:
    """Start ci on the branch: GitHub starts no workflow for a push with the token of a workflow.

    The runs belong to the commit, so that the pull request shows them.
    """
    repository.gh("workflow", "run", "ci.yml", "--ref", BRANCH)


def open_failure_issue(artifacts: Path, repository: Repository, run: str) -> str:
    """Open the issue about a failure of the job, or add a comment if it is open. run: URL or name of the run."""
    reason = _text(artifacts / "refused.txt", 2000) if (artifacts / "refused.txt").is_file() else ""
    fenced = f"\n\n```\n{reason.replace('```', chr(39) * 3)}\n```" if reason else ""
    body = f'The nightly regeneration did not finish: {run}{fenced}\n\nUntil it does, changes of the API are not noticed. See "When the job fails" in docs/regeneration.md.\n'
    if repository.dry_run:
        return f"dry run: issue: {FAILURE_TITLE}\n\n{body}"
    number = _open_issue(repository)
    if number:
        repository.gh("issue", "comment", number, "--body", body)
        return f"issue {number}: comment added"
    repository.create_labels([FAILURE_LABEL])
    return repository.gh(
        "issue", "create", "--title", FAILURE_TITLE, "--label", FAILURE_LABEL, "--body", body
    )


def close_failure_issue(repository: Repository, run: str) -> str:
    """Close the issue about a failure of the job, if it is open."""
    number = "" if repository.dry_run else _open_issue(repository)
    if not number:
        return "nothing to close"
    repository.gh("issue", "close", number, "--comment", f"The job succeeded again: {run}")
    return f"issue {number} closed"


def _close_pull_request(repository: Repository) -> str:
    if repository.dry_run:
        return "dry run: nothing to propose"
    number = _open_pull_request(repository)
    if not number:
        return "nothing to propose"
    repository.gh(
        "pr",
        "close",
        number,
        "--delete-branch",
        "--comment",
        "Out of date: the contract is the same as the vendor's document.",
    )
    return f"pull request {number} closed: out of date"


def _check(patch: Path, repository: Repository) -> None:
    """Raise Failed for a patch that changes other files, or creates links or executable files."""
    for line in repository.git("apply", "--numstat", "-z", str(patch.resolve())).split("\0"):
        parts = line.split("\t")
        path = parts[-1]
        if path and (not ALLOWED.fullmatch(path) or ".." in path.split("/")):
            raise Failed(f"the patch changes a file it may not change: {path[:200]}")
    for line in repository.git("apply", "--summary", str(patch.resolve())).splitlines():
        if not re.match(r"^ ?(create mode 100644|delete mode 100644|rename|rewrite|similarity) ?", line):
            raise Failed(f"the patch creates more than plain files: {line.strip()[:200]}")


def _is_pushed(repository: Repository) -> bool:
    ref = f"+refs/heads/{BRANCH}:refs/remotes/origin/{BRANCH}"
    repository.git_or_empty(*CREDENTIALS, "fetch", "--quiet", "--depth", "2", "origin", ref)
    here, there = (
        repository.git_or_empty("rev-parse", f"{commit}^{{tree}}", f"{commit}~1")
        for commit in ("HEAD", f"origin/{BRANCH}")
    )
    return bool(here) and here == there


def _open_pull_request(repository: Repository) -> str:
    return _first(repository.gh("pr", "list", "--head", BRANCH, "--state", "open", "--json", "number"))


def _open_issue(repository: Repository) -> str:
    return _first(
        repository.gh("issue", "list", "--label", FAILURE_LABEL, "--state", "open", "--json", "number")
    )


def _first(listed: str) -> str:
    found = json.loads(listed or "[]")
    return str(found[0]["number"]) if found else ""


def _text(path: Path, max_characters: int) -> str:
    text = path.read_text("utf-8", "replace")[:max_characters].strip()
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _body(path: Path) -> str:
    text = path.read_text("utf-8", "replace")
    return (
        text
        if len(text) <= MAX_CHARACTERS
        else text[:MAX_CHARACTERS] + "\n\nTruncated; the artifacts of the run have the whole report.\n"
    )


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: done. 1: the artifacts are not usable, or git or gh failed."""
    parser = argparse.ArgumentParser(
        prog="github", description="Update the pull request and the issue of the nightly job."
    )
    parser.add_argument("command", choices=("pull-request", "open-failure-issue", "close-failure-issue"))
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="default: %(default)s")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[2], help="the repository"
    )
    parser.add_argument(
        "--run", default="a local run", help="URL or name of the run, for the issue (default: %(default)s)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="create the branch and the commit only; do not use GitHub"
    )
    options = parser.parse_args(arguments)
    repository = Repository(options.root, dry_run=options.dry_run)
    try:
        if options.command == "pull-request":
            print(update_pull_request(options.artifacts, repository))
        elif options.command == "open-failure-issue":
            print(open_failure_issue(options.artifacts, repository, options.run))
        else:
            print(close_failure_issue(repository, options.run))
    except (Failed, OSError) as failed:
        print(f"github: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
