"""The command as a process: its terminal, Ctrl-C, closed pipes, and what it is without the extra."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import pytest

from command_line.conftest import Start, bodies
from textrequest_ext.sandbox import Fault, Sandbox


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [f"a{number},55555501{number:02},Hello {number}" for number in range(40)]
    path.write_text("\n".join(["key,phone_number,body", *rows]))
    return path


def read_until(descriptor: int, text: str) -> str:
    """What a process writes to a terminal or a pipe, until it has written the text or closed it."""
    shown = b""
    while text.encode() not in shown and (more := os.read(descriptor, 4096)):
        shown += more
    return shown.decode()


def test_a_prompt_on_a_terminal_can_be_declined(process: Start, sandbox: Sandbox, dashboard_id: int) -> None:
    terminal, other_end = pty.openpty()
    arguments = ("messages", "send", dashboard_id, "--to", "5555550123", "--body", "Hello")
    with process(*arguments, stdin=other_end) as sending:
        assert sending.stderr is not None
        prompt = read_until(sending.stderr.fileno(), "[y/N]")
        os.write(terminal, b"n\n")
        output, errors = sending.communicate(timeout=60)
    os.close(terminal)
    os.close(other_end)
    assert (sending.returncode, output, bodies(sandbox)) == (1, "", [])
    assert f"{prompt}{errors}" == (
        f"Send 1 text (1 segment) to ***0123 from dashboard {dashboard_id}? [y/N]: textrequest: nothing was sent\n"
    )


def test_progress_is_on_stderr_if_that_is_a_terminal(
    process: Start, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    terminal, other_end = pty.openpty()
    with process("messages", "send", dashboard_id, "--file", people, "--json", stderr=other_end) as sending:
        shown = read_until(terminal, "40/40")
        output, _ = sending.communicate(timeout=60)
    os.close(terminal)
    os.close(other_end)
    assert sending.returncode == 0
    # stdout has the results and nothing else, although rich would write them to its terminal.
    assert [json.loads(line)["outcome"] for line in output.splitlines()] == ["sent"] * 40
    assert "Sending" in shown
    assert "outcome" not in shown


def test_an_export_shows_its_progress(
    process: Start, sandbox: Sandbox, dashboard_id: int, tmp_path: Path
) -> None:
    for number in range(5):
        sandbox.receive_text(dashboard_id, "5555550123", f"Message {number}")
    terminal, other_end = pty.openpty()
    arguments = ("--output", tmp_path / "messages.jsonl", "--end", "2100-01-01T00:00Z")
    with process("messages", "export", dashboard_id, *arguments, stderr=other_end) as exporting:
        assert "Exporting" in read_until(terminal, "5/5")
        output, _ = exporting.communicate(timeout=60)
    os.close(terminal)
    os.close(other_end)
    assert (exporting.returncode, output) == (0, f"5 messages in {tmp_path}/messages.jsonl\n")


def test_ctrl_c_stops_a_file_and_the_next_run_continues(
    process: Start, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    arguments = ("messages", "send", dashboard_id, "--file", people, "--json")
    sandbox.add_fault(Fault(latency=0.5, method="POST", skip=4))
    with process(*arguments, "--concurrency", 2) as sending:
        assert sending.stdout is not None
        first = sending.stdout.readline()
        sending.send_signal(signal.SIGINT)
        rest, errors = sending.communicate(timeout=60)
    assert sending.returncode == 130
    stopped = re.fullmatch(
        r"textrequest: interrupted\. Stopped after (?:\d not_sent, )?(\d+) sent; "
        r"run the same command again to continue\.\n",
        errors,
    )
    assert stopped, errors
    count = len(bodies(sandbox))
    assert 0 < count < 40
    # The signal may arrive while results are printed or counted. The journal has all of them.
    printed = [json.loads(line)["outcome"] for line in (first + rest).splitlines()]
    for reported in (int(stopped[1]), printed.count("sent")):
        assert 0 < reported <= count
    sandbox.clear_faults()
    with process(*arguments) as sending:
        output, errors = sending.communicate(timeout=60)
    assert (sending.returncode, errors) == (0, "")
    assert sum(json.loads(line)["earlier"] for line in output.splitlines()) == count
    assert len(bodies(sandbox)) == len({number for number, _ in bodies(sandbox)}) == 40


def test_ctrl_c_while_a_text_is_sent_is_an_unknown_outcome(process: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api/v3"
        arguments = ("messages", "send", 350, "--to", "5555550123", "--body", "Hello", "--base-url", url)
        with process(*arguments) as sending:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(4).startswith(b"POST")
                sending.send_signal(signal.SIGINT)
                output, errors = sending.communicate(timeout=60)
    assert (sending.returncode, output) == (3, "")
    assert re.fullmatch(r"textrequest: POST \S+: interrupted; the text may have been sent, .*\n", errors), (
        errors
    )


def test_a_reader_that_is_gone_is_no_error_and_does_not_stop_a_file(
    process: Start, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    with process("messages", "send", dashboard_id, "--file", people, "--json") as sending:
        assert sending.stdout is not None
        assert sending.stderr is not None
        sending.stdout.close()
        errors = sending.stderr.read()
    assert (sending.returncode, errors, len(bodies(sandbox))) == (0, "", 40)
    with process("messages", "list", dashboard_id, "--limit", 0, "--json") as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        errors = listing.stderr.read()
    assert (listing.returncode, errors) == (0, "")


def test_the_sandbox_is_the_command_textrequest_sandbox(process: Start) -> None:
    with process("sandbox", "--port", 0, "--seed", 1, "--messages", 3) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(4)]
        url = lines[1].removeprefix("export TEXTREQUEST_BASE_URL=").strip()
        headers = {"x-api-key": lines[2].partition("=")[2].strip()}
        assert httpx.get(f"{url}/dashboards", headers=headers).status_code == 200
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=60)
    assert (running.returncode, output.splitlines()[-1], errors) == (0, "stopped", "")
    with process("sandbox", "--help") as running:
        output, _ = running.communicate(timeout=60)
    assert "usage: textrequest-sandbox" in output


@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [("click", "cli", ["--help"]), ("rich", "cli", ["check"]), ("starlette", "sandbox", ["sandbox"])],
)
def test_without_an_extra_one_line_says_how_to_install_it(
    tmp_path: Path, module: str, extra: str, arguments: list[str]
) -> None:
    # Makes the search for the module fail, as it does where the extra is not installed.
    code = f"""
import importlib.util, sys
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {module!r} else find_spec(name, *rest)
sys.argv[1:] = {arguments!r}
from textrequest_ext._command_line import main
main()
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert f'{module}: pip install "textrequest-ext[{extra}]"' in result.stderr


def test_the_package_does_not_import_the_command() -> None:
    code = """
import sys, textrequest_ext
for name in textrequest_ext.__all__:
    getattr(textrequest_ext, name)
print([name for name in sys.modules if "_command_line" in name])
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert result.stdout == "[]\n"


def test_the_command_has_an_entry_point() -> None:
    [entry] = entry_points(group="console_scripts", name="textrequest")
    assert entry.value == "textrequest_ext._command_line:main"
