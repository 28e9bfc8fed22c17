"""Run the nightly job on prepared documents, each in a copy of the project, and check its exit status and report.

Then what is new is used against a mock transport: tests/synchronization/uses.py. `synchronization.prepared` has the
documents.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from regeneration import source
from synchronization import prepared, staging
from synchronization.__main__ import ROOT, TESTS
from synchronization.prepared import Change


def run(command: list[str], project: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with the modules of a copy of the project."""
    paths = os.pathsep.join(str(project / folder) for folder in ("src", "generated"))
    environment = {**os.environ, "PYTHON": sys.executable}
    if command[0] == sys.executable:
        environment["PYTHONPATH"] = paths
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def rehearse(
    name: str, document: dict[str, Any], suffix: str, tests: str, change: Change | None = None
) -> tuple[int, str, str]:
    """Run the job on a document in a copy of the project. Returns its exit status, its report, and why what follows
    it fails; empty if the package is up to date and can be used."""
    with tempfile.TemporaryDirectory() as folder, staging.copy_of(ROOT) as project:
        spec = Path(folder) / f"document{suffix}"
        spec.write_text(
            json.dumps(document) if suffix == ".json" else yaml.safe_dump(document, sort_keys=False), "utf-8"
        )
        synchronize = [str(project / "scripts" / "sync.sh"), "document", str(spec), "--tests"]
        regenerate = [str(project / "scripts" / "regen.sh")]
        done = run([*synchronize, tests], project)
        failures = []
        if change is not None and change.hint:
            text = (project / staging.OVERLAY).read_text("utf-8")
            (project / staging.OVERLAY).write_text(prepared.with_hint(text, change.hint), "utf-8")
            refused = done.returncode == prepared.REFUSED
            again = run([*synchronize, "", "--no-types"] if refused else regenerate, project)
            if again.returncode not in (prepared.NOT_BREAKING, prepared.BREAKING):
                failures.append(f"with the hint: {again.stderr}")
        check = run([*regenerate, "--check"], project)
        if "up to date" not in check.stdout:
            failures.append(check.stdout + check.stderr)
        if change is not None and (change.status != prepared.REFUSED or change.hint):
            uses = str(project / "tests" / "synchronization" / "uses.py")
            used = run([sys.executable, "-P", uses, change.name], project)
            failures += [used.stdout + used.stderr] if used.returncode else []
        return done.returncode, done.stdout + done.stderr, "\n".join(failures)


def main() -> int:
    """Exit status 0 if each document has the expected result, else 1."""
    parser = argparse.ArgumentParser(
        prog="rehearsal", description="Run the nightly job on every prepared document."
    )
    parser.add_argument("--tests", default=TESTS, help="arguments for pytest (default: %(default)s)")
    parser.add_argument("--only", default="", help="only documents whose name contains this text")
    parser.add_argument("--reports", type=Path, help="write the reports to this folder")
    parser.add_argument("--table", action="store_true", help="only write docs/document-changes.md")
    parser.add_argument(
        "--write",
        nargs=2,
        metavar=("NAME", "FILE"),
        help="only write the document of a prepared change to a file",
    )
    options = parser.parse_args()
    changes = {change.name: change for change in prepared.changes()}
    if options.table:
        prepared.write_table()
        return 0
    if options.write:
        name, file = options.write
        document = changes[name].document(source.load(str(ROOT / staging.CONTRACT)))
        Path(file).write_text(json.dumps(document), "utf-8")
        return 0
    failed = 0
    for name, document, suffix, expected, parts in prepared.documents():
        if options.only not in name:
            continue
        start = time.monotonic()
        status, report, failures = rehearse(name, document, suffix, options.tests, changes.get(name))
        missing = [part for part in parts if part not in report]
        passed = status == expected and not missing and not failures
        failed += not passed
        print(
            f"{'ok  ' if passed else 'FAIL'} {name}: exit {status}, expected {expected}; {time.monotonic() - start:.0f} s",
            flush=True,
        )
        if not passed:
            print(f"     missing: {missing}; {failures.strip()[:2000]}")
        if options.reports:
            options.reports.mkdir(parents=True, exist_ok=True)
            (options.reports / f"{name.replace(' ', '-')}.md").write_text(report, "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
