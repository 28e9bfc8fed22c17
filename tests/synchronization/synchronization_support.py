"""Shared by the tests of the nightly job."""

from __future__ import annotations

import hashlib
from pathlib import Path

from synchronization import rehearsal, staging

ROOT = Path(__file__).resolve().parents[2]
OUR_TEXT = (ROOT / "openapi.yaml").read_text("utf-8")
OUR_OVERLAY = (ROOT / "openapi.overlay.yaml").read_text("utf-8")
CHANGES = rehearsal.changes()


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
