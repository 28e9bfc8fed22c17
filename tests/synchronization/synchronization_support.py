"""Shared by the tests of the nightly job."""

from __future__ import annotations

import difflib
import hashlib
import re
from pathlib import Path

from synchronization import prepared, staging

ROOT = Path(__file__).resolve().parents[2]
OUR_TEXT = (ROOT / "openapi.yaml").read_text("utf-8")
OUR_OVERLAY = (ROOT / "openapi.overlay.yaml").read_text("utf-8")
# Those that change what there is. test_sync_prepared.py has all of them.
OLD = re.compile(
    r"(corrections|enum-value|operation|parameter|path|property|response-container|webhook)"
    r"-(.*-)?(added|changed|documented|ids|moved|removed|renamed|required|retyped)"
)
CHANGES = [change for change in prepared.changes() if OLD.fullmatch(change.name)]


def fingerprint(folder: Path) -> str:
    """A hash of the files of a project that a document may change."""
    digest = hashlib.sha256()
    for name in staging.CHANGED:
        place = folder / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def changed_lines(text: str) -> tuple[list[str], list[str]]:
    """The lines removed from our file, and the lines added to it."""
    lines = [*difflib.unified_diff(OUR_TEXT.splitlines(), text.splitlines(), lineterm="", n=0)][2:]
    return [line[1:] for line in lines if line[0] == "-"], [line[1:] for line in lines if line[0] == "+"]
