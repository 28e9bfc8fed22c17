"""Check that a release is ready, and print its notes from the changelog."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.compile(r"^\d+\.\d+\.\d+((a|b|rc)\d+)?$")


def version(root: Path) -> str:
    """The version of the package, which the build and the User-Agent use."""
    text = (root / "src" / "textrequest_ext" / "_version.py").read_text("utf-8")
    return text.rpartition("=")[2].strip().strip("\"'")


def problems(root: Path, tag: str | None) -> list[str]:
    """Why the project cannot be released; empty if it is ready. tag: the pushed tag, or None without one."""
    found = []
    number = version(root)
    if not VERSION.match(number):
        found.append(f"_version.py has the version {number!r}; the format is 1.2.3 or 1.2.3rc1")
    if tag is not None and tag != f"v{number}":
        found.append(f"the tag is {tag} and _version.py has {number}: the tag must be v{number}")
    if not notes(root, number):
        found.append(f"CHANGELOG.md has no entries under a heading ## [{number}] - YYYY-MM-DD")
    contract = (root / "openapi.yaml").read_text("utf-8")
    todo = [
        number
        for number, line in enumerate(contract.splitlines(), 1)
        if re.search(r"\bTODO: (check|describe);", line)
    ]
    if todo:
        found.append(
            f"openapi.yaml has {len(todo)} descriptions to write or check, the first in line {todo[0]}"
        )
    return found


def notes(root: Path, number: str) -> str:
    """The changelog of a version; empty if it has no heading with the version and a date."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(number)}\] - \d{{4}}-\d\d-\d\d$"
    found = re.search(rf"{heading}\n(.*?)(?=^## |^\[[^\]]+\]: |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: ready, or the notes were printed. 1: not ready."""
    parser = argparse.ArgumentParser(
        prog="release", description="Check that a release is ready, or print its notes."
    )
    parser.add_argument("command", choices=("check", "notes"))
    parser.add_argument("--tag", help="the tag that was pushed, such as v1.2.3")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project")
    options = parser.parse_args(arguments)
    if options.command == "notes":
        print(notes(options.root, version(options.root)))
        return 0
    found = problems(options.root, options.tag or None)
    for problem in found:
        print(f"release: {problem}", file=sys.stderr)
    if not found:
        print(f"{version(options.root)} is ready")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
