"""A small server that receives webhook deliveries, verifies them and prints them."""

from __future__ import annotations

import threading
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from textrequest_ext import webhooks
from textrequest_ext._command_line.output import Output, note

MAX_BODY_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 10.0


class Listener:
    """Prints deliveries while its `with` block lasts.

    count: after so many genuine deliveries, `stopped` is set and no more are accepted.
    """

    def __init__(
        self, host: str, port: int, key: str, output: Output, count: int | None, stopped: threading.Event
    ) -> None:
        self._key = key
        self._output = output
        self._left = count
        self._stopped = stopped
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"listener": self})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> str:
        """The URL below which deliveries are received."""
        self._thread.start()
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/hooks"

    def __exit__(self, *reason: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def receive(self, name: str, body: bytes, headers: Any) -> int:
        """The status for a delivery. A genuine one is printed."""
        with self._lock:  # one line is printed at a time
            if self._left == 0:
                return 503
            try:
                event = webhooks.receive(body, headers, api_key=self._key, event=name)
            except webhooks.WebhookError as error:
                status = 400 if isinstance(error, webhooks.PayloadError) else 401
                note(f"refused a delivery for {name}: {error}")
                return status
            self._print(event)
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    self._stopped.set()
            return 200

    def _print(self, event: webhooks.Event) -> None:
        self._output.record({"event": event.event, "payload": event.raw})
        values = {
            one.name: value
            for one in fields(event)
            if one.repr
            and one.name not in ("raw", "event")
            and (value := getattr(event, one.name)) not in (None, [])
        }
        # A repr, so that a value with spaces has quotation marks.
        shown = (f"{name}={self._output.cell(str(value), name)!r}" for name, value in values.items())
        if not self._output.as_json:
            self._output.line(" ".join((event.event or "unknown", *shown)))


class _Handler(BaseHTTPRequestHandler):
    listener: ClassVar[Listener]
    timeout = TIMEOUT_SECONDS
    server_version = "textrequest"
    sys_version = ""

    def do_POST(self) -> None:
        """A delivery. The name of its event is the last part of the path."""
        name = urlsplit(self.path).path.rpartition("/")[2]
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            status = 411
        elif len(length) > 9 or int(length) > MAX_BODY_BYTES:
            status = 413
        else:
            body = self.rfile.read(int(length))
            status = self.listener.receive(name, body, self.headers) if len(body) == int(length) else 400
        self.send_response(status)
        self.send_header("content-length", "0")
        self.send_header("connection", "close")
        self.end_headers()

    do_PUT = do_DELETE = do_POST

    def log_message(self, format: str, *arguments: Any) -> None:
        """No access log: paths may have tokens."""
