"""A minimal HTTP server in a process of its own, so that its work is not part of what is measured.

`GET /dashboards/N/messages` is a list of N messages, and `GET /dashboards/N` one dashboard; the path can
have any prefix. Routes of other services are added as a file of JSON: the ending of a path, and the body.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.payloads import DASHBOARD, page_of_messages
from benchmarks.worker import allow_many_sockets

ROOT = Path(__file__).resolve().parent.parent
_MESSAGES = re.compile(r".*/dashboards/(\d+)/messages")
_DASHBOARD = re.compile(r".*/dashboards/\d+")


class Responses:
    """The body of each request."""

    def __init__(self, routes: dict[str, object]) -> None:
        self._routes = {ending: json.dumps(body).encode() for ending, body in routes.items()}

    def body(self, target: str) -> bytes | None:
        path, _, query = target.partition("?")
        if match := _MESSAGES.fullmatch(path):
            parameters = parse_qs(query)
            page, size = (
                int(parameters.get(name, [default])[0])
                for name, default in (("page", "0"), ("page_size", "100"))
            )
            return page_of_messages(page, size, int(match[1]))
        if _DASHBOARD.fullmatch(path):
            return DASHBOARD
        return next((body for ending, body in self._routes.items() if path.endswith(ending)), None)


class Connection(asyncio.Protocol):
    """One connection. Requests have no body and are not pipelined."""

    def __init__(self, responses: Responses, delay: float) -> None:
        self._responses = responses
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        target = self._received.split(b" ", 2)[1].decode()
        self._received = b""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._delay  # making the response takes part of the delay
        response = self._response(target)
        if self._delay:
            loop.call_at(due, self._transport.write, response)
        else:
            self._transport.write(response)

    def _response(self, target: str) -> bytes:
        body = self._responses.body(target)
        status = b"404 Not Found" if body is None else b"200 OK"
        content = body or b"{}"
        return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
            status,
            len(content),
            content,
        )


async def serve(delay: float, routes: dict[str, object], certificate: str | None) -> None:
    """Serve until the process is stopped. The first line of the output is the port."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    responses = Responses(routes)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(responses, delay), "127.0.0.1", 0, ssl=context, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running_server(
    *, delay: float = 0.0, certificate: Path | None = None, routes: Path | None = None
) -> Iterator[str]:
    """The URL of a server in another process.

    delay: seconds between a request and its response. certificate: a PEM file with a private key, for TLS.
    """
    arguments = {
        "delay": delay,
        "certificate": certificate and str(certificate),
        "routes": routes and str(routes),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", json.dumps(arguments)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            yield f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def main() -> None:
    allow_many_sockets()
    arguments = json.loads(sys.argv[1])
    routes = json.loads(Path(arguments["routes"]).read_text()) if arguments["routes"] else {}
    asyncio.run(serve(arguments["delay"], routes, arguments["certificate"]))


if __name__ == "__main__":
    os.environ.pop("SSL_CERT_FILE", None)
    main()
