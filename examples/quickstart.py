"""An integrator's day with the Text Request API, on a local stand-in of the service.

    make demo                                     everything, on the sandbox; no key needed
    TEXTREQUEST_API_KEY=... make demo LIVE=1      the reading part alone, against the real service

The sandbox takes the place of the service, so nobody is texted. `receiver()` takes the place of your
own web server: see docs/webhooks.md for the same in FastAPI, Flask and Django.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread

from textrequest_ext import LocationRequestError, TextRequest, webhooks
from textrequest_ext.sandbox import Sandbox

CUSTOMER = "(555) 555-0123"


def read(client: TextRequest) -> int:
    """What is safe anywhere: look at dashboards and messages. Returns the first dashboard's id."""
    dashboards = client.dashboards.list().collect()
    print(f"{len(dashboards)} dashboards: {', '.join(dashboard.name or '?' for dashboard in dashboards[:3])}")
    if not dashboards:
        sys.exit("this account has no dashboard to look at")
    dashboard = dashboards[0]
    messages = client.messages.list(dashboard.id)
    count = 0
    for page in messages.limit(1000).pages():
        count += len(page.items)
        print(f"  page {page.number}: {len(page.items)} messages")
    print(f"{count} messages of {dashboard.name!r} read, {messages.count()} by the service's own count")
    for message in islice(messages, 2):
        print(f"  {message.message_timestamp_utc:%Y-%m-%d %H:%M} {message.message_direction} {message.body}")
    return dashboard.id


def ask_for_location(client: TextRequest, sandbox: Sandbox, dashboard_id: int) -> None:
    """Text a customer a link for sharing the location, and receive what comes back."""
    with receiver(sandbox.api_key) as (url, events):
        message = client.messages.request_location(
            dashboard_id, CUSTOMER, "Where should the plumber come?", callback=url
        )
        print(f"sent: {message.body!r}")
        sandbox.share_location(message, 39.7392, -104.9903)  # the customer taps the link
        event = events.get(timeout=10)
    assert isinstance(event, webhooks.LocationReceived)
    print(f"received, with a genuine signature: latitude {event.latitude}, longitude {event.longitude}")


def refuse_a_callback_without_its_tag(client: TextRequest, dashboard_id: int) -> None:
    """A mistake that the service answers with 400 is refused here before anything is sent."""
    try:
        client.messages.send_to_contact(
            dashboard_id, CUSTOMER, "Where are you?", location_callback="https://example.com/location"
        )
    except LocationRequestError as error:
        print(f"refused before sending: {error}")


def get_through_a_failure(client: TextRequest, sandbox: Sandbox, dashboard_id: int) -> None:
    """The service fails once; a read is repeated, a text never would be."""
    sandbox.fail(status=503, times=1)
    logging.getLogger("textrequest_ext").setLevel(logging.DEBUG)
    contacts = client.contacts.list(dashboard_id).count()
    print(f"{contacts} contacts counted all the same")


@contextmanager
def receiver(api_key: str) -> Iterator[tuple[str, queue.Queue[webhooks.Event]]]:
    """A small web server that checks and reads what the service delivers."""
    events: queue.Queue[webhooks.Event] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            events.put(webhooks.receive(body, dict(self.headers), api_key=api_key, event="location_received"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/location", events
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="An integrator's day with the Text Request API.")
    parser.add_argument(
        "--live", action="store_true", help="read from the real service; needs TEXTREQUEST_API_KEY"
    )
    live = parser.parse_args().live
    logging.basicConfig(format="  log: %(message)s", stream=sys.stdout)
    if live:
        if not os.environ.get("TEXTREQUEST_API_KEY"):
            sys.exit("--live reads from the real service and needs your API key in TEXTREQUEST_API_KEY")
        with TextRequest() as client:
            read(client)
        return
    with (
        Sandbox(seed=1, dashboards=1, contacts=40, messages=250) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        print(f"the sandbox listens at {sandbox.url}\n\n1. Read a dashboard")
        dashboard_id = read(client)
        print("\n2. Ask for a location")
        ask_for_location(client, sandbox, dashboard_id)
        print("\n3. Make a mistake")
        refuse_a_callback_without_its_tag(client, dashboard_id)
        print("\n4. Meet a failure")
        get_through_a_failure(client, sandbox, dashboard_id)
        print("\nNobody was texted.")


if __name__ == "__main__":
    main()
