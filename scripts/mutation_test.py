"""Check that the cassette tests find bugs: introduce one bug at a time in a copy of the project.

    make mutation-test

Each mutation is a kind of bug that was made before. The cassette tests run in the copy and at least one
of them must fail; the failing tests are printed. Exit status 1 if no test fails for a mutation, or if a
mutation no longer fits the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("src", "generated", "tests", "pyproject.toml")


class Mutation(NamedTuple):
    """A bug: a piece of code that occurs once in a folder, and its replacement."""

    bug: str
    folder: str
    code: str
    replacement: str


SRC, MODELS = "src/textrequest_ext", "generated/textrequest_api/models"
MUTATIONS = (
    Mutation("pagination skips pages", SRC, "        self.number += 1\n", "        self.number += 2\n"),
    Mutation(
        "the location tag is not added",
        SRC,
        'return f"{body.rstrip()} {LOCATION_REQUEST_TAG}".lstrip()',
        "return body",
    ),
    Mutation(
        "the API key is sent in another header",
        SRC,
        'KEY_HEADER = "x-api-key"',
        'KEY_HEADER = "authorization"',
    ),
    Mutation(
        "a property of a request body has the wrong name",
        f"{MODELS}/post_message_request.py",
        '"from_": "from"',
        '"from_": "sender"',
    ),
    Mutation("a 503 is not retried", SRC, "502, 503, 504})", "502, 504})"),
    Mutation(
        "a send is retried after a 500",
        SRC,
        "else outcome.status_code == 429",
        "else outcome.status_code >= 429",
    ),
)


class DoesNotFit(Exception):
    """The code of a mutation does not occur exactly once."""


def apply(mutation: Mutation, root: Path) -> Path:
    """Introduce the bug into the project at root and return the changed file; raises DoesNotFit."""
    place = root / mutation.folder
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    texts = {path: path.read_text("utf-8") for path in files}
    found = [path for path, text in texts.items() for _ in range(text.count(mutation.code))]
    if len(found) != 1:
        raise DoesNotFit(f"{mutation.bug}: {mutation.code!r} occurs {len(found)} times in {mutation.folder}")
    found[0].write_text(texts[found[0]].replace(mutation.code, mutation.replacement), "utf-8")
    return found[0]


def failing_tests(copy: Path) -> list[str]:
    """The names of the cassette tests that fail in a copy."""
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--quiet",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "tests/cassettes",
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(copy / name) for name in ("src", "generated"))},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in result.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return sorted({line.split("::")[1].split("[")[0].split(" ")[0] for line in lines if "::" in line})


def run(mutation: Mutation | None) -> list[str]:
    """The cassette tests that fail with a mutation, or without one."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        for name in COPIED:
            original = ROOT / name
            (shutil.copytree if original.is_dir() else shutil.copy)(original, copy / name)
        if mutation is not None:
            apply(mutation, copy)
        return failing_tests(copy)


def main() -> int:
    failing = run(None)
    if failing:
        print(f"the cassette tests fail without a mutation: {', '.join(failing)}")
        return 1
    status = 0
    for mutation in MUTATIONS:
        try:
            failing = run(mutation)
        except DoesNotFit as error:
            print(error)
            return 1
        status = status if failing else 1
        print(f"{mutation.bug}: {', '.join(failing) if failing else 'NO TEST FAILS'}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
