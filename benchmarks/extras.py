"""Which optional extras of the package there are, and what they install."""

from __future__ import annotations

from importlib.metadata import metadata
from importlib.util import find_spec

from benchmarks.measuring import PACKAGE

# Modules of the extras that are used as soon as they can be imported. Without the extra, they are blocked.
SPEED_MODULES = ("msgspec", "orjson")


def missing(extra: str, *modules: str) -> str | None:
    """Why an extra cannot be measured, or None if it can."""
    if extra not in (metadata(PACKAGE).get_all("Provides-Extra") or []):
        return f"the package has no extra {extra!r}"
    absent = [name for name in modules if find_spec(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None
