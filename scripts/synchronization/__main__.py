"""The command line: `scripts/sync.sh --help`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from regeneration import Refused, package, source
from synchronization import contract, coverage, differences, python_api, redocly, release, staging
from synchronization.corrections import Correction
from synchronization.fitting import advice, fit
from synchronization.merge import Merged, merge
from synchronization.report import Report

ROOT = Path(__file__).resolve().parents[2]
VENDOR = "https://www.textrequest.com/dist/swagger/apiv3docs.json"
# The report lists the operations without a method. The test that requires one would fail for every new operation.
_DESELECT = "--deselect tests/unit/test_client.py::test_every_operation_is_a_method_of_a_resource"
TESTS = f"tests/unit {_DESELECT}"
ALL_TESTS = f"tests --numprocesses 2 --dist loadgroup {_DESELECT}"
NOT_BREAKING, REFUSED, BREAKING = 0, 2, 3


@dataclass(frozen=True)
class Checks:
    """The slow checks: arguments for pytest (empty for no tests), and whether to check types."""

    tests: Sequence[str] = field(default_factory=lambda: shlex.split(TESTS))
    types: bool = True


def synchronize(spec: str, root: Path, checks: Checks) -> Report | None:
    """Update the project to the document at spec, a file or a URL. Returns None if the contract is the same.

    The change is made and tested in a copy first, and then installed in the project. Raises Refused for
    a document that cannot be used; the project is not changed then.
    """
    content = source.read(spec)
    with advice("document"):
        theirs = source.parse(content, spec)
        package.check(theirs, spec)
        contract.check_text(theirs, spec)
    theirs = contract.without_extensions(theirs)
    ours = source.load(str(root / staging.CONTRACT))
    changes = contract.changes(ours, theirs)
    if not changes:
        return None
    merged = merge((root / staging.CONTRACT).read_text("utf-8"), theirs)
    with advice("overlay"), staging.copy_of(root) as copy:
        fitting, corrections, _ = fit(
            (root / staging.OVERLAY).read_text("utf-8"),
            ours,
            source.parse(merged.text.encode(), spec),
            merged.moved,
        )
        (copy / staging.CONTRACT).write_text(merged.text, "utf-8")
        (copy / staging.OVERLAY).write_text(fitting, "utf-8")
        staging.regenerate(copy)
        report = compare(root, copy, root, checks, changes, merged, corrections)
        report.source = spec
        staging.install(copy, root)
    return report


def compare(
    old: Path,
    new: Path,
    root: Path,
    checks: Checks,
    changes: list[str],
    merged: Merged | None = None,
    corrections: list[Correction] | None = None,
) -> Report:
    """The report on two trees of the project. root: the repository, whose tags are the releases."""
    built = [root_of / staging.GENERATED / package.PACKAGE / "openapi.json" for root_of in (old, new)]
    before, after = (json.loads(path.read_text("utf-8")) for path in built)
    provenance = json.loads(built[1].with_name("provenance.json").read_text("utf-8"))
    old_models, new_models = python_api.models(old), python_api.models(new)
    report = Report(
        changes=changes,
        differences=differences.differences(before, after),
        redocly=redocly.compare(*built),
        breakages=python_api.breakages(old, new),
        changed_types=python_api.changed_types(old, new),
        broken_imports=coverage.broken_imports(new / "src", new / staging.GENERATED),
        without_method=coverage.operations_without_method(new / "src", new / staging.GENERATED),
        added_models=sorted(new_models - old_models),
        removed_models=sorted(old_models - new_models),
        corrections=corrections or [],
        to_describe=merged.to_describe if merged else [],
        to_check=merged.to_check if merged else [],
        contract=provenance["contract_sha256"],
        generator=provenance["generator"],
        version=release.version(new),
    )
    if checks.types:
        text, report.typing_test_of = staging.released_file(root, old, python_api.TYPING_TEST)
        report.types = python_api.check_types(text, old, new)
    else:
        report.types.note = "Types were not checked."
    if checks.tests:
        report.tests_passed, report.test_output = staging.test(new, checks.tests)
    return report


def report_since(revision: str, root: Path, checks: Checks) -> Report:
    """The report on the working tree, compared with a revision of git. Raises Refused if there is none."""
    with staging.revision_of(root, revision) as old:
        documents = [source.load(str(tree / staging.CONTRACT)) for tree in (old, root)]
        report = compare(old, root, root, checks, contract.changes(documents[0], documents[1]))
    report.source = f"{staging.CONTRACT}, compared with {revision}"
    return report


def write_artifacts(report: Report | None, root: Path, folder: Path, status: int) -> None:
    """Write the files that the job with the pull request reads: the report, the patch, the title and the labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("change.patch", "title.txt", "labels.txt"):
        (folder / stale).unlink(missing_ok=True)
    (folder / "status.txt").write_text(f"{status}\n", "utf-8")
    (folder / "report.md").write_text(
        report.markdown() if report else "No change: the contract is the same.\n", "utf-8"
    )
    if report is None:
        return
    (folder / "title.txt").write_text(report.title() + "\n", "utf-8")
    (folder / "labels.txt").write_text("\n".join(report.labels()) + "\n", "utf-8")
    patch = _patch(root)
    if patch:
        (folder / "change.patch").write_bytes(patch)


def _patch(root: Path) -> bytes:
    """The change as a patch, new files included. The index of the repository is not changed."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        original = staging.git(root, "rev-parse", "--git-path", "index")
        if original is None:
            return b""
        shutil.copyfile(root / original.decode().strip(), index)
        environment = {**os.environ, "GIT_INDEX_FILE": str(index)}
        for command in (["reset", "--quiet", "HEAD"], ["add", "--all", "--", *staging.CHANGED]):
            subprocess.run(
                ["git", "-C", str(root), *command], env=environment, check=True, capture_output=True
            )
        return subprocess.run(
            ["git", "-C", str(root), "diff", "--cached", "--binary", "HEAD", "--", *staging.CHANGED],
            env=environment, check=True, capture_output=True,
        ).stdout  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: no change, or not breaking. 2: refused, nothing changed. 3: updated, and breaking."""
    options = _parser().parse_args(arguments)
    tests = ALL_TESTS if options.tests == "all" else options.tests
    checks = Checks(tests=shlex.split(tests), types=options.types)
    report: Report | None = None
    try:
        if options.command == "report":
            report = report_since(options.base, options.root, checks)
        else:
            report = synchronize(options.spec or VENDOR, options.root, checks)
    except (Refused, RecursionError) as refused:
        reason = (
            "references are nested too deeply"
            if isinstance(refused, RecursionError)
            else " ".join(str(refused).split())
        )
        print(f"sync: refused, nothing changed: {reason}", file=sys.stderr)
        if options.artifacts:
            options.artifacts.mkdir(parents=True, exist_ok=True)
            (options.artifacts / "status.txt").write_text(f"{REFUSED}\n", "utf-8")
            (options.artifacts / "refused.txt").write_text(reason + "\n", "utf-8")
        return REFUSED
    status = BREAKING if report and report.breaking() else NOT_BREAKING
    if options.artifacts:
        write_artifacts(report, options.root, options.artifacts, status)
    if report is None:
        print("no change: the contract is the same")
    else:
        print(report.markdown(), end="")
    return NOT_BREAKING if options.allow_breaking else status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sync",
        description="Update the project to the vendor's current document and report what that breaks.",
        epilog="exit status: 0 no change, or not breaking; 2 refused, nothing changed; 3 updated, and breaking",
    )
    parser.set_defaults(root=ROOT)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--artifacts",
        type=Path,
        metavar="DIR",
        help="also write the report, the patch, the title and the labels to DIR",
    )
    common.add_argument(
        "--tests",
        default=TESTS,
        metavar="ARGUMENTS",
        help="arguments for pytest; `all` for all tests, empty for none (default: %(default)s)",
    )
    common.add_argument("--no-types", dest="types", action="store_false", help="do not check types")
    common.add_argument("--allow-breaking", action="store_true", help="exit with 0 for a breaking change too")
    commands = parser.add_subparsers(dest="command", required=True)
    document = commands.add_parser(
        "document", parents=[common], help="fetch a document, merge it, regenerate, and report what breaks"
    )
    document.add_argument("spec", nargs="?", metavar="FILE-OR-URL", help=f"YAML or JSON (default: {VENDOR})")
    since = commands.add_parser(
        "report", parents=[common], help="report what the working tree breaks compared with a revision"
    )
    since.add_argument("--base", default="origin/main", metavar="REVISION", help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
