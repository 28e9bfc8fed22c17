"""Changes of the Python API: found by griffe, in annotations and models, and by type-checking the last release's tests."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import griffe

from synchronization.coverage import PACKAGE

PACKAGES = {PACKAGE: "generated", "textrequest_ext": "src"}
# Code that uses the public API; every type checker must accept it.
TYPING_TEST = Path("tests/typing/api.py")
SECONDS = 600
# An editable installation of the project is removed from sys.path: mypy would find removed modules there.
_MYPY = f"""
import os, sys
sys.path[:] = [path for path in sys.path if not any(os.path.isdir(os.path.join(path, name)) for name in {tuple(PACKAGES)!r})]
from mypy.__main__ import console_entry
console_entry()
"""


@dataclass(frozen=True, order=True)
class Breakage:
    """A change of the Python API: the name, the kind of change, and details such as the value before."""

    name: str
    what: str
    detail: str = ""

    @property
    def package(self) -> str:
        return self.name.split(".")[0]


@dataclass
class TypeCheck:
    """The errors of a type checker in the typing test and in the hand-written code; note: why it did not run."""

    typing_test: list[str] = field(default_factory=list)
    hand_written: list[str] = field(default_factory=list)
    note: str = ""


def breakages(old: Path, new: Path) -> list[Breakage]:
    """The breaking changes griffe finds between two trees of the project, in both packages.

    The functions of an operation change together, so only `build` is listed, or `sync_detailed` where
    there is no `build`.
    """
    found = set()
    for name, folder in PACKAGES.items():
        before, after = (_load(name, root / folder) for root in (old, new))
        for breakage in griffe.find_breaking_changes(before, after):
            path = breakage.obj.path
            if PACKAGE + ".api." in path and path.rpartition(".")[2] in (
                "sync",
                "asyncio",
                "asyncio_detailed",
            ):
                continue
            found.add(Breakage(path, breakage.kind.value, _detail(breakage.old_value, breakage.new_value)))
    # A change of an argument is found in both sync_detailed and build.
    built = {
        (item.name.rpartition(".")[0], item.what, item.detail)
        for item in found
        if item.name.endswith(".build")
    }
    return sorted(
        item
        for item in found
        if not (
            item.name.endswith(".sync_detailed")
            and (item.name.rpartition(".")[0], item.what, item.detail) in built
        )
    )


def changed_types(old: Path, new: Path) -> list[Breakage]:
    """Fields of models and arguments of operations whose annotation changed, which griffe does not report."""
    before, after = (dict(_annotations(_load(PACKAGE, root / PACKAGES[PACKAGE]))) for root in (old, new))
    return [
        Breakage(name, "Type was changed", f"{before[name]} to {after[name]}")
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    ]


def models(root: Path) -> set[str]:
    """The names of the generated models."""
    folder = root / "generated" / PACKAGE / "models"
    return {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text("utf-8"), str(path)).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def check_types(typing_test: str | None, old: Path, new: Path) -> TypeCheck:
    """Type-check the text of a tests/typing/api.py and the hand-written code against the packages in new.

    Errors that also occur in old are not reported.
    """
    if typing_test is None:
        checked = TypeCheck(note=f"There is no {TYPING_TEST} to check, in a release or before the change.")
    else:
        checked = TypeCheck()
    after = _mypy(typing_test, new)
    known = set(map(_without_line, _mypy(typing_test, old))) if after else set()
    for line in after:
        if _without_line(line) not in known:
            (checked.hand_written if line.startswith("src/") else checked.typing_test).append(line)
    return checked


def _mypy(typing_test: str | None, root: Path) -> list[str]:
    """The errors of mypy for the typing test and the hand-written code of a tree."""
    with TemporaryDirectory(prefix="sync-types-") as folder:
        targets = [str(root / "src" / "textrequest_ext")]
        if typing_test is not None:
            copy = Path(folder) / TYPING_TEST
            copy.parent.mkdir(parents=True)
            copy.write_text(typing_test, "utf-8")
            targets.append(str(copy))
        result = subprocess.run(
            [
                *(sys.executable, "-P", "-c", _MYPY, "--strict", "--no-error-summary", "--no-pretty"),
                *("--config-file", os.devnull, "--cache-dir", str(Path(folder) / "cache")),
                *("--explicit-package-bases", *targets),
            ],
            cwd=folder,
            env={
                **os.environ,
                "MYPYPATH": f"{root / 'src'}{os.pathsep}{root / 'generated'}",
                "NO_COLOR": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        output = result.stdout.replace(f"{root}{os.sep}", "").replace(f"{folder}{os.sep}", "")
        output = re.sub(r"^(?:\.\./)+\S*?(src/|generated/)", r"\1", output, flags=re.MULTILINE)
    lines = [line for line in output.splitlines() if ": error:" in line]
    if result.returncode and not lines:
        lines = [f"mypy: error: {(result.stderr or output).strip()[:300]}"]
    return lines


def _without_line(error: str) -> str:
    return re.sub(r":\d+(:\d+)?: ", ": ", error, count=1)


def _load(name: str, folder: Path) -> griffe.Module:
    paths = [folder, folder.parent / "generated"]
    loaded = griffe.load(name, search_paths=paths, allow_inspection=False)
    assert isinstance(loaded, griffe.Module)  # noqa: S101  a package is loaded as a module
    return loaded


def _detail(old: object, new: object) -> str:
    texts = [_text(value) for value in (old, new)]
    return " to ".join(text for text in texts if text)


def _text(value: object) -> str:
    if isinstance(value, griffe.Parameter):
        return f"{value.name}: {value.annotation}" if value.annotation else value.name
    if value is None or isinstance(value, griffe.Object | griffe.Alias):
        return ""
    return str(value)[:120]


def _annotations(module: griffe.Module) -> Iterator[tuple[str, str]]:
    for member in module.members.values():
        if isinstance(member, griffe.Alias) or member.name.startswith("_"):
            continue
        if isinstance(member, griffe.Module):
            yield from _annotations(member)
        elif isinstance(member, griffe.Class):
            for attribute in member.members.values():
                if isinstance(attribute, griffe.Attribute) and attribute.annotation is not None:
                    yield attribute.path, str(attribute.annotation)
        elif isinstance(member, griffe.Function) and member.name in ("build", "sync"):
            if member.name == "build":
                yield from ((f"{member.path}({p.name})", _open(str(p.annotation))) for p in member.parameters)
            elif member.returns is not None:
                yield member.path, str(member.returns)


def _open(annotation: str) -> str:
    """The annotation of an argument without the known values of an enum, which are suggestions for editors."""
    return re.sub(r"Literal\[[^]]*\] \| ", "", annotation)
