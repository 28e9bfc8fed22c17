"""The cost of a sandbox response, compared with the bare framework sending the same bytes.

uvicorn serves both in this process with the same settings. The same plain client requests the same page of
100 messages over a socket. The sandbox finds the page and checks the API key, the request and the response
against the contract; the bare framework sends a constant.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.measuring import Ratio, Result, alternate
from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._server.connections import Connections
from textrequest_ext.sandbox._server.server import Server

REQUESTS = 60


class Client:
    """Requests one path over one connection, and reads no more than necessary."""

    def __init__(self, port: int, path: str, api_key: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._request = f"GET {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {api_key}\r\n\r\n".encode()
        self.body = b""

    def get(self) -> None:
        self._socket.sendall(self._request)
        received = self._socket.recv(1 << 20)
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(1 << 20)
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the response is {head.splitlines()[0]!r}")
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")
        )
        parts, size = [body], len(body)
        while size < length:
            parts.append(self._socket.recv(1 << 20))
            size += len(parts[-1])
        self.body = b"".join(parts)

    def seconds(self) -> float:
        """The mean time of one request in seconds."""
        start = time.perf_counter()
        for _ in range(REQUESTS):
            self.get()
        return (time.perf_counter() - start) / REQUESTS

    def close(self) -> None:
        self._socket.close()


def measure(*, quick: bool) -> Iterator[Result]:
    """The budget of a sandbox response."""
    messages, rounds = (2_000, 2) if quick else (20_000, 15)
    with Sandbox(seed=1, dashboards=1, contacts=100, messages=messages) as sandbox, ExitStack() as stack:
        path = f"/api/v3/dashboards/{next(iter(sandbox.state.dashboards))}/messages?page=7&page_size=100"
        port = int(sandbox.url.split(":")[2].split("/")[0])
        validated = stack.enter_context(closing(Client(port, path, sandbox.api_key)))
        validated.get()
        payload = json.loads(validated.body)
        if len(payload["items"]) != 100:
            raise RuntimeError("the page does not have 100 messages")

        async def constant(request: Request) -> Response:
            return Response(validated.body, media_type="application/json")

        async def encoded(request: Request) -> Response:
            return JSONResponse(payload)

        clients = {"sandbox": validated}
        for name, endpoint in (("bare", constant), ("bare, encoding JSON", encoded)):
            application = Starlette(
                routes=[Route("/api/v3/dashboards/{dashboard_id:int}/messages", endpoint)]
            )
            server = Server(application, Connections(), "127.0.0.1", 0)
            server.start()
            stack.callback(server.stop)
            clients[name] = stack.enter_context(closing(Client(server.port, path, sandbox.api_key)))
        measured = alternate({name: client.seconds for name, client in clients.items()}, rounds)
    ratio = Ratio.of(measured["sandbox"], measured["bare"])
    encoding = Ratio.of(measured["sandbox"], measured["bare, encoding JSON"])
    yield ratio.result("sandbox", **{"÷ bare, encoding JSON": encoding.value})
