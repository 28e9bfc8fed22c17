"""Prove that the cassettes catch what they are there for: break the package, one thing at a time, in a copy.

    make prove

Each break is a regression of a class seen before. For each, the cassette tests run in the copy, and at
least one must fail; which ones do is printed. Exit status 1 if a break goes unnoticed.
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


class Break(NamedTuple):
    """A piece of code, and what to put in its place."""

    what: str
    file: str
    code: str
    broken: str


EXT, API = "src/textrequest_ext", "generated/textrequest_api"
BREAKS = (
    Break("paging skips pages", f"{EXT}/walk.py", "self.number += 1\n", "self.number += 2\n"),
    Break(
        "the location tag is not added",
        f"{EXT}/location.py",
        'return f"{body.rstrip()} {LOCATION_REQUEST_TAG}".lstrip()',
        "return body",
    ),
    Break(
        "the key goes into another header",
        f"{EXT}/configuration.py",
        'KEY_HEADER = "x-api-key"',
        'KEY_HEADER = "authorization"',
    ),
    Break(
        "a field of a body is misnamed",
        f"{API}/models/contact_message_request.py",
        '"body": "body"',
        '"text": "body"',
    ),
    Break("a 503 is not repeated", f"{EXT}/retry.py", "502, 503, 504})", "502, 504})"),
    Break(
        "a send is repeated after a 500",
        f"{EXT}/retry.py",
        "if repeatable else outcome.status",
        "if True else outcome.status",
    ),
)


def failures(copy: Path) -> list[str]:
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


def main() -> int:
    unnoticed = 0
    for one in (None, *BREAKS):
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory)
            for name in COPIED:
                original = ROOT / name
                (shutil.copytree if original.is_dir() else shutil.copy)(original, copy / name)
            if one is not None:
                path = copy / one.file
                text = path.read_text("utf-8")
                if text.count(one.code) != 1:
                    print(f"{one.what}: {one.file} no longer holds exactly one {one.code!r}")
                    return 1
                path.write_text(text.replace(one.code, one.broken), "utf-8")
            failed = failures(copy)
        if one is None:
            if failed:
                print(f"the cassette tests fail as they are: {', '.join(failed)}")
                return 1
            continue
        unnoticed += not failed
        print(f"{one.what}: {', '.join(failed) if failed else 'NOT NOTICED'}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
