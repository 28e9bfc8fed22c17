"""The second half of the nightly job: from artifacts to a pull request, or to an issue that says it failed.

Runs where there is a token and nothing that was generated is run: the standard library, git and gh.
What the first half hands over is only text and a patch, and the patch may touch the contract, the
overlay and the generated package alone.
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
ALARM = "The nightly regeneration fails"
ALARM_LABEL = "regen-failed"
COLORS = {"contract": "1d76db", "breaking": "b60205", "semver:major": "b60205", "semver:minor": "fbca04",
          "semver:patch": "0e8a16", ALARM_LABEL: "b60205"}  # fmt: skip
AUTHOR = (
    "-c",
    "user.name=textrequest-ext regeneration",
    "-c",
    "user.email=regeneration@users.noreply.github.com",
)
# The checkout keeps no credentials; gh hands git the token it has, for one command.
CREDENTIALS = ("-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential")
MOST_CHARACTERS = 60_000  # GitHub takes 65,536 for a body


class Failed(Exception):
    """The artifacts cannot become a pull request."""


class Desk:
    """git and gh in one repository; a dry run makes the branch and the commit and leaves GitHub alone."""

    def __init__(self, root: Path, *, dry_run: bool) -> None:
        self.root, self.dry_run = root, dry_run

    def git(self, *arguments: str) -> str:
        return self._run(["git", *arguments])

    def answers(self, *arguments: str) -> str:
        """The output of a git command that may fail, empty if it does."""
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

    def label(self, names: Sequence[str]) -> None:
        for name in names:
            self.gh("label", "create", name, "--force", "--color", COLORS.get(name, "ededed"))


def propose(artifacts: Path, desk: Desk) -> str:
    """Make the branch anew from where the repository stands, and open or renew its pull request.

    Without a patch there is nothing to propose, and a pull request that is still open has been
    overtaken: it is closed. Returns what was done, in a line.
    """
    patch = artifacts / "change.patch"
    if not patch.is_file() or not patch.stat().st_size:
        return _withdraw(desk)
    _check(patch, desk)
    title, body = _text(artifacts / "title.txt", 120), _body(artifacts / "report.md")
    labels = [line for line in _text(artifacts / "labels.txt", 200).split() if line in COLORS]
    desk.git("switch", "--quiet", "--force-create", BRANCH)
    desk.git("apply", "--index", "--whitespace=nowarn", str(patch.resolve()))
    desk.git(
        *AUTHOR,
        "commit",
        "--quiet",
        "--message",
        title,
        "--message",
        "Made by the nightly job from the vendor's document; the pull request says what it breaks.",
    )
    commit = desk.git("rev-parse", "--short", "HEAD")
    (artifacts / "body.md").write_text(body, "utf-8")
    if desk.dry_run:
        return f"dry run: branch {BRANCH}, commit {commit}\ntitle: {title}\nlabels: {', '.join(labels)}\n\n{body}"
    desk.label(labels)
    open_one = _open_pull_request(desk)
    if open_one and _same_as_pushed(desk):
        return f"pull request {open_one} proposes this already"
    desk.git(*CREDENTIALS, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    words = ["--title", title, "--body-file", str((artifacts / "body.md").resolve())]
    if open_one:
        known = json.loads(desk.gh("pr", "view", open_one, "--json", "labels"))["labels"]
        stale = [label["name"] for label in known if label["name"] in COLORS and label["name"] not in labels]
        desk.gh(
            "pr", "edit", open_one, *words, *_each("--add-label", labels), *_each("--remove-label", stale)
        )
        return f"pull request {open_one} renewed"
    base = os.environ.get("BASE_BRANCH", "main")
    return desk.gh("pr", "create", "--head", BRANCH, "--base", base, *words, *_each("--label", labels))


def alarm(artifacts: Path, desk: Desk, run: str) -> str:
    """Open the issue that says the job fails, or add to the one that is open."""
    reason = _text(artifacts / "refused.txt", 2000) if (artifacts / "refused.txt").is_file() else ""
    fenced = f"\n\n```\n{reason.replace('```', chr(39) * 3)}\n```" if reason else ""
    body = f"The nightly regeneration did not finish: {run}{fenced}\n\nUntil it does, changes of the API go unnoticed. docs/regeneration.md says what to do.\n"
    if desk.dry_run:
        return f"dry run: issue: {ALARM}\n\n{body}"
    number = _open_issue(desk)
    if number:
        desk.gh("issue", "comment", number, "--body", body)
        return f"issue {number}: one more"
    desk.label([ALARM_LABEL])
    return desk.gh("issue", "create", "--title", ALARM, "--label", ALARM_LABEL, "--body", body)


def all_clear(desk: Desk, run: str) -> str:
    """Close the issue that says the job fails, if there is one."""
    number = "" if desk.dry_run else _open_issue(desk)
    if not number:
        return "nothing to close"
    desk.gh("issue", "close", number, "--comment", f"It works again: {run}")
    return f"issue {number} closed"


def _withdraw(desk: Desk) -> str:
    if desk.dry_run:
        return "dry run: nothing to propose"
    number = _open_pull_request(desk)
    if not number:
        return "nothing to propose"
    desk.gh(
        "pr",
        "close",
        number,
        "--delete-branch",
        "--comment",
        "Overtaken: the contract here is the vendor's again.",
    )
    return f"pull request {number} closed: overtaken"


def _check(patch: Path, desk: Desk) -> None:
    """Refuse a patch that reaches beyond what a document may change, or makes links or programs."""
    for line in desk.git("apply", "--numstat", "-z", str(patch.resolve())).split("\0"):
        parts = line.split("\t")
        path = parts[-1]
        if path and (not ALLOWED.fullmatch(path) or ".." in path.split("/")):
            raise Failed(f"the patch touches {path[:200]}")
    for line in desk.git("apply", "--summary", str(patch.resolve())).splitlines():
        if not re.match(r"^ ?(create mode 100644|delete mode 100644|rename|rewrite|similarity) ?", line):
            raise Failed(f"the patch does more than change files: {line.strip()[:200]}")


def _same_as_pushed(desk: Desk) -> bool:
    ref = f"+refs/heads/{BRANCH}:refs/remotes/origin/{BRANCH}"
    desk.answers(*CREDENTIALS, "fetch", "--quiet", "--depth", "2", "origin", ref)
    here, there = (
        desk.answers("rev-parse", f"{commit}^{{tree}}", f"{commit}~1")
        for commit in ("HEAD", f"origin/{BRANCH}")
    )
    return bool(here) and here == there


def _open_pull_request(desk: Desk) -> str:
    return _first(desk.gh("pr", "list", "--head", BRANCH, "--state", "open", "--json", "number"))


def _open_issue(desk: Desk) -> str:
    return _first(desk.gh("issue", "list", "--label", ALARM_LABEL, "--state", "open", "--json", "number"))


def _first(listed: str) -> str:
    found = json.loads(listed or "[]")
    return str(found[0]["number"]) if found else ""


def _text(path: Path, most: int) -> str:
    text = path.read_text("utf-8", "replace")[:most].strip()
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _body(path: Path) -> str:
    text = path.read_text("utf-8", "replace")
    return (
        text
        if len(text) <= MOST_CHARACTERS
        else text[:MOST_CHARACTERS] + "\n\nCut here; the run has the whole report.\n"
    )


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


def main(arguments: list[str] | None = None) -> int:
    """0: done. 1: the artifacts are not what they must be, or git or gh failed."""
    parser = argparse.ArgumentParser(
        prog="pull_request", description="Open, renew or close what the nightly job has on GitHub."
    )
    parser.add_argument("command", choices=("propose", "alarm", "all-clear"))
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="default: %(default)s")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[2], help="the repository"
    )
    parser.add_argument(
        "--run", default="a run on this machine", help="what to call the run in an issue: its address"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="make the branch and the commit; leave GitHub alone"
    )
    options = parser.parse_args(arguments)
    desk = Desk(options.root, dry_run=options.dry_run)
    try:
        if options.command == "propose":
            print(propose(options.artifacts, desk))
        elif options.command == "alarm":
            print(alarm(options.artifacts, desk, options.run))
        else:
            print(all_clear(desk, options.run))
    except (Failed, OSError) as failed:
        print(f"pull request: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
