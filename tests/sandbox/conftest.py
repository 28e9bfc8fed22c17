"""Fixtures: a sandbox with one dashboard, HTTP clients for it, and a receiver of callbacks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sandbox_support import ReceivedCallback, Receiver, client_of

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._account.models import Dashboard


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(deliveries="delivered") as running:
        yield running


@pytest.fixture
def dashboard(sandbox: Sandbox) -> Dashboard:
    return sandbox.add_dashboard()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client for the sandbox. Paths are below /api/v3."""
    with client_of(sandbox) as client:
        yield client


@pytest.fixture
def api(http: httpx.Client, dashboard: Dashboard) -> Any:
    """Makes requests below the dashboard: api("GET", "/messages")."""

    def send_request(method: str, path: str = "", **options: Any) -> httpx.Response:
        return http.request(method, f"/dashboards/{dashboard.id}{path}", **options)

    return send_request


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def receive(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.callbacks.append(ReceivedCallback(self.command, self.path, body, headers))
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_PUT = do_DELETE = receive

        def log_message(self, *arguments: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
