"""Fail where a text of this repository uses a word that CONTRIBUTING.md replaces by a standard term.

    python scripts/check_terms.py [PATH ...]

The table in CONTRIBUTING.md is the only list of the words. PATH: files or folders, the whole
repository by default. Prints `file:line: word: write …` for each finding; exits 1 if there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "CONTRIBUTING.md"
# The table itself, recorded data, and licenses written by others.
EXCLUDED = ("CONTRIBUTING.md", "LICENSE", "tests/cassettes/recorded/", "constraints.txt")

# Not a finding after these: ast.walk, os.walk, pkgutil.walk_packages, and serve_forever of a server.
STANDARD_LIBRARY = r"(?<!ast\.)(?<!os\.)(?<!pkgutil\.)(?<!serve_)"


def terms(table: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns and their replacements, from the rows of the table."""
    rows = re.findall(r"^\| (`.+`) \| (.+) \|$", table, re.MULTILINE)
    return [
        (
            re.compile(rf"(?<![^\W_]){STANDARD_LIBRARY}(?:{pattern})(?![^\W_])", re.IGNORECASE),
            replacement.replace("`", ""),
        )
        for words, replacement in rows
        for pattern in re.findall(r"`([^`]+)`", words.replace(r"\|", "|"))
    ]


def findings(path: Path, patterns: list[tuple[re.Pattern[str], str]]) -> Iterator[str]:
    """The findings of one file, in its order; a phrase that a line break divides is found too."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    # Same length as the text, so that positions are those of the file.
    folded = re.sub(r"\n[ \t]*#?", lambda match: " " * len(match[0]), text)
    folded = re.sub(r"  +", lambda match: " " + "\0" * (len(match[0]) - 1), folded)
    found = set()
    for pattern, replacement in patterns:
        loose = re.compile(pattern.pattern.replace(" ", "[ \0]+"), pattern.flags)
        for match in loose.finditer(folded):
            line = text.count("\n", 0, match.start()) + 1
            word = " ".join(match[0].replace("\0", " ").split())
            found.add((line, f"{path.relative_to(ROOT)}:{line}: {word}: write {replacement}"))
    yield from (message for _, message in sorted(found))


def main(arguments: list[str]) -> int:
    patterns = terms(TABLE.read_text("utf-8"))
    if not patterns:
        raise SystemExit(f"{TABLE.name}: no table of terms")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    messages = [
        message
        for name in sorted(filter(None, listed.split("\0")))
        if not name.startswith(EXCLUDED) and (ROOT / name).is_file()
        for message in findings(ROOT / name, patterns)
    ]
    sys.stdout.writelines(f"{message}\n" for message in messages)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
