"""Ask a contact for the location by text, and wait until it is received by callback.

    export TEXTREQUEST_API_KEY=...
    python examples/location_request.py 121 555-555-0123 --public-url https://your.host

The service calls https://your.host/location; have it forwarded to the port of this script, 8000 by default. A program
that sends many requests has a web server instead: examples/webhooks_to_sqlite.py.
"""

from __future__ import annotations

import argparse
import hmac
import queue
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from textrequest_ext import TextRequest, webhooks

Locations = queue.SimpleQueue[webhooks.LocationReceived]


@contextmanager
def receiver(port: int, token: str) -> Iterator[tuple[int, Locations]]:
    """A server that puts the locations it receives on a queue. Yields its port and the queue."""
    locations: Locations = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            # It is not documented whether callbacks are signed, so the URL has a token that no one else knows.
            given = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
            if not hmac.compare_digest(given.encode(), token.encode()):
                self.send_error(401)
                return
            try:
                body = self.rfile.read(int(self.headers["content-length"]))
                event = webhooks.parse(body, event="location_received")
            except webhooks.PayloadError:
                self.send_error(400)
                return
            self.send_response(200)
            self.end_headers()
            if isinstance(event, webhooks.LocationReceived):
                locations.put(event)

        def log_message(self, format: str, *arguments: object) -> None:
            """No access log: it would have the token."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port, locations
        finally:
            server.shutdown()
            thread.join()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Ask a contact for the location.")
    parser.add_argument("dashboard_id", type=int)
    parser.add_argument("phone_number")
    parser.add_argument("--text", default="Where should the plumber come?")
    parser.add_argument("--public-url", help="where the service reaches this script; default: the local port")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--wait", type=float, default=600, help="seconds to wait for the location")
    options = parser.parse_args(argv)
    token = secrets.token_urlsafe(16)
    with receiver(options.port, token) as (port, locations), TextRequest() as client:
        url = options.public_url or f"http://127.0.0.1:{port}"
        message = client.messages.request_location(
            options.dashboard_id, options.phone_number, options.text, callback=f"{url}/location?token={token}"
        )
        print(f"sent message {message.message_id}; waiting for the location")
        try:
            location = locations.get(timeout=options.wait)
        except queue.Empty:
            sys.exit("no location was shared in time")
    if location.looks_swapped:
        print("latitude and longitude seem to be in the wrong order")
    print(f"latitude {location.latitude}, longitude {location.longitude}: {location.address or 'no address'}")


if __name__ == "__main__":
    main()
