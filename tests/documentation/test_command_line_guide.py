"""The commands of docs/command_line.md print what the guide says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from textrequest_ext._command_line.application import application
from textrequest_ext._command_line.statuses import DONE, FAILED, INTERRUPTED, UNKNOWN, USAGE
from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "command_line.md").read_text("utf-8")


def test_commands_print_what_the_guide_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [people] = re.findall(r"^```csv\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (tmp_path / "people.csv").write_text(people)
    blocks = re.findall(r"^```console\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    sessions = re.findall(r"^\$ textrequest (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)
    assert len(sessions) == 10
    with Sandbox(seed=1, dashboards=1, contacts=12, messages=30, deliveries="delivered") as sandbox:
        environment = {"TEXTREQUEST_API_KEY": sandbox.api_key, "TEXTREQUEST_BASE_URL": sandbox.url}
        for command, expected in sessions:
            result = CliRunner().invoke(application, shlex.split(command), env=environment)
            pattern = ".*".join(map(re.escape, expected.split("…")))
            assert re.fullmatch(pattern, result.output), f"{command}\n{result.output}"


def test_the_guide_has_every_command_and_option() -> None:
    commands = {**application.commands}
    for name, command in application.commands.items():
        commands |= {f"{name} {one}": it for one, it in getattr(command, "commands", {}).items()}
    assert [
        name for name, command in commands.items() if not hasattr(command, "commands") and name not in GUIDE
    ] == []
    options = {
        option
        for command in commands.values()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert set(re.findall(r"--[a-z][a-z-]+", GUIDE)) - options == {"--help", "--seed"}


def test_the_guide_has_every_status() -> None:
    rows = re.findall(r"^\| (\d+) \| .* \|$", GUIDE, re.MULTILINE)
    assert [int(row) for row in rows] == [DONE, FAILED, USAGE, UNKNOWN, INTERRUPTED]


def test_links_point_to_existing_files() -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE)
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []
