"""The main features of the SDK, run against a local sandbox.

    make demo                                     all steps, on the sandbox; no API key needed
    TEXTREQUEST_API_KEY=... make demo LIVE=1      only the first step, against the real service

The sandbox simulates the service, so no text is sent to a real phone. `webhook_server()` stands for your
own web server: docs/webhooks.md shows the same with FastAPI, Flask and Django.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread

from textrequest_ext import LocationRequestError, TextRequest, webhooks
from textrequest_ext.sandbox import Sandbox

CUSTOMER = "(555) 555-0123"


def list_messages(client: TextRequest) -> int:
    """List dashboards and messages. Reads only. Returns the id of the first dashboard."""
    dashboards = client.dashboards.list().collect()
    print(f"{len(dashboards)} dashboards: {', '.join(dashboard.name or '?' for dashboard in dashboards[:3])}")
    if not dashboards:
        sys.exit("this account has no dashboard")
    dashboard = dashboards[0]
    messages = client.messages.list(dashboard.id)
    count = 0
    for page in messages.limit(1000).pages():
        count += len(page.items)
        print(f"  page {page.number}: {len(page.items)} messages")
    print(f"{count} messages of {dashboard.name!r} read; the service reports {messages.count()}")
    for message in islice(messages, 2):
        print(f"  {message.message_timestamp_utc:%Y-%m-%d %H:%M} {message.message_direction} {message.body}")
    return dashboard.id


def request_location(client: TextRequest, sandbox: Sandbox, dashboard_id: int) -> None:
    """Text a link for sharing the location to a customer, and receive the location by webhook."""
    with webhook_server(sandbox.api_key) as (url, events):
        message = client.messages.request_location(
            dashboard_id, CUSTOMER, "Where should the plumber come?", callback=url
        )
        print(f"sent: {message.body!r}")
        sandbox.share_location(message, 39.7392, -104.9903)  # the customer taps the link
        event = events.get(timeout=10)
    assert isinstance(event, webhooks.LocationReceived)
    print(f"received with a valid signature: latitude {event.latitude}, longitude {event.longitude}")


def pass_an_invalid_argument(client: TextRequest, dashboard_id: int) -> None:
    """The service would respond with 400; the client raises before it sends anything."""
    try:
        client.messages.send_to_contact(
            dashboard_id, CUSTOMER, "Where are you?", location_callback="https://example.com/location"
        )
    except LocationRequestError as error:
        print(f"raised before sending: {error}")


def retry_a_request(client: TextRequest, sandbox: Sandbox, dashboard_id: int) -> None:
    """The service fails once. The client retries the read; it would not retry a send."""
    sandbox.fail(status=503, times=1)
    logging.getLogger("textrequest_ext").setLevel(logging.DEBUG)
    contacts = client.contacts.list(dashboard_id).count()
    print(f"{contacts} contacts counted after the retry")


@contextmanager
def webhook_server(api_key: str) -> Iterator[tuple[str, queue.Queue[webhooks.Event]]]:
    """A small web server that verifies and parses webhook deliveries."""
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


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The main features of the SDK, run against a local sandbox.")
    parser.add_argument(
        "--live", action="store_true", help="read from the real service; needs TEXTREQUEST_API_KEY"
    )
    live = parser.parse_args(argv).live
    logging.basicConfig(format="  log: %(message)s", stream=sys.stdout)
    if live:
        if not os.environ.get("TEXTREQUEST_API_KEY"):
            sys.exit("--live reads from the real service: set TEXTREQUEST_API_KEY to your API key")
        with TextRequest() as client:
            list_messages(client)
        return
    with (
        Sandbox(seed=1, dashboards=1, contacts=40, messages=250) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        print(f"the sandbox runs at {sandbox.url}\n\n1. List messages")
        dashboard_id = list_messages(client)
        print("\n2. Request a location")
        request_location(client, sandbox, dashboard_id)
        print("\n3. Pass an invalid argument")
        pass_an_invalid_argument(client, dashboard_id)
        print("\n4. Retry after a failure")
        retry_a_request(client, sandbox, dashboard_id)
        print("\nNo text was sent to a real phone.")


if __name__ == "__main__":
    main()
