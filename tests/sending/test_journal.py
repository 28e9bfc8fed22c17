"""The journal: what is in it, how a run is resumed with it, and who may use it."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sending.simulated_service import DASHBOARD, PERSON, Sender, SimulatedService
from sending.test_send_many import messages, number, run_many
from textrequest_ext import JournalError, OutgoingMessage, SendResult
from textrequest_ext._sending.journal import SCHEMA_VERSION, Entry, Journal
from unit.conftest import ClientHarness

SUBPROCESS = [sys.executable, "-c"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reminders.journal"


@pytest.fixture
def blocking() -> Sender:
    return Sender(SimulatedService(ClientHarness("blocking")))


def query(path: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(path, timeout=0)  # what is locked stays locked
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def set_outcome(path: Path, key: str, outcome: str) -> None:
    """Change a row as if a process had been killed at that point."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE messages SET outcome = ?, message_id = NULL WHERE key = ?", (outcome, key))
    connection.close()


def outcomes(results: list[SendResult]) -> list[str]:
    return [result.outcome for result in results]


def test_it_is_a_table_that_can_be_queried(sender: Sender, path: Path) -> None:
    sender.service.outcomes = ["ok", "rejected"]
    given = [
        OutgoingMessage("5555550101", "One", key="a"),
        OutgoingMessage("5555550102", "Two", key="b", sender_name="Ann"),
        OutgoingMessage("5555550103", "Three"),
    ]
    results = run_many(sender, given, journal=path, opted_out=["5555550103"])
    rows = query(
        path,
        "SELECT key, position, derived, dashboard_id, phone_number, body, options, outcome, message_id, run "
        "FROM messages ORDER BY position",
    )
    assert rows == [
        ("a", 0, 0, DASHBOARD, "15555550101", "One", "{}", "sent", "m0", 1),
        ("b", 1, 0, DASHBOARD, "15555550102", "Two", '{"sender_name": "Ann"}', "rejected", None, 1),
        (results[2].key, 2, 1, DASHBOARD, "15555550103", "Three", "{}", "opted_out", None, 1),
    ]
    ((started, finished),) = query(path, "SELECT started_at, finished_at FROM messages WHERE key = 'a'")
    assert started <= finished
    assert started.endswith("Z")
    assert query(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_only_its_owner_can_read_it(sender: Sender, path: Path) -> None:
    old = os.umask(0)
    try:
        run_many(sender, messages(1), journal=path, on_result=lambda result: modes.append(mode(path)))
    finally:
        os.umask(old)
    assert modes.pop() == 0o600


modes: list[int] = []


def mode(path: Path) -> int:
    files = list(path.parent.glob("*"))
    assert len(files) >= 1
    return max(stat.S_IMODE(file.stat().st_mode) for file in files)


def test_a_row_is_on_disk_before_the_request_leaves(sender: Sender, path: Path) -> None:
    seen: list[Any] = []

    def copy_and_look() -> None:
        # A copy, because the journal is locked; the log file holds what is not in the main file yet.
        for suffix in ("", "-wal"):
            Path(f"{path}.copy{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
        seen.append(query(Path(f"{path}.copy"), "SELECT key, outcome, body FROM messages ORDER BY position"))

    sender.service.on_send = copy_and_look
    run_many(sender, [OutgoingMessage("5555550101", "One", key="a"), *messages(1, key="b")], journal=path)
    assert seen == [
        [("a", "started", "One")],
        [("a", "sent", "One"), ("b", "started", "Reminder 0")],
    ]


def test_one_run_at_a_time_uses_a_journal(
    blocking: Sender, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textrequest_ext._sending.journal.LOCK_TIMEOUT", 0)
    script = (
        "from textrequest_ext._sending import journal\n"
        "from textrequest_ext import ConfigurationError\n"
        "journal.LOCK_TIMEOUT = 0\n"
        f"try: journal.Journal({str(path)!r})\n"
        "except ConfigurationError as error: print(error)\n"
    )
    said: list[str] = []

    def use_it_elsewhere(result: SendResult) -> None:
        process = subprocess.run([*SUBPROCESS, script], capture_output=True, text=True, check=True)
        said.append(process.stdout)
        with pytest.raises(JournalError, match="in use"):
            Journal(path)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            query(path, "SELECT * FROM messages")

    results = run_many(blocking, messages(1), journal=path, on_result=use_it_elsewhere)
    assert outcomes(results) == ["sent"]
    assert "in use" in said[0]
    Journal(path).close()


def test_a_run_that_was_not_finished_releases_the_journal(sender: Sender, path: Path) -> None:
    run = sender.client.messages.send_many(DASHBOARD, messages(5), journal=path, opted_out=(), concurrency=1)
    if sender.service.harness.mode == "blocking":
        with run:
            next(run)
    else:

        async def read_one() -> None:
            async with run:
                await anext(run)

        sender.service.harness.run(read_one())
    Journal(path).close()
    assert outcomes(run_many(sender, messages(5), journal=path)) == ["sent"] * 5
    assert len(sender.service.rows) == 5


def test_files_that_are_not_journals_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and long enough not to be taken for an empty one" * 20)
    before = text.read_bytes()
    with pytest.raises(JournalError, match="not a database"):
        Journal(text)
    assert text.read_bytes() == before
    with pytest.raises(JournalError):
        Journal(tmp_path)
    with pytest.raises(JournalError):
        Journal(tmp_path / "missing" / "reminders.journal")
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE messages (id)")
    connection.close()
    with pytest.raises(JournalError, match="another program"):
        Journal(other)


def test_a_newer_schema_is_refused(path: Path) -> None:
    Journal(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(JournalError, match=f"version {SCHEMA_VERSION + 1}"):
        Journal(path)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Limits the size of journals once the list has a number of pages in it."""
    limit: list[int] = []
    execute = Journal._execute

    def limited(self: Journal, statement: str, *values: Any, durable: bool = False) -> Any:
        if limit and self._connection is not None:
            self._connection.execute(f"PRAGMA max_page_count = {limit[0]}")
        return execute(self, statement, *values, durable=durable)

    monkeypatch.setattr(Journal, "_execute", limited)
    return limit


def test_without_a_row_no_request_is_made(sender: Sender, path: Path, full_disk: list[int]) -> None:
    given = (OutgoingMessage(number(at), "x" * 1500, key=f"k{at}") for at in range(50))
    reported: list[SendResult] = []

    def report(result: SendResult) -> None:
        reported.append(result)
        full_disk[:] = [1]

    with pytest.raises(JournalError, match="full"):
        run_many(sender, given, journal=path, on_result=report)
    last = reported.pop()
    assert last.outcome == "not_sent"
    assert all(result.outcome == "sent" for result in reported)
    assert len(sender.service.rows) == len(reported)


def test_a_look_up_that_cannot_read_the_journal_is_unknown(
    sender: Sender, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Journal, message_id: str) -> bool:
        raise JournalError("journal: disk I/O error")

    monkeypatch.setattr(Journal, "knows", fail)
    sender.service.outcomes = ["dropped after"]
    (result,) = run_many(sender, messages(1), journal=path)
    assert (result.outcome, result.reason) == ("unknown", "journal: disk I/O error")


def test_without_a_journal_nothing_is_left_on_disk(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_many(sender, messages(3))
    assert list(tmp_path.iterdir()) == []


def test_entries_show_neither_text_nor_number() -> None:
    entry = Entry("a", 0, 0, DASHBOARD, PERSON, "Reminder", "{}")
    assert "Reminder" not in repr(entry)
    assert PERSON not in repr(entry)


FORK = """
import os, signal, sys
import httpx
from textrequest_ext import ConfigurationError, OutgoingMessage, TextRequest

def send(request):
    return httpx.Response(200, json={"message_id": request.url.path, "delivery_status": "sent"})

client = TextRequest("key", transport=httpx.MockTransport(send))
given = [OutgoingMessage(f"555555{at:04}", "Hi", key=str(at)) for at in range(200)]
run = client.messages.send_many(121, given, journal=sys.argv[1], opted_out=(), concurrency=1)
for result in run:
    if result.index % 50 == 5:
        child = os.fork()
        if child == 0:
            try:
                next(run)
            except ConfigurationError:
                run.close()
                del run, result
                sys.exit(7)  # with all the cleaning up of an interpreter
            sys.exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    if result.index == 150:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_forked_process_leaves_the_journal_alone(path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, str(path)], capture_output=True, text=True, timeout=120
    )
    assert (process.returncode, process.stderr) == (-signal.SIGKILL, "")
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    # A child that had closed the journal would have removed the file with these rows.
    ((sent, last),) = query(path, "SELECT count(*), max(position) FROM messages WHERE outcome = 'sent'")
    assert sent >= 151
    assert last <= sent + 1


FORKED_JOURNAL = """
import os, sys
from textrequest_ext import ConfigurationError
from textrequest_ext._sending.journal import Journal

journal = Journal(sys.argv[1])
child = os.fork()
if child == 0:
    try:
        journal.find("a")
    except ConfigurationError:
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
journal.find("a")
"""


def test_a_forked_process_cannot_use_the_journal(path: Path) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED_JOURNAL, str(path)], check=True, timeout=60)
