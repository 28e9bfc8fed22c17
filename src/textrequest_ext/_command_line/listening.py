"""A small server that receives webhook deliveries, verifies them and prints them."""

from __future__ import annotations

import math
import threading
from dataclasses import fields
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from textrequest_ext import webhooks
from textrequest_ext._command_line.output import Output, note

MAX_BODY_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 10.0


class Listener(ThreadingHTTPServer):
    """Receives deliveries, and prints `count` genuine ones at most."""

    daemon_threads = True
    timeout = 0.1  # until the end is noticed, and on Windows Ctrl-C

    def __init__(self, host: str, port: int, key: str, output: Output, count: int | None) -> None:
        super().__init__((host, port), _Handler)
        self._key = key
        self._output = output
        self.left = math.inf if count is None else count
        self.lock = threading.Lock()  # one delivery is printed at a time

    def serve(self) -> None:
        """Receive deliveries until `count` genuine ones were printed and have their responses."""
        while self.left:
            self.handle_request()

    def receive(self, name: str, body: bytes, headers: Any) -> int:
        """The status for a delivery. A genuine one is printed."""
        if not self.left:
            return 503
        try:
            event = webhooks.receive(body, headers, api_key=self._key, event=name)
        except webhooks.WebhookError as error:
            note(f"refused a delivery for {name}: {error}")
            return 400 if isinstance(error, webhooks.PayloadError) else 401
        self._output.record({"event": event.event, "payload": event.raw})
        values = {
            one.name: value
            for one in fields(event)
            if one.repr
            and one.name not in ("raw", "event")
            and (value := getattr(event, one.name)) not in (None, [])
        }
        # A repr, so that a value with spaces has quotation marks. The digits of a time are no phone number.
        shown = (
            f"{name}={self._output.cell(value if isinstance(value, datetime) else str(value), name)!r}"
            for name, value in values.items()
        )
        self._output.line(" ".join((event.event or "unknown", *shown)))
        return 200


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT_SECONDS
    server_version = "textrequest"
    sys_version = ""

    def do_POST(self) -> None:
        """A delivery. The name of its event is the last part of the path."""
        name = urlsplit(self.path).path.rpartition("/")[2]
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self._respond(411)
        elif len(length) > 9 or int(length) > MAX_BODY_BYTES:
            self._respond(413)
        elif len(body := self.rfile.read(int(length))) < int(length):
            self._respond(400)
        else:
            listener = cast(Listener, self.server)
            with listener.lock:
                status = listener.receive(name, body, self.headers)
                self._respond(status)
                listener.left -= status == 200

    do_PUT = do_DELETE = do_POST

    def _respond(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.send_header("connection", "close")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """No access log: paths may have tokens."""
