"""Copies of the project: one in which to regenerate and test before the project is changed, one of a revision."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from regeneration import Refused, package

CONTRACT = "openapi.yaml"
OVERLAY = "openapi.overlay.yaml"
GENERATED = "generated"
# What a change of the document may change.
CHANGED = (CONTRACT, OVERLAY, GENERATED)
_IGNORED = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "dist", "build", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
    "*.egg-info", ".regen-*", "node_modules",
)  # fmt: skip
SECONDS = 1800


@contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    """A copy of the project in a temporary folder."""
    with TemporaryDirectory(prefix="sync-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(root, copy, ignore=_IGNORED, symlinks=True)
        if (root / ".venv").exists():
            (copy / ".venv").symlink_to((root / ".venv").resolve())
        yield copy


@contextmanager
def revision_of(root: Path, revision: str) -> Iterator[Path]:
    """The project at a revision of git, in a temporary folder. Raises Refused if there is no such revision."""
    with TemporaryDirectory(prefix="sync-") as folder:
        archive = git(root, "archive", "--format=tar", revision)
        if archive is None:
            raise Refused(f"no revision {revision} in this repository")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def git(root: Path, *arguments: str) -> bytes | None:
    """The output of a git command in the project, or None if it fails."""
    result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    return None if result.returncode else result.stdout


def released_file(root: Path, before: Path, path: Path) -> tuple[str | None, str]:
    """The text of a file in the last release, and the tag of the release.

    Before the first release: the text in the tree `before`, or None, and a description of that tree.
    """
    tag = git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    name = tag.decode().strip() if tag else ""
    released = git(root, "show", f"{name}:{path.as_posix()}") if name else None
    if released is not None:
        return released.decode(), name
    here = before / path
    return (here.read_text("utf-8"), "the tree before the change") if here.is_file() else (None, "")


def regenerate(copy: Path) -> None:
    """Run the regeneration of the copy. Raises Refused with its error message."""
    result = _python(copy, ["-m", "regeneration"], 300)
    if result.returncode:
        raise Refused(
            result.stderr.strip().removeprefix("regen: ") or f"regeneration ended with {result.returncode}"
        )


def test(copy: Path, arguments: Sequence[str]) -> tuple[bool, str]:
    """Run tests of the copy with pytest. Returns whether they pass, and the failures and last line of its output.

    The tests of this job are ignored, because they would run it again.
    """
    folders = [argument for argument in arguments if argument.startswith("tests") and "::" not in argument]
    missing = {folder for folder in folders if not (copy / folder).exists()}
    here = [argument for argument in arguments if argument not in missing]
    if missing == set(folders):
        return True, "no tests to run"
    command = [
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "--ignore=tests/synchronization",
        *here,
    ]
    try:
        result = _python(copy, command, SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"not finished after {SECONDS} seconds"
    lines = [
        line for line in result.stdout.splitlines() if line.strip()
    ] or result.stderr.strip().splitlines()
    summary = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))][:20] + lines[-1:]
    return result.returncode == 0, "\n".join(summary)


def _python(copy: Path, arguments: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(copy / folder) for folder in ("src", "generated", "scripts"))
    environment = {
        **os.environ,
        "PYTHONPATH": paths,
        "PYTHON": sys.executable,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=seconds,
    )  # fmt: skip


def install(copy: Path, root: Path) -> None:
    """Put the changed files of the copy into the project, each by an atomic rename."""
    with TemporaryDirectory(prefix=".regen-", dir=root / GENERATED) as folder:
        new = Path(folder) / package.PACKAGE
        shutil.copytree(copy / GENERATED / package.PACKAGE, new, ignore=_IGNORED)
        for name in (CONTRACT, OVERLAY):
            shutil.copyfile(copy / name, Path(folder) / name)
        package.replace(root / GENERATED / package.PACKAGE, new)
        for name in (CONTRACT, OVERLAY):
            os.replace(Path(folder) / name, root / name)
