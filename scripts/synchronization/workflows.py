"""Run the steps of the workflows here: each job in a clone of this commit, with a gh that only records its calls.

Artifacts are passed on between the jobs of a workflow. What else GitHub provides has the values of VALUES. The
environment of this project is used, so `make setup` installs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from regeneration import source
from synchronization import prepared, release, staging

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(".github/workflows")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
# What GitHub fills in, by the expressions of the workflows.
VALUES = {
    "github.event.pull_request.base.sha": "HEAD",
    "github.server_url": "https://example.com",
    "github.repository": "example/textrequest-ext",
    "github.run_id": "1",
    "github.token": "made-up-token",
    "inputs.spec": "document.json",
}
STAND_IN = """#!{python}
import json, sys
with open({record!r}, "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
print("[]" if sys.argv[2:3] == ["list"] else "https://example.com/1")
"""


@dataclass(frozen=True)
class Job:
    """A job of a workflow, with one combination of its matrix."""

    workflow: str
    name: str
    steps: list[dict[str, Any]]
    matrix: dict[str, str]
    needs: tuple[str, ...] = ()

    @property
    def has_python(self) -> bool:
        """Whether a step sets Python up. Without it, a job has the Python of the machine and no packages."""
        return any(str(step.get("uses", "")).startswith("actions/setup-python@") for step in self.steps)

    @property
    def title(self) -> str:
        return "/".join([self.workflow, self.name, *self.matrix.values()])


def read(path: Path) -> dict[str, Any]:
    """A workflow. YAML 1.1 reads its key `on` as true, so all values are read as text."""
    workflow: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  a safe loader, of texts
    return workflow


def jobs(root: Path) -> Iterator[Job]:
    """The jobs of all workflows: with the first Python of a matrix, and with every other value."""
    for path in sorted((root / FOLDER).glob("*.yml")):
        for name, job in read(path)["jobs"].items():
            matrix = job.get("strategy", {}).get("matrix", {})
            (key, values), *_ = [*matrix.items()] or [("", [""])]
            for value in values[:1] if key == "python" else values:
                needs = job.get("needs", [])
                needs = tuple([needs] if isinstance(needs, str) else needs)
                yield Job(path.stem, name, job["steps"], {key: value} if key else {}, needs)


def selected(found: list[Job], only: str) -> list[Job]:
    """The jobs whose title contains this text, and those that they need, whose artifacts they use."""
    wanted = {job.title for job in found if only in job.title}
    for job in reversed(found):
        if job.title in wanted:
            wanted |= {one.title for one in found if one.workflow == job.workflow and one.name in job.needs}
    return [job for job in found if job.title in wanted]


def environment_of(job: Job, step: dict[str, Any]) -> dict[str, str]:
    """The environment of a step. Raises KeyError for an expression without a value."""
    known = {**VALUES, **{f"matrix.{key}": value for key, value in job.matrix.items()}}
    return {
        name: EXPRESSION.sub(lambda found: known[found[1]], value)
        for name, value in step.get("env", {}).items()
    }


class Rehearsal:
    """The scratch folder: a bare repository to clone from and to push to, the artifacts, and the stand-in for gh."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder, self.root = folder, root
        self.remote = folder / "remote.git"
        self.record = folder / "calls.jsonl"
        tools = folder / "tools"
        tools.mkdir()
        (tools / "gh").write_text(STAND_IN.format(python=sys.executable, record=str(self.record)), "utf-8")
        (tools / "gh").chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_REF_NAME": f"v{release.version(root)}",
        }
        self._git(folder, "clone", "--quiet", "--bare", str(root), str(self.remote))
        self._git(self.remote, "branch", "--force", "main", "HEAD")

    def run(self, job: Job) -> list[str]:
        """Run the steps of a job in a new clone. Returns the commands that failed, with the end of their output."""
        clone = self.folder / job.title.replace("/", "-")
        self._git(self.folder, "clone", "--quiet", "--branch", "main", str(self.remote), str(clone))
        self._prepare(clone, has_python=job.has_python)
        for step in job.steps:
            action = str(step.get("uses", "")).partition("@")[0]
            if action in ("actions/upload-artifact", "actions/download-artifact"):
                self._pass_on(job, step["with"], clone, upload=action.endswith("upload-artifact"))
            if "run" not in step or (job.name == "failure-issue" and "!=" in step.get("if", "")):
                continue  # only the steps after a success
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=clone, env={**self.environment, **environment_of(job, step)}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                return [f"{step['run']}: exit {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}"]
        return []

    def _prepare(self, clone: Path, *, has_python: bool) -> None:
        if has_python:
            (clone / ".venv").symlink_to((self.root / ".venv").resolve())
        for name in ("pyproject.toml", "constraints.txt", "requirements-dev.txt"):
            os.utime(clone / name, (0, 0))  # older than the environment, so that nothing is installed
        changes = {change.name: change for change in prepared.changes()}
        document = changes["operation-added"].document(source.load(str(self.root / staging.CONTRACT)))
        (clone / "document.json").write_text(json.dumps(document), "utf-8")
        log = clone / "CHANGELOG.md"  # as for a release
        heading = f"## [{release.version(self.root)}] - 2026-01-01\n\n- A release.\n\n"
        if not release.notes(clone, release.version(self.root)):
            log.write_text(log.read_text("utf-8") + f"\n{heading}", "utf-8")

    def _pass_on(self, job: Job, options: dict[str, str], clone: Path, *, upload: bool) -> None:
        place, shared = clone / options["path"], self.folder / "artifacts" / job.workflow / options["name"]
        start, end = (place, shared) if upload else (shared, place)
        if start.is_dir():
            shutil.copytree(start, end, dirs_exist_ok=True)

    def _git(self, folder: Path, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def main() -> int:
    """Exit status 0 if every step succeeds, else 1."""
    parser = argparse.ArgumentParser(
        prog="workflows", description="Run the steps of the workflows in clones of this commit."
    )
    parser.add_argument(
        "--only",
        default="",
        help="only jobs whose title contains this, such as ci/lint or regen, and the jobs that they need",
    )
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="workflows-") as folder:
        rehearsal = Rehearsal(Path(folder))
        for job in selected([*jobs(ROOT)], options.only):
            failures = rehearsal.run(job)
            failed += bool(failures)
            print(
                f"{'FAIL' if failures else 'ok  '} {job.title}",
                *failures,
                sep="\n     " if failures else "",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
