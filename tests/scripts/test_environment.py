"""scripts/regen.sh and scripts/sync.sh set up what they need, or name in one line what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import environment

ROOT = Path(__file__).parents[2]
COMPLETE = Path(sys.executable).parent.parent
SCRIPTS = pytest.mark.parametrize("script", ["regen", "sync"])


class Clone:
    """The scripts of the project in a folder without an environment, and a `make` that records its calls."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools, self.record = folder / "clone", folder / "tools", folder / "calls"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        self.tools.mkdir()
        self.make("exit 0")

    def make(self, action: str) -> None:
        program = self.tools / "make"
        program.write_text(f'#!/bin/sh\necho "$@" >> "{self.record}"\n{action}\n', "utf-8")
        program.chmod(0o755)

    def calls(self) -> list[str]:
        return self.record.read_text("utf-8").splitlines() if self.record.exists() else []

    def run(self, script: str, python: str | None = None) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}"}
        if python is not None:
            variables["PYTHON"] = python
        return subprocess.run(
            [str(self.root / "scripts" / f"{script}.sh"), "--help"],
            capture_output=True, text=True, check=False, env=variables,
        )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def bare(folder: Path) -> str:
    """An interpreter without any module of others."""
    venv.create(folder, with_pip=False)
    return str(folder / "bin" / "python")


@SCRIPTS
def test_without_an_environment_it_is_set_up(clone: Clone, script: str) -> None:
    clone.make(f'echo "installing"; ln -s "{COMPLETE}" "{clone.root}/.venv"')

    done = clone.run(script)

    assert clone.calls() == [f"--silent --no-print-directory --directory {clone.root} setup"]
    assert (done.returncode, done.stderr) == (0, "installing\n")
    assert done.stdout.startswith(f"usage: {script} ")


@SCRIPTS
def test_an_environment_that_lacks_the_modules_is_completed(clone: Clone, script: str) -> None:
    bare(clone.root / ".venv")
    clone.make(f'rm -r "{clone.root}/.venv"; ln -s "{COMPLETE}" "{clone.root}/.venv"')

    done = clone.run(script)

    assert len(clone.calls()) == 1
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {script} ")


@SCRIPTS
@pytest.mark.parametrize("python", [None, ""])
def test_a_complete_environment_is_left_alone(clone: Clone, script: str, python: str | None) -> None:
    (clone.root / ".venv").symlink_to(COMPLETE)

    done = clone.run(script, python)

    assert (done.returncode, done.stderr, clone.calls()) == (0, "", [])


@SCRIPTS
def test_a_setup_that_fails_is_an_exit_status(clone: Clone, script: str) -> None:
    clone.make('echo "no network" >&2; exit 1')

    done = clone.run(script)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", "no network\n")


@SCRIPTS
def test_a_setup_that_does_not_help_is_named(clone: Clone, script: str) -> None:
    python = bare(clone.root / ".venv")

    done = clone.run(script)

    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        rf"{script}: {python}: the module \w+ is missing; run 'make clean setup'\n", done.stderr
    )


@SCRIPTS
def test_a_given_interpreter_that_lacks_the_modules_is_named(
    clone: Clone, script: str, tmp_path: Path
) -> None:
    (clone.root / ".venv").symlink_to(COMPLETE)
    python = bare(tmp_path / "bare")

    done = clone.run(script, python)

    assert (done.returncode, done.stdout, clone.calls()) == (2, "", [])
    assert re.fullmatch(
        rf"{script}: {python}: the module \w+ is missing; "
        r"unset PYTHON to use .venv, or install requirements-dev.txt for it\n",
        done.stderr,
    )


@SCRIPTS
def test_a_given_interpreter_that_does_not_exist_is_named(clone: Clone, script: str) -> None:
    done = clone.run(script, "/nowhere/python")

    assert (done.returncode, done.stdout, clone.calls()) == (2, "", [])
    assert done.stderr.startswith(f"{script}: /nowhere/python: no such program; ")
    assert done.stderr.count("\n") == 1


def test_an_old_interpreter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.problem(["json"]) == ""
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert environment.problem(["json"]) == "Python 3.11 or newer is needed"


def test_the_first_module_that_is_missing_is_named() -> None:
    assert environment.problem(["json", "json.nothing", "nothing"]) == "the module json.nothing is missing"
    assert environment.problem(["nothing.more"]) == "the module nothing.more is missing"


@SCRIPTS
def test_each_imported_module_is_looked_for(script: str) -> None:
    packages = {"regen": ["regeneration"], "sync": ["regeneration", "synchronization"]}[script]
    needed = re.findall(
        r"[\w.]+",
        re.search(rf" {script} \\\n(.*)\n", (ROOT / f"scripts/{script}.sh").read_text())[1],  # type: ignore[index]
    )
    imported = {
        name
        for package in packages
        for path in (ROOT / "scripts" / package).glob("*.py")
        for name in re.findall(r"^(?:from|import) ([\w.]+)", path.read_text("utf-8"), flags=re.MULTILINE)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "regeneration", "synchronization"}
    }

    assert needed
    for name in imported:
        assert any(f"{name}.".startswith(f"{module}.") for module in needed), name
