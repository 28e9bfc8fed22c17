"""The command `textrequest`, run in this process or as a process, against a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from textrequest_ext._command_line.application import application
from textrequest_ext.sandbox import Sandbox

COMMAND = [sys.executable, "-W", "error", "-m", "textrequest_ext._command_line"]
Run = Callable[..., Result]
Start = Callable[..., AbstractContextManager[subprocess.Popen[str]]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(deliveries="delivered") as running:
        yield running


@pytest.fixture
def dashboard_id(sandbox: Sandbox) -> int:
    return sandbox.add_dashboard().id


@pytest.fixture
def variables(sandbox: Sandbox) -> dict[str, str]:
    return {"TEXTREQUEST_API_KEY": sandbox.api_key, "TEXTREQUEST_BASE_URL": sandbox.url}


@pytest.fixture
def run(variables: dict[str, str]) -> Run:
    """Runs the command. The input is not a terminal."""

    def invoke(*arguments: object, input: str | None = None, env: dict[str, Any] | None = None) -> Result:
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(application, words, input=input, env={**variables, **(env or {})})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def process(variables: dict[str, str]) -> Start:
    """Starts the command as a process, which ends with its `with` block."""

    @contextmanager
    def start(*arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
        options = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            **options,
        }
        command = [*COMMAND, *map(str, arguments)]
        with subprocess.Popen(command, env={**os.environ, **variables}, text=True, **options) as running:
            try:
                yield running
                running.wait(timeout=60)
            finally:
                running.kill()

    return start


def records(result: Result) -> list[dict[str, Any]]:
    """The JSON objects of stdout, which must have nothing else."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def bodies(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The texts that were sent: number and body."""
    with sandbox.state.lock:
        return [
            (message.customer_phone, message.body or "")
            for message in sandbox.state.messages.values()
            if message.direction == "S"
        ]
