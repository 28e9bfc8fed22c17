"""`messages send`: prompts, files with a journal, unknown outcomes, exit statuses."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from command_line.conftest import Run, bodies, records
from textrequest_ext._command_line import sending
from textrequest_ext.sandbox import Fault, Sandbox

NUMBER = "5555550123"
PERSON = f"1{NUMBER}"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [f"a{number},(555) 555-01{number:02},Hello {number}" for number in range(12)]
    path.write_text("\n".join(["Key,Phone Number,Body", *rows]), "utf-8-sig")
    return path


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The input counts as a terminal."""
    monkeypatch.setattr(sending, "input_is_a_terminal", lambda: True)


def test_a_text_is_sent_without_a_prompt_if_the_input_is_not_a_terminal(
    run: Run, sandbox: Sandbox, dashboard_id: int
) -> None:
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    [record] = records(result)
    assert record.keys() == {"message_id", "delivery_status"}
    assert bodies(sandbox) == [(PERSON, "Hello")]
    assert "0123" not in result.output


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("reply", "status", "count"), [("y\n", 0, 1), ("Yes\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0), ("", 1, 0)]
)
def test_a_prompt_asks_before_a_text_is_sent(
    run: Run, sandbox: Sandbox, dashboard_id: int, reply: str, status: int, count: int
) -> None:
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--json", input=reply)
    assert (result.exit_code, len(bodies(sandbox)), len(records(result))) == (status, count, count)
    assert f"Send 1 text (1 segment) to ***0123 from dashboard {dashboard_id}? [y/N]" in result.stderr
    assert ("nothing was sent" in result.stderr) == (status == 1)


@pytest.mark.usefixtures("terminal")
def test_yes_replaces_the_prompt(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--yes")
    assert (result.exit_code, result.stderr) == (0, "")
    assert bodies(sandbox) == [(PERSON, "Hello")]


def test_a_text_can_have_media_and_a_sender(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    url = "https://media.example.com/map.gif"
    arguments = ("messages", "send", dashboard_id, "--to", NUMBER, "--media", url, "--sender-name", "Ann")
    assert run(*arguments, "--body", "This way").exit_code == 0
    [message] = sandbox.state.messages.values()
    assert (list(message.media), message.sender_name) == ([url], "Ann")


def test_the_text_can_be_read_from_stdin(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    arguments = ("messages", "send", dashboard_id, "--to", NUMBER, "--body", "-")
    assert run(*arguments, input="Two\nlines\n").exit_code == 0
    assert bodies(sandbox) == [(PERSON, "Two\nlines")]
    result = run(*arguments, input="\n")
    assert (result.exit_code, len(bodies(sandbox))) == (2, 1)
    assert "--body is empty" in result.stderr


def test_a_rejected_text_is_status_1(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.receive_text(dashboard_id, NUMBER, "STOP")
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert NUMBER not in result.stderr


def test_an_unknown_outcome_is_status_3(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.add_fault(Fault(drop="after", method="POST", times=1))
    result = run(
        "messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--if-unknown", "report"
    )
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (3, "", 1)
    assert bodies(sandbox) == [(PERSON, "Hello")]


def test_a_text_whose_response_is_lost_is_looked_up(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.add_fault(Fault(drop="after", method="POST", times=1))
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello")
    assert (result.exit_code, result.stderr) == (0, "")
    assert bodies(sandbox) == [(PERSON, "Hello")]


def test_an_outcome_that_stays_unknown_is_status_3(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.add_fault(Fault(drop="before", method="POST"))
    sandbox.add_fault(Fault(status=403, method="GET"))
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--settle", "0.1")
    assert (result.exit_code, len(result.stderr.splitlines())) == (3, 1), result.output


def test_a_text_that_was_not_sent_is_status_1(run: Run, sandbox: Sandbox, dashboard_id: int) -> None:
    sandbox.add_fault(Fault(drop="before", method="POST"))
    result = run("messages", "send", dashboard_id, "--to", NUMBER, "--body", "Hello", "--settle", "0")
    assert (result.exit_code, bodies(sandbox)) == (1, []), result.output


def test_a_file_is_sent_once_with_a_journal(
    run: Run, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    result = run("messages", "send", dashboard_id, "--file", people)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "12 sent\n", "")
    expected = [(f"155555501{number:02}", f"Hello {number}") for number in range(12)]
    assert sorted(bodies(sandbox)) == expected
    rows = records(run("messages", "send", dashboard_id, "--file", people, "--json"))
    assert {(row["outcome"], row["earlier"]) for row in rows} == {("sent", True)}
    assert {row["key"]: row["row"] for row in rows} == {f"a{number}": number + 1 for number in range(12)}
    assert sorted(bodies(sandbox)) == expected
    with sqlite3.connect(people.with_suffix(".journal")) as journal:
        assert journal.execute("SELECT count(*) FROM messages WHERE outcome = 'sent'").fetchone() == (12,)
    journal.close()


def test_what_was_not_sent_is_a_table(run: Run, sandbox: Sandbox, dashboard_id: int, tmp_path: Path) -> None:
    sandbox.receive_text(dashboard_id, "5555550101", "STOP")
    path = tmp_path / "people.csv"
    path.write_text("phone_number\n5555550100\n5555550101\n123\n")
    result = run("messages", "send", dashboard_id, "--file", path, "--body", "Hello")
    assert (result.exit_code, result.stderr) == (1, "")
    header, row, summary = result.stdout.splitlines()
    assert header.split() == ["Row", "Key", "Outcome", "Reason"]
    assert row.startswith("3 ")
    assert "invalid" in row
    assert summary == "1 invalid, 1 opted_out, 1 sent"
    assert bodies(sandbox) == [("15555550100", "Hello")]
    assert "55555501" not in result.output


def test_opted_out_people_alone_are_no_failure(
    run: Run, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    sandbox.receive_text(dashboard_id, "5555550101", "STOP")
    result = run("messages", "send", dashboard_id, "--file", people)
    assert (result.exit_code, result.stdout) == (0, "1 opted_out, 11 sent\n")


def test_an_unknown_outcome_in_a_file_is_status_3(
    run: Run, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    sandbox.add_fault(Fault(drop="after", method="POST", every=5))
    arguments = ("messages", "send", dashboard_id, "--file", people, "--json", "--if-unknown")
    result = run(*arguments, "report")
    assert result.exit_code == 3
    assert [row["outcome"] for row in records(result)].count("unknown") == 2
    sandbox.clear_faults()
    result = run(*arguments, "resend")
    assert result.exit_code == 0, result.output
    assert len(bodies(sandbox)) == len({number for number, _ in bodies(sandbox)}) == 12


@pytest.mark.usefixtures("terminal")
def test_the_prompt_for_a_file_has_the_number_of_texts(
    run: Run, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    arguments = ("messages", "send", dashboard_id, "--file", people)
    result = run(*arguments, input="n\n")
    assert f"Send the 12 texts of {people} from dashboard {dashboard_id}? [y/N]" in result.stderr
    assert (result.exit_code, bodies(sandbox), people.with_suffix(".journal").exists()) == (1, [], False)
    assert run(*arguments, "--yes").exit_code == 0
    result = run(*arguments, input="n\n")
    listed = f"Those that {people.with_suffix('.journal')} lists as sent are not sent again."
    assert f"from dashboard {dashboard_id}? {listed} [y/N]" in result.stderr


def test_hours_of_the_recipients_are_kept(
    run: Run, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    # A range without the current minute, wherever the clock is.
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    hours = [f"{moment:%H:%M}" for moment in (now + timedelta(hours=2), now + timedelta(hours=3))]
    arguments = ("messages", "send", dashboard_id, "--file", people, "--hours", *hours)
    result = run(*arguments, "--time-zone", "UTC")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "12 outside_hours"
    assert bodies(sandbox) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is empty"),
        ("phone_number\n5555550123\n", "needs a column body, or --body"),
        ("number,body\n5555550123,Hello\n", "has no column phone_number"),
        (b"phone_number,body\n5555550123,caf\xe9\n", "is not UTF-8"),
        ("phone_number,body\n5555550123,a\0" + "b" * 200_000 + "\n", "is not CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_status_2(
    run: Run, sandbox: Sandbox, dashboard_id: int, tmp_path: Path, text: str | bytes, error: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    result = run("messages", "send", dashboard_id, "--file", path)
    assert (result.exit_code, len(result.stderr.splitlines()), bodies(sandbox)) == (2, 1, [])
    assert error in result.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--to", NUMBER], "--to and --body are needed, or --file"),
        (["--to", NUMBER, "--body", "Hello", "--journal", "x"], "--journal needs --file"),
        (["--to", NUMBER, "--body", "Hello", "--per-second", "1"], "--per-second needs --file"),
        (["--to", NUMBER, "--file", __file__], "--to cannot be combined with --file"),
        (["--to", NUMBER, "--body", "x" * 1601], "1600"),
        (["--file", "missing.csv"], "does not exist"),
        (["--file", __file__, "--hours", "9", "20:00"], "two times such as"),
    ],
)
def test_options_that_do_not_fit_are_status_2(
    run: Run, sandbox: Sandbox, dashboard_id: int, arguments: list[str], error: str
) -> None:
    result = run("messages", "send", dashboard_id, *arguments)
    assert (result.exit_code, len(result.stderr.splitlines()), bodies(sandbox)) == (2, 1, []), result.output
    assert error in result.stderr


def test_an_option_that_is_not_valid_is_not_worth_another_try(
    run: Run, dashboard_id: int, people: Path
) -> None:
    result = run("messages", "send", dashboard_id, "--file", people, "--per-second", "inf")
    assert (result.exit_code, "again" in result.stderr) == (2, False), result.stderr
    assert "per_second: must be" in result.stderr


def test_a_refused_key_stops_a_file(run: Run, sandbox: Sandbox, dashboard_id: int, people: Path) -> None:
    sandbox.fail(status=401, method="POST")
    result = run("messages", "send", dashboard_id, "--file", people)
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert "status 401" in line
    assert line.endswith("; run the same command again to continue.")
