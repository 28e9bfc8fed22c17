"""Copies of the project: one to regenerate and test in before anything is touched, one of how it was."""

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
# All that a change of the document may touch.
CHANGED = (CONTRACT, OVERLAY, GENERATED)
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "dist", "build", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
    "*.egg-info", ".regen-*", "node_modules",
)  # fmt: skip
SECONDS = 1800


@contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    """A copy of the project in a folder that goes away."""
    with TemporaryDirectory(prefix="sync-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(root, copy, ignore=_LEFT_OUT, symlinks=True)
        if (root / ".venv").exists():
            (copy / ".venv").symlink_to((root / ".venv").resolve())
        yield copy


@contextmanager
def revision_of(root: Path, revision: str) -> Iterator[Path]:
    """The project as it is in a revision of git."""
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


def promise(root: Path, before: Path, path: Path) -> tuple[str | None, str]:
    """A file as the previous release has it, or, before there is one, as the tree before has it; and whose it is."""
    tag = git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    name = tag.decode().strip() if tag else ""
    released = git(root, "show", f"{name}:{path.as_posix()}") if name else None
    if released is not None:
        return released.decode(), name
    here = before / path
    return (here.read_text("utf-8"), "the tree before the change") if here.is_file() else (None, "")


def regenerate(copy: Path) -> None:
    """Run the copy's own regeneration; raises Refused with its reason."""
    result = _python(copy, ["-m", "regeneration"], 300)
    if result.returncode:
        raise Refused(
            result.stderr.strip().removeprefix("regen: ") or f"regeneration ended with {result.returncode}"
        )


def test(copy: Path, arguments: Sequence[str]) -> tuple[bool, str]:
    """Run the copy's tests; whether they pass, and the last lines of what pytest says.

    Tests of this job itself are left out: they would run it again.
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
        return False, f"not done after {SECONDS} seconds"
    lines = [
        line for line in result.stdout.splitlines() if line.strip()
    ] or result.stderr.strip().splitlines()
    said = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))][:20] + lines[-1:]
    return result.returncode == 0, "\n".join(said)


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
    """Put what the copy changed into the project; each file by renaming, so that none is seen half written."""
    with TemporaryDirectory(prefix=".regen-", dir=root / GENERATED) as folder:
        fresh = Path(folder) / package.PACKAGE
        shutil.copytree(copy / GENERATED / package.PACKAGE, fresh, ignore=_LEFT_OUT)
        for name in (CONTRACT, OVERLAY):
            shutil.copyfile(copy / name, Path(folder) / name)
        package.replace(root / GENERATED / package.PACKAGE, fresh)
        for name in (CONTRACT, OVERLAY):
            os.replace(Path(folder) / name, root / name)
