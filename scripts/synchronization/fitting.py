"""Fit the overlay to a new document, and say what to do if a document is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from regeneration import Misfit, Refused, access, conventions, overlay
from synchronization.corrections import Correction, reconcile, without_part

ADVICE = {
    "document": "correct a copy of the document, and pass it as SPEC to make sync",
    "overlay": "correct it by an action in openapi.overlay.yaml",
}


@contextmanager
def advice(step: str) -> Iterator[None]:
    """Add what to do to the message of a refusal that does not say it. step: a key of ADVICE."""
    try:
        yield
    except Refused as refused:
        if "openapi.overlay.yaml" in str(refused):
            raise
        raise Refused(f"{refused}; {ADVICE[step]}") from refused


def fit(
    text: str, ours: dict[str, Any], theirs: dict[str, Any], moved: dict[str, str]
) -> tuple[str, list[Correction], dict[str, Any]]:
    """The overlay for a new document: its text, what was changed in it, and the built document.

    text: the overlay that fits `ours`. moved: the paths that were renamed, old to new. Raises Refused.
    """
    text, corrections = reconcile(text, ours, theirs, moved)
    while True:
        actions = overlay.parse(text, "openapi.overlay.yaml")
        corrected = overlay.apply(conventions.without_instructions(theirs), actions)
        try:
            built = conventions.prepare(conventions.with_tags_of(theirs, corrected))
        except Misfit as misfit:
            text, correction = without_part(text, corrected, misfit)
            corrections.append(correction)
            continue
        access.server(theirs, built)
        return text, corrections, built
