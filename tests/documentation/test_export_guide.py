"""The commands and the Python snippets in docs/export.md run against the sandbox."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "export.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    # These need a package registry and a cluster.
    if not line.startswith("pip ") and "--scheduler" not in line
]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(seed=1, dashboards=2, contacts=9, messages=60) as running:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", running.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", running.url)
        yield running


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def dashboards() -> list[int]:
    with TextRequest() as client:
        return [dashboard.id for dashboard in client.dashboards.list()]


def test_snippets_run(sandbox: Sandbox, tmp_path: Path) -> None:
    outputs = []
    for number, snippet in enumerate(SNIPPETS):
        (tmp_path / f"snippet_{number}.py").write_text(snippet, "utf-8")
        outputs.append(run(tmp_path, f"snippet_{number}.py"))
    with TextRequest() as client:
        months = [message.message_timestamp_utc for message in client.messages.list(dashboards()[0])]
    count = sum(1 for moment in months if moment is not None and moment.month in (3, 4))
    assert count > 10
    assert outputs == [
        f"{count} messages in March and April\n",
        f"{dict.fromkeys(dashboards(), 60)}\n",
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command: str, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    # One worker: test_export_with_dask.py runs several.
    command = command.replace(" 121 ", f" {dashboards()[0]} ").replace("--workers 4", "--workers 1")
    [python, *arguments] = shlex.split(command)
    assert python == "python"
    assert re.search(r"^\d+ messages in ", run(tmp_path, *arguments))


def test_there_are_commands_for_both_examples() -> None:
    assert [Path(shlex.split(command)[1]).name for command in COMMANDS] == [
        "export_messages.py",
        "export_messages.py",
        "export_with_dask.py",
    ]


def test_the_guide_names_files_and_options_that_exist() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target
    sources = "".join(
        (ROOT / "examples" / f"export_{name}.py").read_text() for name in ("messages", "with_dask")
    )
    options = set(re.findall(r"--[a-z][a-z-]*", GUIDE))
    assert len(options) >= 8
    assert [option for option in options if f'"{option}"' not in sources] == []
