"""What must hold before a release is built, and its notes from the changelog."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.compile(r"^\d+\.\d+\.\d+((a|b|rc)\d+)?$")


def version(root: Path) -> str:
    """The version the build and the User-Agent read."""
    text = (root / "src" / "textrequest_ext" / "_version.py").read_text("utf-8")
    return text.rpartition("=")[2].strip().strip("\"'")


def problems(root: Path, tag: str | None) -> list[str]:
    """What speaks against a release, one reason an entry; tag: as pushed, or None before there is one."""
    found = []
    number = version(root)
    if not VERSION.match(number):
        found.append(f"_version.py says {number!r}; a version is written 1.2.3 or 1.2.3rc1")
    if tag is not None and tag != f"v{number}":
        found.append(f"the tag is {tag}, _version.py says {number}: the tag must be v{number}")
    if not notes(root, number):
        found.append(f"CHANGELOG.md has nothing under a heading ## [{number}] - YYYY-MM-DD")
    contract = (root / "openapi.yaml").read_text("utf-8")
    todo = [
        number
        for number, line in enumerate(contract.splitlines(), 1)
        if re.search(r"\bTODO: (check|describe);", line)
    ]
    if todo:
        found.append(f"openapi.yaml still lacks words in {len(todo)} places, the first in line {todo[0]}")
    return found


def notes(root: Path, number: str) -> str:
    """What the changelog says about a version; empty if it does not name it with a day."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(number)}\] - \d{{4}}-\d\d-\d\d$"
    found = re.search(rf"{heading}\n(.*?)(?=^## |^\[[^\]]+\]: |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def main(arguments: list[str] | None = None) -> int:
    """0: ready, or notes printed. 1: something speaks against it."""
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
