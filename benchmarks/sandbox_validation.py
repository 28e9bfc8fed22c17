"""What an answer of the sandbox costs, beside the bare framework sending the same bytes.

Both are served by uvicorn with the same settings in this process, and asked over a socket by the same
plain client for the same page of 100 messages. The sandbox checks the key, the request and the answer
against the contract, and finds the page; the bare framework sends a constant. The two take turns, and
the best round of each counts, so that what else the machine does weighs on neither.
"""

from __future__ import annotations

import json
import socket
import sys
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._server.connections import Connections
from textrequest_ext.sandbox._server.server import Server

AT_MOST = 3.0
MESSAGES = 20_000
ROUNDS = 15
REQUESTS = 60


class Asker:
    """Asks for one address over one connection, and reads no more than it must."""

    def __init__(self, port: int, path: str, api_key: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._request = f"GET {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {api_key}\r\n\r\n".encode()
        self.body = b""

    def ask(self) -> None:
        self._socket.sendall(self._request)
        received = self._socket.recv(1 << 20)
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(1 << 20)
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the answer is {head.splitlines()[0]!r}")
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")
        )
        parts, have = [body], len(body)
        while have < length:
            parts.append(self._socket.recv(1 << 20))
            have += len(parts[-1])
        self.body = b"".join(parts)

    def seconds(self) -> float:
        """Seconds for one answer."""
        begin = time.perf_counter()
        for _ in range(REQUESTS):
            self.ask()
        return (time.perf_counter() - begin) / REQUESTS

    def close(self) -> None:
        self._socket.close()


def main() -> int:
    with Sandbox(seed=1, dashboards=1, contacts=100, messages=MESSAGES) as sandbox:
        path = f"/api/v3/dashboards/{next(iter(sandbox.state.dashboards))}/messages?page=7&page_size=100"
        port = int(sandbox.url.split(":")[2].split("/")[0])
        validated = Asker(port, path, sandbox.api_key)
        validated.ask()
        payload = json.loads(validated.body)
        if len(payload["items"]) != 100:
            raise RuntimeError("the page has not its 100 messages")

        async def constant(request: Request) -> Response:
            return Response(validated.body, media_type="application/json")

        async def encoded(request: Request) -> Response:
            return JSONResponse(payload)

        route = "/api/v3/dashboards/{dashboard_id:int}/messages"
        servers = [
            Server(Starlette(routes=[Route(route, answer)]), Connections(), "127.0.0.1", 0)
            for answer in (constant, encoded)
        ]
        for server in servers:
            server.start()
        bare, with_json = (Asker(server.port, path, sandbox.api_key) for server in servers)
        askers = {"sandbox": validated, "bare": bare, "bare, encoding JSON": with_json}
        best = dict.fromkeys(askers, float("inf"))
        for _ in range(ROUNDS):
            for name, asker in askers.items():
                best[name] = min(best[name], asker.seconds())
        for asker in askers.values():
            asker.close()
        for server in servers:
            server.stop()
    ratio = best["sandbox"] / best["bare"]
    for name, seconds in best.items():
        print(f"{name:22} {seconds * 1e6:7.0f} µs an answer of {len(validated.body)} bytes")
    print(f"sandbox / bare         {ratio:7.2f} (at most {AT_MOST})")
    return 0 if ratio <= AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
