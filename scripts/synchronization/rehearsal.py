"""Run the nightly job on prepared documents, each in a copy of the project, and check its exit status and report.

The changes are overlays in tests/synchronization/changes. They are applied to our own document with other
prose, as if it came from the vendor. `x-expected` has the expected exit status and parts of the report.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from regeneration import overlay, source
from synchronization import staging
from synchronization.__main__ import ROOT, TESTS

VENDOR_PROSE = "In the vendor's own words."
CHANGES = ROOT / "tests" / "synchronization" / "changes"


@dataclass(frozen=True)
class Change:
    """A prepared change: its file, the expected exit status, and the expected parts of the report."""

    path: Path
    status: int
    report: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    def document(self, published: dict[str, Any]) -> dict[str, Any]:
        """The vendor's document with this change."""
        whole = yaml.safe_load(self.path.read_text("utf-8"))
        changed = with_vendor_prose(published)
        move = whole.get("x-move")
        if move:
            changed["paths"] = {
                move["to"] if path == move["from"] else path: item for path, item in changed["paths"].items()
            }
        return overlay.apply(changed, whole["actions"])


def changes() -> list[Change]:
    """All prepared changes."""
    found = []
    for path in sorted(CHANGES.glob("*.yaml")):
        expected = yaml.safe_load(path.read_text("utf-8"))["x-expected"]
        found.append(Change(path, expected["status"], tuple(expected["report"])))
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


def rehearse(name: str, document: dict[str, Any], suffix: str, tests: str) -> tuple[int, str, str]:
    """Run the job on a document in a copy of the project. Returns its exit status, its report, and the output of
    regen.sh --check after it."""
    with tempfile.TemporaryDirectory() as folder, staging.copy_of(ROOT) as project:
        spec = Path(folder) / f"document{suffix}"
        spec.write_text(
            json.dumps(document) if suffix == ".json" else yaml.safe_dump(document, sort_keys=False), "utf-8"
        )
        environment = {**os.environ, "PYTHON": sys.executable}
        done, check = (
            subprocess.run(
                [str(project / "scripts" / command[0]), *command[1:]],
                env=environment, capture_output=True, text=True, check=False,
            )
            for command in (
                ["sync.sh", "document", str(spec), "--tests", tests],
                ["regen.sh", "--check"],
            )
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, check.stdout + check.stderr


def main() -> int:
    """Exit status 0 if each document has the expected result, else 1."""
    parser = argparse.ArgumentParser(
        prog="rehearsal", description="Run the nightly job on every prepared document."
    )
    parser.add_argument("--tests", default=TESTS, help="arguments for pytest (default: %(default)s)")
    parser.add_argument("--only", default="", help="only documents whose name contains this text")
    parser.add_argument("--reports", type=Path, help="write the reports to this folder")
    parser.add_argument(
        "--write",
        nargs=2,
        metavar=("NAME", "FILE"),
        help="only write the document of a prepared change to a file",
    )
    options = parser.parse_args()
    if options.write:
        name, file = options.write
        change = next(change for change in changes() if change.name == name)
        Path(file).write_text(json.dumps(change.document(source.load(str(ROOT / staging.CONTRACT)))), "utf-8")
        return 0
    failed = 0
    for name, document, suffix, expected, parts in documents():
        if options.only not in name:
            continue
        start = time.monotonic()
        status, report, check = rehearse(name, document, suffix, options.tests)
        missing = [part for part in parts if part not in report]
        passed = status == expected and not missing and "up to date" in check
        failed += not passed
        print(
            f"{'ok  ' if passed else 'FAIL'} {name}: exit {status}, expected {expected}; {time.monotonic() - start:.0f} s",
            flush=True,
        )
        if not passed:
            print(f"     missing: {missing}; regen --check: {check.strip()[:200]}")
        if options.reports:
            options.reports.mkdir(parents=True, exist_ok=True)
            (options.reports / f"{name.replace(' ', '-')}.md").write_text(report, "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
