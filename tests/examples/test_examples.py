"""The examples run against the sandbox. Larger ones have test files of their own."""

from __future__ import annotations

import csv
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import csv_to_groups
import inbox_to_queue
import location_request
import opt_out_sync
import payment_reminder
import send_reminders
from textrequest_api.models import DashboardMessage
from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Fault, Sandbox

ROOT = Path(__file__).parents[2]
PERSON = "15555550123"


class Clock:
    """The time of the sandbox, which a test can change."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(deliveries="delivered", clock=clock) as running:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", running.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", running.url)
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[TextRequest]:
    with TextRequest() as connected:
        yield connected


@pytest.fixture
def dashboard_id(sandbox: Sandbox) -> int:
    return sandbox.add_dashboard().id


def write_csv(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def sent(sandbox: Sandbox) -> list[str]:
    with sandbox.state.lock:
        return [message.body or "" for message in sandbox.state.messages.values() if message.direction == "S"]


# send_reminders.py; tests/sending kills it at random points


def test_the_demonstration_of_reminders_texts_everyone_once(capsys: pytest.CaptureFixture[str]) -> None:
    send_reminders.main([])
    first, second, people = capsys.readouterr().out.splitlines()[-3:]
    assert first == "first run:  {'sent': 40}"
    assert second == "second run: {'sent': 40}"
    assert people == "40 people were texted, 1 time each"


# location_request.py


def test_a_location_is_asked_for_and_received(
    sandbox: Sandbox, dashboard_id: int, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = []

    def share() -> None:
        with sandbox.state.lock:
            [message] = sandbox.state.messages.values()
        url = message.location_callback
        assert url is not None
        # A callback without the token, and one without a payload.
        statuses.append(httpx.post(url.partition("?")[0], content=b"{}").status_code)
        statuses.append(httpx.post(url, content=b"[]").status_code)
        sandbox.share_location(message.id, 39.7392, -104.9903, address="Civic Center")

    # The message exists when the first status callback of its text is due.
    timer = threading.Thread(target=lambda: (wait_for_message(sandbox), share()))
    timer.start()
    location_request.main([str(dashboard_id), PERSON, "--port", "0", "--wait", "20"])
    timer.join()
    assert statuses == [401, 400]
    assert "latitude 39.7392, longitude -104.9903: Civic Center" in capsys.readouterr().out
    assert sandbox.wait_for_callbacks()[-1].status == 200


def wait_for_message(sandbox: Sandbox) -> None:
    pause = threading.Event()
    while not sandbox.state.messages:
        pause.wait(0.01)


def test_the_wait_for_a_location_ends(sandbox: Sandbox, dashboard_id: int) -> None:
    with pytest.raises(SystemExit, match="no location was shared in time"):
        location_request.main([str(dashboard_id), PERSON, "--port", "0", "--wait", "0.01"])


# opt_out_sync.py


def test_opt_outs_are_kept_in_step(
    sandbox: Sandbox,
    client: TextRequest,
    dashboard_id: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox.receive_text(dashboard_id, PERSON, "STOP")
    sandbox.receive_text(dashboard_id, "15555550142", "Hello")
    path = write_csv(tmp_path / "unsubscribed.csv", ("phone_number",), ("(555) 555-0142",), ("555-0123",))
    database = tmp_path / "opt_outs.sqlite"
    arguments = [str(database), "--suppress", str(path)]
    opt_out_sync.main(arguments)
    output = capsys.readouterr()
    assert output.out == f"dashboard {dashboard_id}: 1 have opted out, 1 newly suppressed\n"
    assert output.err.startswith(f"dashboard {dashboard_id}: not suppressed: contacts[1].phone_number: ")
    contact = client.contacts.get(dashboard_id, "15555550142")
    assert contact is not None
    assert contact.is_suppressed is True
    assert opt_outs(database) == [(dashboard_id, PERSON)]
    opt_out_sync.main(arguments)
    assert "1 have opted out, 0 newly suppressed" in capsys.readouterr().out
    # An error is not an opt-in.
    sandbox.fail(status=401, operation="contacts_list")
    with pytest.raises(Exception, match="401"):
        opt_out_sync.main(arguments)
    assert opt_outs(database) == [(dashboard_id, PERSON)]
    sandbox.clear_faults()
    sandbox.receive_text(dashboard_id, PERSON, "START")
    opt_out_sync.main(arguments)
    assert opt_outs(database) == []


def opt_outs(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT dashboard_id, phone_number FROM opt_outs").fetchall()


# inbox_to_queue.py


def test_every_received_message_is_on_the_queue_once(
    sandbox: Sandbox, clock: Clock, dashboard_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = sandbox.add_dashboard("Workshop").id
    arguments = [str(tmp_path / "inbox.sqlite")]
    total = 0
    for number in range(5):
        for each in (dashboard_id, second):
            sandbox.receive_text(each, PERSON, f"Message {number}")
        total += 2
        clock.now += timedelta(minutes=25)
        inbox_to_queue.main(arguments)
        assert "2 new messages, 2 processed\n" in capsys.readouterr().out
    inbox_to_queue.main(arguments)
    assert "0 new messages, 0 processed" in capsys.readouterr().out


def test_a_poll_that_fails_is_continued(
    sandbox: Sandbox, client: TextRequest, dashboard_id: int, tmp_path: Path
) -> None:
    for number in range(1100):
        sandbox.receive_text(dashboard_id, PERSON, f"Message {number}")
    sandbox.fail(status=401, operation="messages_list", skip=1)
    start = datetime.now(UTC) - timedelta(days=1)
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as database:
        database.execute("PRAGMA synchronous = OFF")  # for the speed of the test
        database.execute(inbox_to_queue.SCHEMA)
        with pytest.raises(Exception, match="401"):
            inbox_to_queue.poll(client, database, dashboard_id, start)
        sandbox.clear_faults()
        assert inbox_to_queue.poll(client, database, dashboard_id, start) == 100
        bodies: list[str | None] = []

        def handler(message: DashboardMessage) -> None:
            if len(bodies) == 500:
                bodies.append(None)
                raise KeyError("the handler failed")
            bodies.append(message.body)

        with pytest.raises(KeyError):
            inbox_to_queue.process(database, handler)
        assert inbox_to_queue.process(database, handler) == 600
    # The message whose processing failed is processed again.
    assert [body for body in bodies if body] == [f"Message {number}" for number in range(1100)]


# payment_reminder.py


def test_open_payments_are_reminded_once(
    sandbox: Sandbox,
    client: TextRequest,
    clock: Clock,
    dashboard_id: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock.now -= timedelta(days=5)
    ids = []
    for number in range(5):
        payment = client.payments.create(
            dashboard_id,
            description="Repair",
            customer_phone=f"155555501{number:02}",
            amount_requested=84.5,
            reference_number=f"invoice-{number}",
        )
        ids.append(payment.payment_id)
    sandbox.pay(ids[0])
    client.payments.cancel(dashboard_id, ids[1])
    clock.now += timedelta(days=4)
    client.payments.create(
        dashboard_id, description="New", customer_phone=PERSON, amount_requested=1, reference_number="new"
    )
    clock.now += timedelta(days=1)
    texts = len(sent(sandbox))
    arguments = [str(dashboard_id), "--days", "3"]
    payment_reminder.main(arguments)
    assert sorted(capsys.readouterr().out.splitlines()) == [
        f"payment {ids[number]}: $84.50, invoice-{number}" for number in (2, 3, 4)
    ]
    assert len(sent(sandbox)) == texts
    # The response to the second reminder is lost.
    sandbox.add_fault(Fault(drop="after", operation="payments_send_reminder", skip=1, times=1))
    with pytest.raises(SystemExit):
        payment_reminder.main([*arguments, "--send"])
    output = capsys.readouterr()
    assert output.out == "2 of 3 reminders sent\n"
    assert "see the next run" in output.err
    assert len(sent(sandbox)) == texts + 3
    payment_reminder.main([*arguments, "--send"])
    assert capsys.readouterr().out == "0 of 0 reminders sent\n"
    assert len(sent(sandbox)) == texts + 3


# csv_to_groups.py


def test_people_are_put_into_groups(
    sandbox: Sandbox,
    client: TextRequest,
    dashboard_id: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    friends = client.groups.create(dashboard_id, name="Friends").id
    others = client.groups.create(dashboard_id, name="Others").id
    client.contacts.upsert(dashboard_id, "15555550100", first_name="Ann", groups=[others])
    rows = [
        (f"(555) 555-01{number:02}", "Friends; Buyers" if number % 2 else "Friends") for number in range(20)
    ]
    path = write_csv(tmp_path / "people.csv", ("phone_number", "groups"), *rows, ("123", "Friends"))
    sandbox.fail(status=401, operation="contacts_update", skip=7)
    with pytest.raises(SystemExit, match="Run the same command again"):
        csv_to_groups.main([str(dashboard_id), str(path)])
    sandbox.clear_faults()
    csv_to_groups.main([str(dashboard_id), str(path)])
    output = capsys.readouterr()
    assert "21/21" in output.err
    assert "row 21: " in output.err
    assert int(re.sub(r"\D", "", output.out)) < 30
    [buyers] = [group.id for group in client.groups.list(dashboard_id) if group.name == "Buyers"]
    assert client.contacts.list(dashboard_id, groups=[friends]).count() == 20
    assert client.contacts.list(dashboard_id, groups=[buyers]).count() == 10
    contact = client.contacts.get(dashboard_id, "15555550100")
    assert contact is not None
    assert (contact.first_name, sorted(contact.groups or [])) == ("Ann", sorted([friends, others]))
    csv_to_groups.main([str(dashboard_id), str(path)])
    assert capsys.readouterr().out == "0 memberships added\n"


# All


def test_the_list_has_every_example() -> None:
    text = (ROOT / "examples" / "README.md").read_text("utf-8")
    listed = re.findall(r"\[([\w.]+\.py)\]\(\1\)", text)
    assert sorted(listed) == sorted(path.name for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_says_how_to_run_it(path: Path) -> None:
    docstring = path.read_text("utf-8").partition('"""')[2].partition('"""')[0]
    assert re.search(rf"^    .*({path.stem}|make demo)", docstring, re.MULTILINE)
