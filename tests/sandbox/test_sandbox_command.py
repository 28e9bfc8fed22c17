"""The command and the pytest plugin, each in its own process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import pytest
from sandbox_support import PERSON

import textrequest_api
import textrequest_ext

SOURCES = Path(textrequest_ext.__file__).parent
EXTRA = ["starlette", "uvicorn", "jsonschema_rs", "python_multipart"]
COMMAND = [sys.executable, "-u", "-W", "error", "-m", "textrequest_ext.sandbox.command_line"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)


def test_the_command_prints_the_variables_serves_and_stops_on_ctrl_c() -> None:
    key = "0123456789ABCDEF0123456789ABCDEF"
    options = [
        "--port",
        "0",
        "--seed",
        "1",
        "--messages",
        "5",
        "--api-key",
        key,
        "--fault",
        "status=503,times=1",
    ]
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = [process.stdout.readline() for _ in range(5)]
        url = re.fullmatch(r"export TEXTREQUEST_BASE_URL=(http://127\.0\.0\.1:\d+/api/v3)\n", first[1])
        assert url, first
        assert first[2] == f"export TEXTREQUEST_API_KEY={key}\n"
        assert first[4] == "# Fault: status=503, times=1\n"
        path = f"{url[1]}/dashboards/350/messages"
        headers = {"x-api-key": key}
        responses = [httpx.get(path, headers=headers, params={"api_key": key}) for _ in range(2)]
        assert [response.status_code for response in responses] == [503, 200]
        assert len(responses[1].json()["items"]) == 5
        httpx.post(f"{url[1]}/messages", headers=headers, json={"to": PERSON})
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""
    lines = output.splitlines()
    assert len(lines) == 4
    assert re.search(
        r"GET +/dashboards/350/messages\?api_key=\[key\] 503  \[fault: status=503, times=1\]", lines[0]
    )
    assert lines[2].endswith('/messages 400  body: "from" is a required property')
    assert lines[3] == "stopped"
    assert key not in output


def test_a_closed_output_does_not_stop_the_command() -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = [process.stdout.readline() for _ in range(4)][1].partition("=")[2].strip()
        process.stdout.close()
        for _ in range(2):
            assert httpx.get(f"{url}/users").status_code == 401
        process.send_signal(signal.SIGTERM)
        assert (process.stderr.read(), process.wait(10)) == ("", 0)


def test_the_command_reports_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("--port", port)
    assert result.returncode == 1
    assert result.stderr == (
        f"textrequest-sandbox: port {port} on 127.0.0.1 is taken by another program; "
        "choose another, or 0 for any free port\n"
    )


@pytest.mark.parametrize(
    ("options", "error_text"),
    [
        (["--fault", "stauts=503"], "--fault: stauts: not a field"),
        (["--fault", "status=503,operation=messages_lst"], "did you mean Messages_list"),
        (["--messages", "-1"], "messages: -1 is negative"),
        (["--seed", "one"], "--seed"),
        (["--host", "203.0.113.1", "--port", "0"], "cannot listen on 203.0.113.1"),
        (["--port", "70000"], "port"),
    ],
)
def test_the_command_rejects_invalid_options(options: list[str], error_text: str) -> None:
    result = run(*options)
    assert result.returncode != 0
    assert error_text in result.stderr
    assert "Traceback" not in result.stderr


PLUGIN_TESTS = """
def test_first(textrequest_sandbox):
    dashboard = textrequest_sandbox.add_dashboard()
    textrequest_sandbox.receive_text(dashboard.id, "15555550123", "hello")
    assert len(textrequest_sandbox.state.messages) == 1

def test_second(textrequest_sandbox):
    assert len(textrequest_sandbox.state.dashboards) == 0
"""


def pytest_in(
    folder: Path, *, without: str | None = None, tests: str = PLUGIN_TESTS
) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(tests)
    if without is not None:
        # Makes the import fail as without the extra, in this process only.
        (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules[{without!r}] = None\n")
    return subprocess.run(
        # Loads the plugin by its entry point and no other plugin: those of this project need the same modules.
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "-p", "textrequest"],
        cwd=folder,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join([str(folder), str(SOURCES.parent)]),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_test_gets_a_new_sandbox(tmp_path: Path) -> None:
    result = pytest_in(tmp_path)
    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_the_client_fixture_is_connected_to_the_sandbox(tmp_path: Path) -> None:
    tests = """
def test_it(textrequest, textrequest_sandbox):
    created = textrequest.dashboards.create(name="Front desk", phone="14235550142")
    assert created.id in textrequest_sandbox.state.dashboards
"""
    result = pytest_in(tmp_path, tests=tests)
    assert "1 passed" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize("module", EXTRA)
def test_without_the_extra_pytest_runs_and_the_fixture_names_the_extra(tmp_path: Path, module: str) -> None:
    tests = PLUGIN_TESTS + "\ndef test_other():\n    pass\n"
    result = pytest_in(tmp_path, without=module, tests=tests)
    assert "1 passed, 2 errors" in result.stdout, result.stdout + result.stderr
    assert 'pip install "textrequest-ext[sandbox]"' in result.stdout


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )


def test_without_the_extra_the_import_error_names_the_extra() -> None:
    code = "import sys; sys.modules['starlette'] = None; import textrequest_ext.sandbox"
    result = python(code)
    assert result.returncode == 1
    assert 'ImportError: the sandbox needs starlette: pip install "textrequest-ext[sandbox]"' in result.stderr


def test_the_plugin_has_an_entry_point() -> None:
    (plugin,) = entry_points(group="pytest11", name="textrequest")
    assert plugin.value == "textrequest_ext.sandbox.pytest_plugin"


def test_the_plugin_imports_no_dependency_of_the_extra() -> None:
    code = f"""
import sys, pytest
import textrequest_ext.sandbox.pytest_plugin
print([name for name in {EXTRA} if name in sys.modules])
"""
    assert python(code).stdout == "[]\n"


def test_no_other_module_imports_the_sandbox_or_its_dependencies() -> None:
    others = [
        ".".join([package.name, *path.relative_to(package).with_suffix("").parts]).removesuffix(".__init__")
        for package in (SOURCES, Path(textrequest_api.__file__).parent)
        for path in sorted(package.rglob("*.py"))
        if not {"sandbox", "_command_line"} & set(path.relative_to(package).parts)
    ]
    assert len(others) > 100
    code = f"""
import importlib, sys
for name in {others}:
    importlib.import_module(name)
print([name for name in {[*EXTRA, "textrequest_ext.sandbox"]} if name in sys.modules])
"""
    result = python(code)
    assert result.stdout == "[]\n", result.stderr
