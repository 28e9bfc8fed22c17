"""The workflows pin their actions, have few permissions, and run make targets only."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from synchronization_support import ROOT

from synchronization import workflows

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


def read(path: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    return workflow


def steps(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step


def test_there_are_three_workflows() -> None:
    assert [path.stem for path in FILES] == ["ci", "regen", "release"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_with_the_version_in_a_comment(path: Path) -> None:
    uses = [line.strip() for line in path.read_text("utf-8").splitlines() if "uses:" in line]

    assert uses
    for line in uses:
        assert re.fullmatch(r"(- )?uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_the_same_version_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for name, commit in re.findall(r"uses: ([\w./-]+)@(\S+ # \S+)", path.read_text("utf-8")):
            pins.setdefault(name, set()).add(commit)

    assert {name: len(commits) for name, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_permissions_are_set_by_each_job(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] in ("", {})
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        assert "timeout-minutes" in job, name
    for name, step in steps(workflow):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] == "false", name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_command_is_a_make_target(path: Path) -> None:
    for name, step in steps(read(path)):
        command = step.get("run")
        if command is None:
            continue
        assert "${{" not in command, f"{name}: values of events go through the environment"
        assert "\n" not in command, f"{name}: more than one command"
        target = re.match(r'make "?([a-z0-9-]+(?:\$RESOLUTION)?)"?( |$)', command)
        assert target, f"{name}: {command}"
        assert not set(">|&;") & set(command), f"{name}: a target does all of it"
        for resolution in ("lowest", "newest"):
            assert target[1].replace("$RESOLUTION", resolution) in TARGETS, command


def test_generated_code_runs_in_a_job_without_secrets_and_write_permission() -> None:
    jobs = read(ROOT / ".github/workflows/regen.yml")["jobs"]

    assert jobs["generate"]["permissions"] == {"contents": "read"}
    assert "secrets." not in str(jobs["generate"])
    assert "token" not in str(jobs["generate"]).lower()
    writing = [name for name, job in jobs.items() if "write" in job["permissions"].values()]
    assert writing == ["propose", "failure-issue"]
    for name in writing:
        ran = [step["run"].split()[1] for step in jobs[name]["steps"] if "run" in step]
        assert set(ran) <= {"pull-request", "open-failure-issue", "close-failure-issue"}, (
            "a job that may write runs no generated code"
        )


def test_the_triggers_of_the_nightly_job_and_its_failure_issue() -> None:
    workflow = read(ROOT / ".github/workflows/regen.yml")

    assert {"schedule", "workflow_dispatch", "push"} == workflow["on"].keys()
    assert {"openapi.yaml", "openapi.overlay.yaml", "codegen/**"} <= set(workflow["on"]["push"]["paths"])
    failure = workflow["jobs"]["failure-issue"]
    assert set(failure["needs"]) == {"generate", "propose"}
    assert failure["if"].startswith("always()")


def test_tests_run_on_every_python_and_with_the_oldest_and_newest_dependencies() -> None:
    jobs = read(ROOT / ".github/workflows/ci.yml")["jobs"]

    assert jobs["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14", "3.13t", "3.14t"]
    assert jobs["test"]["continue-on-error"] == "${{ endsWith(matrix.python, 't') }}"
    assert jobs["httpx2"]["continue-on-error"] == "true"
    assert jobs["dependencies"]["strategy"]["matrix"]["resolution"] == ["lowest", "newest"]
    ran = {
        step["run"].split()[1] for _, step in steps(read(ROOT / ".github/workflows/ci.yml")) if "run" in step
    }
    assert {"lint", "types", "test", "wheel-test", "regen-check", "docs", "coverage"} <= ran


def test_a_release_is_built_once_and_published_after_the_tests() -> None:
    jobs = read(ROOT / ".github/workflows/release.yml")["jobs"]
    builds = [name for name, step in steps({"jobs": jobs}) if step.get("run", "").startswith("make build")]

    assert builds == ["build"]
    assert set(jobs["publish"]["needs"]) == {"build", "test", "attest"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    publish = jobs["publish"]["steps"][-1]
    assert publish["with"]["attestations"] == "true"
    assert "password" not in publish["with"]


def test_the_distributions_and_the_sbom_are_attested_and_the_sbom_is_part_of_the_release() -> None:
    jobs = read(ROOT / ".github/workflows/release.yml")["jobs"]

    assert jobs["attest"]["permissions"] == {"id-token": "write", "attestations": "write"}
    attest = jobs["attest"]["steps"][-1]
    assert attest["uses"].startswith("actions/attest-build-provenance@")
    assert attest["with"]["subject-path"].split() == ["dist/*", "sbom/*"]
    assert [step["run"].split()[1] for step in jobs["build"]["steps"] if "run" in step][-2:] == [
        "build",
        "sbom",
    ]
    assert "$(wildcard sbom/*)" in (ROOT / "Makefile").read_text("utf-8")


def test_pinned_actions_and_tools_are_renewed() -> None:
    settings = read(ROOT / ".github/dependabot.yml")

    assert {one["package-ecosystem"] for one in settings["updates"]} == {"github-actions", "pip"}
    assert all(one["directory"] == "/" and "cooldown" in one for one in settings["updates"])


def test_the_job_that_proposes_may_start_the_checks() -> None:
    job = read(ROOT / ".github/workflows/regen.yml")["jobs"]["propose"]

    assert job["permissions"]["actions"] == "write"
    assert "workflow_dispatch" in read(ROOT / ".github/workflows/ci.yml")["on"]


def test_the_rehearsal_knows_the_environment_of_every_step() -> None:
    found = [*workflows.jobs(ROOT)]

    assert {job.workflow for job in found} == {"ci", "regen", "release"}
    titles = [job.title for job in found]
    assert {"ci/test/3.11", "ci/dependencies/lowest", "ci/dependencies/newest", "regen/propose"} <= {*titles}
    for job in found:
        for step in job.steps:
            if "run" in step:
                workflows.environment_of(job, step)


def test_the_rehearsal_of_a_job_includes_the_jobs_that_it_needs() -> None:
    found = [*workflows.jobs(ROOT)]

    def titles(only: str) -> list[str]:
        return [job.title for job in workflows.selected(found, only)]

    assert titles("release/test") == ["release/build", "release/test/3.11"]
    assert titles("release/publish") == [
        "release/build",
        "release/test/3.11",
        "release/attest",
        "release/publish",
    ]
    assert titles("ci/lint") == ["ci/lint"]
    assert titles("") == [job.title for job in found]


def test_the_rehearsal_runs_steps_in_clones_and_passes_artifacts_on(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / ".venv").mkdir(parents=True)
    (root / "src/textrequest_ext").mkdir(parents=True)
    (root / "src/textrequest_ext/_version.py").write_text('__version__ = "1.2.3"\n', "utf-8")
    (root / "openapi.yaml").write_text((ROOT / "openapi.yaml").read_text("utf-8"), "utf-8")
    for name in ("pyproject.toml", "constraints.txt", "requirements-dev.txt", "CHANGELOG.md"):
        (root / name).write_text("", "utf-8")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "src", "*.*"], ["commit", "--quiet", "-m", "base"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    rehearsal = workflows.Rehearsal(scratch, root)

    def job(name: str, *steps: dict[str, Any]) -> workflows.Job:
        return workflows.Job("a", name, [{"uses": "actions/setup-python@x"}, *steps], {})

    folder = {"name": "artifacts", "path": "artifacts"}
    made = {
        "run": 'mkdir artifacts && echo "$GITHUB_REF_NAME $GH_TOKEN" > artifacts/file',
        "env": {"GH_TOKEN": "${{ github.token }}"},
    }
    assert rehearsal.run(job("one", made, {"uses": "actions/upload-artifact@x", "with": folder})) == []
    read_back = {
        "run": "grep 'v1.2.3 made-up-token' artifacts/file && gh pr list && git push --quiet origin HEAD:other"
    }
    assert rehearsal.run(job("two", {"uses": "actions/download-artifact@x", "with": folder}, read_back)) == []
    assert rehearsal.record.read_text("utf-8") == '["pr", "list"]\n'
    assert rehearsal.run(job("three", {"run": "echo wrong && false"}))[0].startswith(
        "echo wrong && false: exit 1"
    )
    without_python = workflows.Job("a", "four", [{"run": "test ! -e .venv"}], {})
    assert rehearsal.run(without_python) == []
    assert rehearsal.run(job("five", {"run": "test -e .venv"})) == []
    branches = subprocess.run(["git", "branch"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert "other" not in branches, "a push must not reach the project"


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    result = subprocess.run(
        [str(zizmor), "--offline", "--no-progress", "--quiet", "--persona=pedantic", *map(str, FILES)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stdout
