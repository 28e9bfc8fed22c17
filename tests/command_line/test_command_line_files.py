"""`messages export`, `contacts import` and `contacts export`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from command_line.conftest import Run, records
from examples.export_support import START, Row, Service, history, ids, minutes
from textrequest_ext import TextRequest
from textrequest_ext._command_line.exporting import export_messages
from textrequest_ext.sandbox import Sandbox

END = START + timedelta(days=1)


def lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Crash(Exception):
    pass


def crash_after(count: int) -> Any:
    """A progress function that raises when this many messages were added."""
    left = count

    def progress(added: int) -> None:
        nonlocal left
        if added == 1:
            left -= 1
            if left < 0:
                raise Crash

    return progress


# messages export


def test_messages_are_exported_oldest_first(
    run: Run, sandbox: Sandbox, dashboard_id: int, tmp_path: Path
) -> None:
    for number in range(5):
        sandbox.receive_text(dashboard_id, "5555550123", f"Message {number} \U0001f600")
    path = tmp_path / "messages.jsonl"
    future = "2100-01-01T00:00Z"
    result = run("messages", "export", dashboard_id, "--output", path, "--end", future)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"5 messages in {path}\n", "")
    assert [one["body"] for one in lines(path)] == [f"Message {number} \U0001f600" for number in range(5)]
    assert lines(path)[0]["customer_phone"] == "15555550123"
    assert list(tmp_path.iterdir()) == [path]
    again = run("messages", "export", dashboard_id, "--output", path, "--end", future)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "exists already" in again.stderr
    other = tmp_path / "none.jsonl"
    [record] = records(
        run("messages", "export", dashboard_id, "--output", other, "--end", "2020-01-01T00:00Z", "--json")
    )
    assert record == {"file": str(other), "messages": 0}


@pytest.mark.parametrize("group", [1, 3, 40])
def test_an_export_continues_after_a_failure_at_any_message(tmp_path: Path, group: int) -> None:
    rows = history(40, group=group)
    for number in (0, 5, 7, 20):  # without an id
        rows[number]["message_id"] = None
    rows[8] = rows[7]  # cannot be distinguished
    rows[0]["message_timestamp_utc"] = rows[11]["message_timestamp_utc"] = None
    with Service(rows).client() as client:
        for count in range(len(rows)):
            path = tmp_path / f"{count}.jsonl"
            with pytest.raises(Crash):
                export_messages(client, 121, path, None, END, crash_after(count))
            assert not path.exists()
            progress: list[int] = []
            assert export_messages(client, 121, path, None, END, progress.append) == 40
            assert sum(progress) == 40
            assert [one["body"] for one in lines(path)] == [one["body"] for one in rows]


def test_half_a_line_of_an_interrupted_export_is_removed(tmp_path: Path) -> None:
    rows = history(300)
    path = tmp_path / "messages.jsonl"
    with Service(rows).client() as client:
        export_messages(client, 121, path, None, END, lambda count: None)
        content = path.read_bytes()
        for size in range(0, len(content), 2999):
            other = tmp_path / f"{size}.jsonl"
            other.with_name(f"{other.name}.part").write_bytes(content[:size])
            assert export_messages(client, 121, other, None, END, lambda count: None) == 300
            assert other.read_bytes() == content


def test_an_export_continues_where_it_stopped(tmp_path: Path) -> None:
    service = Service(history(3000, timedelta(minutes=1)))
    path = tmp_path / "messages.jsonl"
    with service.client() as client:
        with pytest.raises(Crash):
            export_messages(client, 121, path, None, START + timedelta(days=30), crash_after(2950))
        service.requests = 0
        # Without an end: that of the first run counts.
        assert export_messages(client, 121, path, None, None, lambda count: None) == 3000
    assert service.requests <= 2
    assert ids(lines(path)) == ids(service.rows)


@pytest.mark.parametrize("count", [1, 9])
def test_an_export_that_continues_has_messages_that_were_listed_late(tmp_path: Path, count: int) -> None:
    rows = history(20, timedelta(seconds=20))
    start = START + timedelta(seconds=20)
    service = Service([row for number, row in enumerate(rows) if number != count])
    path = tmp_path / "messages.jsonl"
    with service.client() as client:
        with pytest.raises(Crash):
            export_messages(client, 121, path, start, END, crash_after(count))
        service.rows = rows
        assert export_messages(client, 121, path, start, END, lambda count: None) == 19
    assert sorted(ids(lines(path))) == ids(rows[1:])


@pytest.mark.parametrize(
    "options", [{"includes_start": False}, {"includes_end": False}, {"precision": minutes}]
)
def test_an_export_has_the_messages_of_its_range(tmp_path: Path, options: dict[str, Any]) -> None:
    rows = history(100)
    start, end = START + timedelta(minutes=10, seconds=10), START + timedelta(minutes=20, seconds=30)
    path = tmp_path / "messages.jsonl"
    with Service(rows, **options).client() as client:
        export_messages(client, 121, path, start, end, lambda count: None)
    assert ids(lines(path)) == ids(rows[31:62])


def test_an_unfinished_export_of_something_else_is_refused(
    run: Run, sandbox: Sandbox, dashboard_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "messages.jsonl"
    sandbox.fail(status=401, operation="messages_list", times=1)
    result = run("messages", "export", dashboard_id, "--output", path)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.endswith(". Run the same command again to continue.\n")
    result = run("messages", "export", dashboard_id + 1, "--output", path)
    assert result.exit_code == 2
    assert f"belongs to an export with dashboard_id {dashboard_id}" in result.stderr
    path.with_name("messages.jsonl.part").write_text("no JSON\n")
    result = run("messages", "export", dashboard_id, "--output", path)
    assert result.exit_code == 1
    assert "line 1 is not a message" in result.stderr
    path.with_name("messages.jsonl.part").write_text("[" * 100_000 + "\n")
    assert "line 1 is not a message" in run("messages", "export", dashboard_id, "--output", path).stderr
    assert "delete it to start again" in result.stderr
    path.with_name("messages.jsonl.part").unlink()
    other = sandbox.add_dashboard().id
    assert run("messages", "export", other, "--output", path).exit_code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_one_line(run: Run, dashboard_id: int, tmp_path: Path) -> None:
    for command in ("messages", "contacts"):
        path = tmp_path / "missing" / "export.jsonl"
        result = run(command, "export", dashboard_id, "--output", path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"textrequest: {path}.part: No such file or directory\n"


def test_two_exports_to_the_same_file_exclude_each_other(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    with Service(history(3)).client() as client:

        def second(count: int) -> None:
            with pytest.raises(Exception, match="another process exports to it"):
                export_messages(client, 121, path, None, END, lambda count: None)

        assert export_messages(client, 121, path, None, END, second) == 3


# contacts


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Phone Number", "First Name", "is_suppressed", "Note"])
        for number in range(30):
            phone = "555-0123" if number in (4, 20) else f"(555) 555-01{number:02}"
            rows.writerow([phone, f"Ann {number}", "yes" if number == 7 else "no", ""])
    return path


def test_contacts_are_imported(run: Run, client: TextRequest, dashboard_id: int, people: Path) -> None:
    result = run("contacts", "import", dashboard_id, people)
    assert (result.exit_code, result.stderr) == (1, "")
    header, first, second, summary = result.stdout.splitlines()
    assert header.split() == ["Row", "Outcome", "Reason"]
    assert first.split()[:2] == ["5", "invalid"]
    assert second.split()[:2] == ["21", "invalid"]
    assert summary == "28 created, 2 invalid"
    contact = client.contacts.get(dashboard_id, "5555550107")
    assert contact is not None
    assert (contact.first_name, contact.is_suppressed, contact.note) == ("Ann 7", True, None)
    rows = records(run("contacts", "import", dashboard_id, people, "--compare", "--json"))
    assert [one["row"] for one in rows] == list(range(1, 31))
    assert [one["outcome"] for one in rows].count("unchanged") == 28
    assert "55555501" not in json.dumps(rows)


def test_an_interrupted_import_says_where_to_continue(
    run: Run, client: TextRequest, sandbox: Sandbox, dashboard_id: int, people: Path
) -> None:
    sandbox.fail(status=401, operation="contacts_bulk_update", skip=2)
    arguments = ("contacts", "import", dashboard_id, people, "--chunk-size", "10")
    result = run(*arguments)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.endswith("To continue, run the same command with --start 20.\n")
    sandbox.clear_faults()
    assert run(*arguments, "--start", "20").stdout.splitlines()[-1] == "9 created, 1 invalid"
    assert client.contacts.list(dashboard_id).count() == 28


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_an_export_of_contacts_can_be_imported(
    run: Run, client: TextRequest, sandbox: Sandbox, dashboard_id: int, tmp_path: Path, suffix: str
) -> None:
    groups = [client.groups.create(dashboard_id, name=name).id for name in "ab"]
    tag = client.tags.create(dashboard_id, tag="new").id
    field = client.custom_fields.create(dashboard_id, name="Car")
    contacts: list[dict[str, Any]] = [
        {"phone_number": "5555550101", "first_name": 'Ann "A", B', "note": "two\nlines é", "groups": groups},
        {"phone_number": "5555550102", "contact_tags": [tag], "is_archived": True},
        {"phone_number": "5555550103", "custom_fields": [{"id": field.id, "value": "0"}]},
    ]
    assert all(result.ok for result in client.contacts.sync(dashboard_id, contacts))
    sandbox.receive_text(dashboard_id, "5555550104", "STOP")
    path = tmp_path / f"contacts{suffix}"
    result = run("contacts", "export", dashboard_id, "--output", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"4 contacts in {path}\n", "")
    assert list(tmp_path.iterdir()) == [path]
    result = run("contacts", "import", dashboard_id, path, "--compare")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "1 skipped, 3 unchanged"
    if suffix == ".csv":
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines(keepends=True)))
        assert rows[0]["groups"] == f"{groups[0]};{groups[1]}"
        assert json.loads(rows[2]["custom_fields"])[0]["value"] == "0"
        assert rows[3]["opted_out_utc"]


def test_an_export_that_fails_leaves_no_file(
    run: Run, sandbox: Sandbox, dashboard_id: int, tmp_path: Path
) -> None:
    sandbox.fail(status=401, operation="contacts_list")
    for number in range(3):
        sandbox.receive_text(dashboard_id, f"555555012{number}", "Hello")
    assert run("contacts", "export", dashboard_id, "--output", tmp_path / "contacts.csv").exit_code == 1
    assert list(tmp_path.iterdir()) == []
    result = run("contacts", "export", dashboard_id, "--output", tmp_path / "contacts.xlsx")
    assert (result.exit_code, "must end in .csv or .jsonl" in result.stderr) == (2, True)
    (tmp_path / "contacts.csv").touch()
    result = run("contacts", "export", dashboard_id, "--output", tmp_path / "contacts.csv")
    assert (result.exit_code, "exists already" in result.stderr) == (2, True)


def test_cells_that_do_not_fit_are_invalid_rows(run: Run, dashboard_id: int, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(
        "phone_number,groups,is_blocked,custom_fields\n5555550101,friends,,\n5555550102,,perhaps,\n5555550103,,,\n"
        f"5555550104,,,{'[' * 100_000}\n"
    )
    rows = records(run("contacts", "import", dashboard_id, path, "--json"))
    assert [one["outcome"] for one in rows] == ["invalid", "invalid", "created", "invalid"]
    fields = [(one["reason"] or "").partition(":")[0] for one in rows]
    assert fields == ["groups", "is_blocked", "", "custom_fields"]


def test_lines_that_are_not_json_are_status_2(run: Run, dashboard_id: int, tmp_path: Path) -> None:
    path = tmp_path / "contacts.jsonl"
    for line in ("{", "[" * 100_000):
        path.write_text(f'{{"phone_number": "5555550101"}}\n{line}\n')
        result = run("contacts", "import", dashboard_id, path)
        assert result.exit_code == 2
        assert "line 2 is not JSON" in result.stderr


@pytest.fixture
def client(sandbox: Sandbox) -> Iterable[TextRequest]:
    with TextRequest(sandbox.api_key, base_url=sandbox.url) as connected:
        yield connected
