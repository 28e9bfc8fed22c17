"""Sentry with its default settings and the recipe of docs/observability.md: what a server of Sentry receives."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import sentry_sdk

from observability.test_observability import NUMBER, SNIPPETS, TEXT, dashboard_id
from textrequest_api.api.contacts import contacts_get
from textrequest_ext import AsyncTextRequest, OutgoingMessage, TextRequest, TextRequestError
from textrequest_ext.sandbox import Sandbox

UNREACHABLE = "http://127.0.0.1:9"
RECIPE = next(snippet for snippet in SNIPPETS if "sentry_sdk" in snippet)
# Not local variables: Sentry would find them in the frames of this module.
STATE: dict[str, Any] = {}


class Intake:
    """The envelopes that a server of Sentry has received."""

    def __init__(self) -> None:
        self.envelopes: list[bytes] = []
        intake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_compressed = self.headers.get("Content-Encoding") == "gzip"
                intake.envelopes.append(gzip.decompress(body) if is_compressed else body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{self.server.server_port}/1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def events(self) -> list[Any]:
        """The events in the envelopes."""
        items = [line for envelope in self.envelopes for line in envelope.splitlines() if line]
        return [value for value in map(json.loads, items) if "exception" in value or "spans" in value]


@pytest.fixture(scope="module", autouse=True)
def httpx_as_before() -> Iterator[None]:
    """Sentry replaces methods of httpx for good, and low-level calls take another way then."""
    with pytest.MonkeyPatch.context() as patch:
        for owner in (httpx.Client, httpx.AsyncClient):
            patch.setattr(owner, "send", owner.send)
        yield


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, dashboards=1, contacts=2) as running:
        yield running


@pytest.fixture
def intake(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
    with TextRequest() as client:
        STATE.update(sandbox=sandbox, dashboard=dashboard_id(client))
    intake = Intake()
    # Neither the last request of another test nor its scope.
    with sentry_sdk.isolation_scope() as scope:
        scope.clear_breadcrumbs()
        yield intake
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    intake.server.shutdown()
    intake.server.server_close()


def start(intake: Intake, sandbox: Sandbox, recipe: bool) -> None:
    """Default settings, with the functions of the recipe or without them."""
    if not recipe:
        sentry_sdk.init(dsn=intake.dsn)
        return
    assert RECIPE.count("dsn=None") == 1
    code = RECIPE.replace("dsn=None", f"dsn={intake.dsn!r}")
    code = code.replace("https://api.textrequest.com/", sandbox.url)
    exec(compile(code, "observability.md", "exec"), {})


def fail(**fault: Any) -> None:
    """Let the next send fail, with status 500 unless there is another fault."""
    STATE["sandbox"].fail(times=1, operation="messages_send_to_contact", **(fault or {"status": 500}))


def send(client: TextRequest) -> None:
    with client:
        client.contacts.get(STATE["dashboard"], NUMBER)
        client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT)


def send_async(**options: Any) -> None:
    async def main() -> None:
        async with AsyncTextRequest(retries=0, **options) as client:
            await client.contacts.get(STATE["dashboard"], NUMBER)
            await client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT)

    asyncio.run(main())


def send_blocking(**fault: Any) -> None:
    fail(**fault)
    send(TextRequest(retries=0))


def send_awaiting(**fault: Any) -> None:
    fail(**fault)
    send_async()


def send_with_aiohttp(**fault: Any) -> None:
    fail(**fault)
    send_async(transport="aiohttp")


def send_with_client(**fault: Any) -> None:
    fail(**fault)
    with httpx.Client() as http_client:
        send(TextRequest(retries=0, http_client=http_client))


def send_with_async_client(**fault: Any) -> None:
    async def main() -> None:
        async with (
            httpx.AsyncClient() as http_client,
            AsyncTextRequest(retries=0, http_client=http_client) as client,
        ):
            await client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT)

    fail(**fault)
    asyncio.run(main())


def send_unreachable(**options: Any) -> None:
    async def main() -> None:
        async with AsyncTextRequest(base_url=UNREACHABLE, retries=0, **options) as client:
            await client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT)

    asyncio.run(main())


def send_blocking_unreachable() -> None:
    with TextRequest(base_url=UNREACHABLE, retries=0) as client:
        client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT)


def read_pages() -> None:
    STATE["sandbox"].fail(status=500, times=1, operation="contacts_list")
    with TextRequest(retries=0) as client:
        client.contacts.list(STATE["dashboard"], contact_phone_number=NUMBER).concurrent(4).collect()


def call_low_level() -> None:
    STATE["sandbox"].fail(status=500, times=1, operation="contacts_get")
    with TextRequest(retries=0) as client:
        contacts_get.sync(STATE["dashboard"], NUMBER, client=client.low_level)


def pass_an_invalid_argument() -> None:
    with TextRequest(retries=0) as client:
        client.messages.send_to_contact(STATE["dashboard"], NUMBER, TEXT, max_segments=0)


def send_many() -> None:
    STATE["sandbox"].fail(status=401, times=1, operation="messages_send_to_contact")
    with TextRequest(retries=0) as client:
        list(client.messages.send_many(STATE["dashboard"], [OutgoingMessage(NUMBER, TEXT)], opted_out=[]))


def sync_contacts() -> None:
    STATE["sandbox"].fail(status=500, times=1, operation="contacts_bulk_update")
    with TextRequest(retries=0) as client:
        list(client.contacts.sync(STATE["dashboard"], [{"phone_number": NUMBER, "note": TEXT}]))


WAYS: dict[str, Callable[..., None]] = {
    "blocking": send_blocking,
    "async": send_awaiting,
    "aiohttp": send_with_aiohttp,
    "http_client": send_with_client,
    "async http_client": send_with_async_client,
}
FAILURES: dict[str, Callable[[], None]] = {
    **WAYS,
    **{f"{name}, dropped": functools.partial(way, drop="after") for name, way in WAYS.items()},
    "blocking, no connection": send_blocking_unreachable,
    "async, no connection": send_unreachable,
    "aiohttp, no connection": functools.partial(send_unreachable, transport="aiohttp"),
    "pages": read_pages,
    "low level": call_low_level,
    "argument": pass_an_invalid_argument,
    "send_many": send_many,
    "sync": sync_contacts,
}


def capture(failure: Callable[[], None]) -> None:
    try:
        failure()
    except TextRequestError as error:
        sentry_sdk.capture_exception(error)
    sentry_sdk.flush()


@pytest.mark.parametrize("name", FAILURES)
def test_no_event_has_what_was_sent(sandbox: Sandbox, intake: Intake, name: str) -> None:
    start(intake, sandbox, recipe=True)
    capture(FAILURES[name])
    [event] = intake.events()
    frames = [
        frame for one in event["exception"]["values"] for frame in one.get("stacktrace", {}).get("frames", [])
    ]
    ours = [frame for frame in frames if (frame["module"] or "").startswith("textrequest_")]
    assert len(ours) >= 4
    assert [frame for frame in frames if frame.get("vars")]  # those of this module
    for secret in (NUMBER, "appointment", sandbox.api_key):
        assert secret.encode() not in b"".join(intake.envelopes)


@pytest.mark.parametrize("name", FAILURES)
def test_the_api_key_is_in_no_event_even_without_the_recipe(
    sandbox: Sandbox, intake: Intake, name: str
) -> None:
    start(intake, sandbox, recipe=False)
    capture(FAILURES[name])
    received = b"".join(intake.envelopes)
    assert sandbox.api_key.encode() not in received
    assert NUMBER.encode() in received  # so the test above would notice


@pytest.mark.parametrize("name", [*WAYS, "low level"])
def test_no_transaction_has_the_number(sandbox: Sandbox, intake: Intake, name: str) -> None:
    start(intake, sandbox, recipe=True)
    sentry_sdk.get_client().options["traces_sample_rate"] = 1.0
    with sentry_sdk.start_transaction(name="reminders"):
        capture(FAILURES[name])
    sentry_sdk.flush()
    assert [event for event in intake.events() if "spans" in event]
    for secret in (NUMBER, "appointment", sandbox.api_key):
        assert secret.encode() not in b"".join(intake.envelopes)
