"""A server on a raw socket whose responses a test writes byte by byte."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, Self

Respond = Callable[["Connection", str, int], None]


def response(value: Any = None, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A complete HTTP response with a JSON body."""
    body = b"" if value is None else json.dumps(value).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def contact(number: str) -> dict[str, Any]:
    """The contact that the service would return for a phone number."""
    return {"phone_number": number, "first_name": f"name of {number}"}


def number_in(path: str) -> str:
    """The phone number in a path."""
    return re.findall(r"/contacts/(\d+)", path)[0]


class Connection:
    """One accepted connection."""

    def __init__(self, sock: Any, server: RawServer) -> None:
        self.sock = sock
        self.server = server
        self.waiting = False  # for the first byte of a response

    def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Send the pieces, with a pause in seconds between them."""
        self.server.responding(self)
        for at, piece in enumerate(pieces):
            if at and pause:
                time.sleep(pause)
            self.sock.sendall(piece)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class RawServer:
    """Calls `respond(connection, path, number)` for each request; number counts them from 1.

    connections, open_connections: how many were accepted, and are open. open, max_open: requests without a response,
    now and at most. A request ends before its response is sent: with it the client may send the next one.
    """

    def __init__(self, respond: Respond, context: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.context = context
        self.connections = 0
        self.requests = 0
        self.open = 0
        self.max_open = 0
        self._lock = threading.Lock()
        self._sockets: set[Any] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://localhost:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._sockets)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        # shutdown wakes the thread that waits in accept(); close alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._sockets):
            Connection(sock, self).close()

    def responding(self, connection: Connection) -> None:
        """The request of a connection has a response now."""
        with self._lock:
            self.open -= connection.waiting
            connection.waiting = False

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: Any) -> None:
        try:
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_side=True)
            self._sockets.add(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    piece = sock.recv(65536)
                    if not piece:
                        return
                    received += piece
                head, _, received = received.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                while length and len(received) < int(length[1]):
                    received += sock.recv(65536)
                received = received[int(length[1]) :] if length else received
                path = head.split(b" ")[1].decode()
                connection = Connection(sock, self)
                with self._lock:
                    self.requests += 1
                    number = self.requests
                    self.open += 1
                    self.max_open = max(self.max_open, self.open)
                    connection.waiting = True
                try:
                    self.respond(connection, path, number)
                finally:
                    self.responding(connection)
        except OSError:
            pass
        finally:
            self._sockets.discard(sock)
            Connection(sock, self).close()
