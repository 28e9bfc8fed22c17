"""examples/webhooks_to_sqlite.py stores every event exactly once. The sandbox sends; uvicorn listens on a real socket."""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

import webhooks_to_sqlite
from textrequest_ext import TextRequest, webhooks
from textrequest_ext.sandbox import Sandbox

TOKEN = "a-long-random-text"
PERSON = "15555550123"
SCRIPT = Path(webhooks_to_sqlite.__file__)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(deliveries="delivered") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[TextRequest]:
    with TextRequest(sandbox.api_key, base_url=sandbox.url) as connected:
        yield connected


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


@pytest.fixture
def service(sandbox: Sandbox, database: Path) -> Iterator[str]:
    """The URL of the example, which runs in a thread of this process."""
    app = webhooks_to_sqlite.create_app(database, sandbox.api_key, TOKEN)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def stored(path: Path) -> list[tuple[str, str]]:
    """The name and the payload of each stored event."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT event, payload FROM events ORDER BY id").fetchall()


def register(client: TextRequest, dashboard_id: int, url: str) -> None:
    for name in client.webhooks.event_types():
        client.webhooks.ensure(dashboard_id, target_url=f"{url}/hooks/{dashboard_id}/{name}", event=name)


def use_every_event(sandbox: Sandbox, client: TextRequest, dashboard_id: int, url: str, people: int) -> None:
    """Cause all seven events and both callbacks, for several people."""
    status, location = (
        f"{url}/callbacks/{name}?token={TOKEN}" for name in ("msg_status_updated", "location_received")
    )
    for number in range(people):
        person = f"155555501{number:02}"
        sandbox.receive_text(dashboard_id, person, f"Hello \U0001f600 {number}")
        client.messages.send_to_contact(dashboard_id, person, f"Text {number}", status_callback=status)
        message = client.messages.request_location(dashboard_id, person, "Where?", callback=location)
        sandbox.share_location(message, 39.5 + number, -104.5)
        for name in ("Ann", "Beth", "Ann"):  # the third change brings the first state back
            client.contacts.upsert(dashboard_id, person, first_name=name)
        payment = client.payments.create(
            dashboard_id, description="Repair", customer_phone=person, amount_requested=84.5
        )
        sandbox.pay(payment.payment_id)


def facts(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """What the sandbox has sent: each event once, however many webhooks and callbacks it had."""
    callbacks = sandbox.wait_for_callbacks(60)
    by_url: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    for callback in callbacks:
        by_url["/hooks/" in callback.url][callback.event, json.dumps(callback.payload, sort_keys=True)] += 1
    # Every callback of a message is also an event of a webhook.
    assert set(by_url[False]) <= set(by_url[True])
    assert {name for name, _ in by_url[False]} == {"msg_status_updated", "location_received"}
    return by_url[True]


def test_all_events_and_both_callbacks_are_stored_once(
    sandbox: Sandbox, client: TextRequest, database: Path, service: str
) -> None:
    dashboard_id = sandbox.add_dashboard().id
    register(client, dashboard_id, service)
    use_every_event(sandbox, client, dashboard_id, service, people=2)
    expected = facts(sandbox)
    assert all(callback.status == 200 for callback in sandbox.callbacks)
    assert {name for name, _ in expected} == set(client.webhooks.event_types())
    assert Counter(stored(database)) == expected


def test_deliveries_that_are_not_genuine_are_refused(database: Path, service: str) -> None:
    body = b'{"message_id": "1", "status": "delivered"}'
    hook, callback = f"{service}/hooks/350/msg_status_updated", f"{service}/callbacks/msg_status_updated"
    assert httpx.post(hook, content=body).status_code == 401
    assert httpx.post(callback, content=body).status_code == 401
    assert httpx.post(callback, params={"token": "another"}, content=body).status_code == 401
    assert httpx.post(callback, params={"token": TOKEN}, content=b"[]").status_code == 400
    assert stored(database) == []
    assert httpx.post(callback, params={"token": TOKEN}, content=body).status_code == 200
    assert len(stored(database)) == 1


def test_a_contact_that_changes_back_is_a_new_event(database: Path) -> None:
    store = webhooks_to_sqlite.Store(database)
    changes = [
        webhooks.parse(json.dumps({"phone_number": PERSON, "first_name": name, "is_blocked": False}))
        for name in ("Ann", "Ann", "Beth", "Beth", "Ann")
    ]
    assert [store.add(change, 350) for change in changes] == [True, False, True, False, True]
    assert store.add(changes[0], 351)  # the same person on another dashboard
    unknown = webhooks.parse(b'{"review_id": 7}', event="review_received")
    assert [store.add(unknown, 350) for _ in range(2)] == [True, False]


def test_processes_can_store_the_same_event_concurrently(database: Path) -> None:
    webhooks_to_sqlite.Store(database)
    event = webhooks.parse(b'{"message_id": "1", "status": "delivered"}')
    added: list[bool] = []
    threads = [
        threading.Thread(target=lambda: added.append(webhooks_to_sqlite.Store(database).add(event)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [False] * 7 + [True]


class RestartedService:
    """The example as a process, which can be killed and started again on the same port."""

    def __init__(self, database: Path, api_key: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._command = [sys.executable, "-W", "error", str(SCRIPT), str(database), "--port", str(self.port)]
        self._environment = {**os.environ, "TEXTREQUEST_API_KEY": api_key, "CALLBACK_TOKEN": TOKEN}
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Network(ThreadingHTTPServer):
    """Stands between the sandbox and the example. Sends each delivery until one response has status 200.

    Before that, it may lose a response, and afterwards it may send the delivery again, as a service with
    retries does. At some deliveries it kills the example, while that has the request.
    """

    def __init__(self, service: RestartedService, kills: set[int], seed: int) -> None:
        self.service, self.kills, self.random = service, kills, random.Random(seed)
        self.count = self.duplicates = self.lost = 0
        super().__init__(("127.0.0.1", 0), Forwarder)

    def deliver(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        self.count += 1
        if self.count in self.kills:
            self.send(method, path, body, headers, read=False)
            self.service.stop()
            self.service.start()
        # The example is done with a delivery before the next one: updates of a contact that overtake each other cannot
        # be distinguished from changes.
        while self.random.random() < 0.3:
            self.lost += self.send(method, path, body, headers)
        pause = threading.Event()
        while not self.send(method, path, body, headers):
            pause.wait(0.02)
        while self.random.random() < 0.3:
            self.duplicates += self.send(method, path, body, headers)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], read: bool = True) -> bool:
        connection = HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            return not read or connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class Forwarder(BaseHTTPRequestHandler):
    server: Network

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower().startswith(("x-tr", "content"))
        }
        self.server.deliver("POST", self.path, body, headers)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def test_duplicates_lost_responses_and_kills_lose_nothing_and_store_nothing_twice(
    sandbox: Sandbox, client: TextRequest, database: Path
) -> None:
    dashboard_id = sandbox.add_dashboard().id
    service = RestartedService(database, sandbox.api_key)
    with Network(service, kills={4, 31}, seed=1) as network:
        thread = threading.Thread(target=network.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://127.0.0.1:{network.server_port}"
        register(client, dashboard_id, url)
        use_every_event(sandbox, client, dashboard_id, url, people=3)
        expected = facts(sandbox)
        network.shutdown()
        thread.join()
    service.stop()
    assert network.count > 31
    assert network.duplicates > 5
    assert network.lost > 5
    assert Counter(stored(database)) == expected
