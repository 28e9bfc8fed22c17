"""The prepared changes of the document, the verdict on each, and the table of docs/document-changes.md.

The changes are overlays in tests/synchronization/changes. They are applied to our own document with other
prose, as if it came from the vendor. More keys than those of an overlay:

  x-expected    status: of the job. report: parts of the report, or of the message. result: for the table
  x-hint        actions that the maintainer adds to our overlay, as the message says, or to make a list pageable
  x-combined    the group of changes that the quick tests generate together; by default its verdict
  x-move        from, to: another name of a path
  x-document    keys of the document itself
  x-properties  schema, number: of properties that are added
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from regeneration import Refused, overlay, package, source
from synchronization import contract, staging
from synchronization import differences as comparison
from synchronization.fitting import advice, fit
from synchronization.merge import moved_paths

ROOT = Path(__file__).resolve().parents[2]
VENDOR_PROSE = "In the vendor's own words."
CHANGES = ROOT / "tests" / "synchronization" / "changes"
TABLE = ROOT / "docs" / "document-changes.md"
NOT_BREAKING, REFUSED, BREAKING = 0, 2, 3
VERDICTS = {NOT_BREAKING: "nothing breaks", BREAKING: "breaks", REFUSED: "refused"}


@dataclass(frozen=True)
class Change:
    """A prepared change: its file, the expected exit status, and the expected parts of the report."""

    path: Path
    status: int
    report: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def content(self) -> dict[str, Any]:
        """The content of the file."""
        return _read(self.path)

    @property
    def hint(self) -> list[dict[str, Any]]:
        """The actions to add to our overlay."""
        return list(self.content.get("x-hint", []))

    @property
    def group(self) -> str:
        """The changes that can be made together."""
        return str(self.content.get("x-combined", VERDICTS[self.status]))

    def document(self, published: dict[str, Any]) -> dict[str, Any]:
        """The vendor's document with this change."""
        return self.apply(with_vendor_prose(published))

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """A document with this change."""
        whole = self.content
        changed = document | whole.get("x-document", {})
        move = whole.get("x-move")
        if move:
            changed["paths"] = {
                move["to"] if path == move["from"] else path: item for path, item in changed["paths"].items()
            }
        changed = overlay.apply(changed, whole["actions"])
        many = whole.get("x-properties")
        if many:
            properties = {f"value_{number}": {"type": "string"} for number in range(many["number"])}
            changed["components"]["schemas"][many["schema"]]["properties"] = properties
        return changed


@cache
def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


def changes() -> list[Change]:
    """All prepared changes."""
    found = []
    for path in sorted(CHANGES.glob("*.yaml")):
        expected = _read(path)["x-expected"]
        found.append(Change(path, expected["status"], tuple(expected["report"])))
    return found


def groups() -> dict[str, list[Change]]:
    """The changes that can be generated, those that are refused with their hint, by their groups."""
    found: dict[str, list[Change]] = {}
    for change in changes():
        if change.status != REFUSED or change.hint:
            found.setdefault(change.group, []).append(change)
    return found


def with_vendor_prose(node: Any) -> Any:
    """The document with other descriptions, and without summaries and examples."""
    if isinstance(node, dict):
        return {
            key: VENDOR_PROSE if key == "description" and isinstance(value, str) else with_vendor_prose(value)
            for key, value in node.items()
            if key not in ("summary", "example", "examples", "externalDocs")
        }
    return [with_vendor_prose(item) for item in node] if isinstance(node, list) else node


def without_ids(document: dict[str, Any]) -> dict[str, Any]:
    """The document without operationIds, which is also a published form."""
    return overlay.apply(
        document, [{"target": "$.paths.*.*.operationId", "description": "none", "remove": True}]
    )


def reordered(node: Any) -> Any:
    """The document with the keys of its mappings in reverse order."""
    if isinstance(node, dict):
        return {key: reordered(value) for key, value in reversed(node.items())}
    return [reordered(item) for item in node] if isinstance(node, list) else node


def documents() -> Iterator[tuple[str, dict[str, Any], str, int, tuple[str, ...]]]:
    """The documents: name, document, suffix of its file, expected exit status and parts of the report."""
    published = source.load(str(ROOT / staging.CONTRACT))
    yield "other prose", with_vendor_prose(published), ".yaml", 0, ("no change",)
    yield (
        "without ids, as JSON, reordered",
        reordered(without_ids(with_vendor_prose(published))),
        ".json",
        0,
        ("no change",),
    )
    for change in changes():
        yield change.name, change.document(published), ".json", change.status, change.report


def with_hint(text: str, actions: Iterable[dict[str, Any]]) -> str:
    """The text of an overlay with more actions at its end."""
    added = "".join(f"  - {json.dumps(action, ensure_ascii=False)}\n" for action in actions)
    return f"{text.rstrip()}\n{added}"


def quick_verdict(theirs: dict[str, Any], ours: dict[str, Any], built: dict[str, Any]) -> tuple[int, str]:
    """The exit status for a document, and the differences or the message, without generating the package.

    built: the built document of ours. The whole job finds what breaks in Python too; `make rehearsal` runs it.
    """
    try:
        with advice("document"):
            theirs = source.parse(json.dumps(theirs).encode(), "document")
            package.check(theirs, "document")
            contract.check_text(theirs, "document")
        theirs = contract.without_extensions(theirs)
        with advice("overlay"):
            text = (ROOT / staging.OVERLAY).read_text("utf-8")
            moved = moved_paths(ours["paths"], theirs["paths"])
            _, _, after = fit(text, ours, source.in_order_of(theirs, ours), moved)
    except Refused as refused:
        return REFUSED, str(refused)
    found = comparison.differences(built, after)
    status = BREAKING if any(one.severity == "major" for one in found) else NOT_BREAKING
    return status, rows(found)


def rows(found: Iterable[comparison.Difference]) -> str:
    """The differences as the report shows them."""
    return "\n".join(f"{one.severity} | {one.kind} | `{one.where}` | `{one.what}`" for one in found)


def table() -> str:
    """The page with the prepared changes and the verdict on each."""
    listed = sorted(changes(), key=lambda change: (list(VERDICTS).index(change.status), change.name))
    rows = []
    for change in listed:
        title = " ".join(str(change.content["info"]["title"]).split())
        rows.append(f"| {title} | {VERDICTS[change.status]} | {change.content['x-expected']['result']} |")
    counts = ", ".join(
        f"{sum(change.status == status for change in listed)} {verdict}"
        for status, verdict in VERDICTS.items()
    )
    return (
        "# Changes of the document\n\n"
        f"The nightly job is rehearsed with {len(listed)} prepared changes of the vendor's document: {counts}.\n"
        "For each, `make rehearsal` checks the verdict, the report, that the package regenerates, and a small call with\n"
        "what is new against a mock transport. `make test` checks the same for all of them together, without running the\n"
        "whole job. The files are in `tests/synchronization/changes`; this page is written by `make document-changes`.\n\n"
        "| Change | Verdict | Result |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "**Nothing breaks**: the pull request can be merged after a look at it. **Breaks**: the report says what, and which\n"
        "version comes next. **Refused**: nothing was changed; the message says what to do. Where that is an action in the\n"
        "overlay, it is tried too.\n"
    )


def write_table() -> None:
    """Write the page."""
    TABLE.write_text(table(), "utf-8")


def built_together(group: list[Change], ours: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Generate one package from all changes of a group, in folder. Returns the built document."""
    theirs = with_vendor_prose(ours)
    for change in group:
        theirs = change.apply(theirs)
    hints = [action for change in group for action in change.hint]
    text = with_hint((ROOT / staging.OVERLAY).read_text("utf-8"), hints)
    theirs = source.in_order_of(contract.without_extensions(theirs), ours)
    _, _, built = fit(text, ours, theirs, moved_paths(ours["paths"], theirs["paths"]))
    package.check(built, "the changes together")
    package.write(built, {}, ROOT / "codegen", folder)
    return built
