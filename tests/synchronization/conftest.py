"""The published contract as the vendor writes it, and copies of the project to work on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from synchronization_support import OUR_OVERLAY, OUR_TEXT, ROOT

import regeneration.__main__ as regeneration_command
from regeneration import package, source
from synchronization import contract, rehearsal, staging
from synchronization.corrections import Correction, reconcile
from synchronization.merge import Merged, merge


@pytest.fixture(autouse=True)
def _no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests need neither Node nor a network."""
    monkeypatch.setenv("SYNC_REDOCLY", "off")


@pytest.fixture(scope="session")
def ours() -> dict[str, Any]:
    """Our contract; not to be changed."""
    return source.load(str(ROOT / "openapi.yaml"))


@pytest.fixture(scope="session")
def built() -> dict[str, Any]:
    """The built contract as it stands; not to be changed."""
    document: dict[str, Any] = json.loads(
        (ROOT / "generated" / "textrequest_api" / "openapi.json").read_text("utf-8")
    )
    return document


class Prepared:
    """A vendor's document brought in: the merged contract, the fitting overlay, and the built document."""

    def __init__(self, document: dict[str, Any], ours: dict[str, Any], folder: Path) -> None:
        self.theirs = document
        self.merged: Merged = merge(OUR_TEXT, document)
        self.contract = source.parse(self.merged.text.encode(), "merged")
        self.overlay: str
        self.corrections: list[Correction]
        self.overlay, self.corrections = reconcile(OUR_OVERLAY, ours, self.contract, self.merged.moved)
        contract, overlay = folder / "openapi.yaml", folder / "openapi.overlay.yaml"
        contract.write_text(self.merged.text, "utf-8")
        overlay.write_text(self.overlay, "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(regeneration_command, "CONTRACT", contract)
            patch.setattr(regeneration_command, "OVERLAY", overlay)
            # Half of the time, and what is generated from it in other tests is validated there.
            patch.setattr(package, "check", lambda document, name: None)
            self.built = regeneration_command.build(self.contract, "merged")


@pytest.fixture(scope="session")
def prepare(
    ours: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[rehearsal.Change], Prepared]:
    """Brings a prepared change in, once, up to the built document; nothing is generated."""
    known: dict[str, Prepared] = {}

    def prepared(change: rehearsal.Change) -> Prepared:
        if change.name not in known:
            theirs = contract.without_extensions(change.document(ours))
            known[change.name] = Prepared(theirs, ours, tmp_path_factory.mktemp("prepared"))
        return known[change.name]

    return prepared


@pytest.fixture
def project() -> Iterator[Path]:
    """A copy of the project."""
    with staging.copy_of(ROOT) as copy:
        yield copy
