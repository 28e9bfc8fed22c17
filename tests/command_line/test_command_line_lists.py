"""`check`, `dashboards` and `messages list`: tables, JSON, masked numbers, errors."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from command_line.conftest import Run, records
from textrequest_ext._command_line.application import application
from textrequest_ext.sandbox import Sandbox

PERSON = "15555550123"


@pytest.fixture
def history(sandbox: Sandbox, dashboard_id: int) -> int:
    """A dashboard with one message of each of thirty people."""
    for number in range(30):
        sandbox.receive_text(dashboard_id, f"155555501{number:02}", f"Message {number} [red]of[/red] many")
    return dashboard_id


def test_check_reports_the_service_and_the_dashboards(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    host = sandbox.url.split("/")[2]
    assert result.stdout.startswith(f"{host} is reachable and accepts the API key")
    assert result.stdout.endswith("The account has 1 dashboard.\n")
    [record] = records(run("check", "--json"))
    assert (record["reachable"], record["host"], record["dashboards"]) == (True, host, 1)


def test_a_refused_key_is_one_line_and_status_1(run: Run, tmp_path: Path) -> None:
    key = "0123456789ABCDEF0123456789ABCDEF"
    (tmp_path / "key").write_text(f"{key}\n")
    result = run("check", "--json", "--api-key-file", tmp_path / "key")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "status 401" in result.stderr
    assert key not in result.output


def test_the_key_can_be_in_a_file_and_must_be_somewhere(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f" {sandbox.api_key}\n")
    none = {"TEXTREQUEST_API_KEY": None}
    assert run("check", "--api-key-file", tmp_path / "key", env=none).exit_code == 0
    result = run("check", env=none)
    assert result.exit_code == 2
    assert result.stderr == (
        "textrequest: api_key: missing; pass the account's API key or set TEXTREQUEST_API_KEY\n"
    )
    (tmp_path / "key").write_bytes(b"\xff\n")
    assert run("check", "--api-key-file", tmp_path / "key", env=none).exit_code == 2


def test_no_command_takes_the_key_as_an_option(run: Run) -> None:
    # The list of processes shows options.
    result = run("check", "--api-key", "0123456789ABCDEF")
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_a_service_that_is_not_reachable_is_status_1(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api/v3"
    result = run("check", "--base-url", url, "--timeout", "5")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_http_to_another_machine_is_refused(run: Run) -> None:
    result = run("check", "--base-url", "http://texts.example.com/api/v3")
    assert result.exit_code == 2
    assert "unencrypted" in result.stderr


def test_dashboards_are_listed_with_their_own_numbers(run: Run, sandbox: Sandbox) -> None:
    ids = [sandbox.add_dashboard(f"Desk {number}", f"1555555010{number}").id for number in range(2)]
    assert run("dashboards").stdout.splitlines() == [
        "Id   Name    Phone number",
        f"{ids[0]}  Desk 0  15555550100",
        f"{ids[1]}  Desk 1  15555550101",
    ]
    assert [record["id"] for record in records(run("dashboards", "--json"))] == ids


def test_the_newest_messages_are_listed_and_numbers_are_masked(
    run: Run, sandbox: Sandbox, history: int
) -> None:
    result = run("messages", "list", history)
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr, len(lines)) == (0, "", 21)
    assert len(sandbox.requests) == 1
    assert lines[1].endswith("received   ***0129          Message 29 [red]of[/red] many")
    assert "155555501" not in result.stdout
    assert "\x1b" not in result.stdout
    shown = run("messages", "list", history, "--show-numbers", "--limit", "1").stdout
    assert "15555550129" in shown


def test_json_has_every_field_and_all_messages_if_asked_for(run: Run, history: int) -> None:
    rows = records(run("messages", "list", history, "--json", "--limit", "0", "--oldest-first"))
    assert [row["customer_phone"] for row in rows] == [f"155555501{number:02}" for number in range(30)]
    assert rows[0]["body"] == "Message 0 [red]of[/red] many"
    assert rows[0]["message_direction"] == "R"


def test_messages_can_be_filtered(run: Run, history: int) -> None:
    assert len(records(run("messages", "list", history, "--json", "--direction", "sent"))) == 0
    assert len(records(run("messages", "list", history, "--json", "--until", "2020-01-01T00:00Z"))) == 0
    assert len(records(run("messages", "list", history, "--json", "--since", "2020-01-01T00:00Z"))) == 20


def test_the_messages_with_one_contact(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    for number in range(5):
        sandbox.receive_text(dashboard_id, PERSON, f"Message {number}")
    sandbox.receive_text(dashboard_id, "15555550142", "Another person")
    arguments = ("messages", "list", dashboard_id, "--with", "(555) 555-0123", "--json")
    assert [row["body"][-1] for row in records(run(*arguments))] == ["4", "3", "2", "1", "0"]
    assert [row["body"][-1] for row in records(run(*arguments, "--oldest-first", "--limit", "2"))] == [
        "0",
        "1",
    ]
    assert len(records(run(*arguments, "--direction", "sent"))) == 0
    assert len(records(run(*arguments, "--until", "2020-01-01T00:00Z"))) == 0


def test_a_text_cannot_control_the_terminal(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.receive_text(dashboard_id, PERSON, "a\x1b]0;title\x07b\nc\u202ed\x9b2Je\r, or call 555-555-0142")
    line = run("messages", "list", dashboard_id).stdout.splitlines()[1]
    assert line.endswith("a ]0;title b c d 2Je , or call ***0142")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["messages", "list"], "Missing argument 'DASHBOARD_ID'. See textrequest messages list --help."),
        (["messages", "list", "0"], "not in the range"),
        (["messages", "list", "1", "--since", "yesterday"], "'yesterday' is not a timestamp"),
        (
            ["messages", "list", "1", "--since", "2026-01-01"],
            "has no time zone; for UTC, add a Z. See textrequest",
        ),
        (["messages", "list", "1", "--since", "0001-01-01T00:00Z"], "is not within the years 2 to 9998"),
        (["messages", "list", "1", "--until", "9999-12-31T23:59-23:00"], "is not within the years 2 to 9998"),
        (["messages", "list", "1", "--limit", "9" * 30], "not in the range"),
        (["messages", "list", "1", "--with", "123"], "phone_number: must be a North American phone number"),
        (["reply"], "No such command 'reply'"),
    ],
)
def test_an_error_of_usage_is_one_line_and_status_2(arguments: list[str], text: str) -> None:
    environment = {"TEXTREQUEST_API_KEY": "key"}
    result = CliRunner().invoke(application, arguments, prog_name="textrequest", env=environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("textrequest: ")
    assert text in result.stderr


def test_without_arguments_the_help_is_shown(run: Run) -> None:
    for arguments in ([], ["messages"], ["contacts"], ["webhooks"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "Commands:" in result.output
        assert len(result.output.splitlines()) > 5


def test_an_error_of_the_service_is_one_line(run: Run, sandbox: Sandbox, history: int) -> None:
    sandbox.fail(status=503, retry_after=0)
    result = run("messages", "list", history)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "status 503" in result.stderr


def test_a_bug_has_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(output: object, values: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("textrequest_ext._command_line.output.Output.record", broken)
    with pytest.raises(ZeroDivisionError):
        run("check")


def test_ctrl_c_before_a_command_runs_is_status_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "make_context", interrupted)
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (130, "", "textrequest: interrupted")


def test_without_standalone_mode_the_status_is_returned(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
    assert application.main(["check", "--base-url", "ftp://example.com"], standalone_mode=False) == 2
    assert not application.main(["check", "--base-url", sandbox.url], standalone_mode=False)
