"""The contract, prepared documents merged into it, and copies of the project."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from synchronization_support import OUR_OVERLAY, OUR_TEXT, ROOT

from regeneration import source
from synchronization import contract, prepared, staging
from synchronization.corrections import Correction
from synchronization.fitting import fit
from synchronization.merge import Merged, merge


@pytest.fixture(autouse=True)
def _no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests use neither Node nor the network."""
    monkeypatch.setenv("SYNC_REDOCLY", "off")


@pytest.fixture(scope="session")
def ours() -> dict[str, Any]:
    """Our contract; do not change it."""
    return source.load(str(ROOT / "openapi.yaml"))


@pytest.fixture(scope="session")
def built() -> dict[str, Any]:
    """The built contract; do not change it."""
    document: dict[str, Any] = json.loads(
        (ROOT / "generated" / "textrequest_api" / "openapi.json").read_text("utf-8")
    )
    return document


class Prepared:
    """A merged document: the new contract, the updated overlay, and the built document."""

    def __init__(self, document: dict[str, Any], ours: dict[str, Any]) -> None:
        self.theirs = document
        self.merged: Merged = merge(OUR_TEXT, document)
        self.contract = source.parse(self.merged.text.encode(), "merged")
        self.overlay: str
        self.corrections: list[Correction]
        self.overlay, self.corrections, self.built = fit(OUR_OVERLAY, ours, self.contract, self.merged.moved)


@pytest.fixture(
    scope="module"
)  # of one module; afterwards its documents would slow down the garbage collector
def prepare(
    ours: dict[str, Any],
) -> Callable[[prepared.Change], Prepared]:
    """Merges a prepared change, once for all tests; nothing is generated."""
    cache: dict[str, Prepared] = {}

    def prepared(change: prepared.Change) -> Prepared:
        if change.name not in cache:
            theirs = contract.without_extensions(change.document(ours))
            cache[change.name] = Prepared(theirs, ours)
        return cache[change.name]

    return prepared


@pytest.fixture
def project() -> Iterator[Path]:
    """A copy of the project."""
    with staging.copy_of(ROOT) as copy:
        yield copy
